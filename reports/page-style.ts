// The style sheet of the page: system fonts, one column of text, figures in aligned digits, sections that do not break
// on paper. Colours come from the theme, and no meaning hangs on them alone.
import { palette } from './theme.ts';

export const pageStyle = `
:root { --ink: ${palette.ink}; --muted: ${palette.muted}; --line: #d5dbe1; --panel: #f5f7f9; --good: #00664f; --bad: #a83c00; --caution: #6a5400; --band: ${palette.predicted}; --measured: ${palette.measured}; }
* { box-sizing: border-box; }
html { -webkit-text-size-adjust: 100%; }
body { margin: 0; background: #fff; color: var(--ink); font: 16px/1.5 system-ui, -apple-system, "Segoe UI", "Liberation Sans", Arial, sans-serif; font-variant-numeric: tabular-nums; }
main { max-width: 1180px; margin: 0 auto; padding: 28px 24px 48px; }
h1 { margin: 10px 0 12px; max-width: 34em; font-size: clamp(1.35rem, 2.6vw, 1.9rem); line-height: 1.25; letter-spacing: -0.01em; text-wrap: pretty; }
h2 { margin: 0 0 4px; font-size: 1.2rem; line-height: 1.3; }
p { margin: 0 0 10px; }
.title { margin: 0 0 14px; color: var(--muted); font-size: 0.9rem; }
.summary, .lead, .note { max-width: 52em; text-wrap: pretty; }
.summary { margin: 0 0 6px; } .whole { white-space: nowrap; }
.lead, .note, .detail { color: var(--muted); }
.note { margin: 6px 0 18px; font-size: 0.85rem; }
.good { color: var(--good); } .bad { color: var(--bad); } .caution { color: var(--caution); }
.verdict { display: inline-block; margin: 0; padding: 4px 14px 5px; border-radius: 999px; background: var(--muted); color: #fff; font-weight: 600; }
.verdict.good { background: var(--good); } .verdict.bad { background: var(--bad); } .verdict.caution { background: var(--caution); }
.facts { display: grid; grid-template-columns: repeat(auto-fit, minmax(168px, 1fr)); gap: 1px; margin: 22px 0 16px; border: 1px solid var(--line); border-radius: 8px; overflow: hidden; }
.facts > div { padding: 12px 14px 11px; box-shadow: 0 0 0 1px var(--line); color: var(--ink); }
.facts dt { color: var(--muted); font-size: 0.82rem; }
.facts dd { margin: 2px 0 0; font-size: 1.45rem; font-weight: 600; line-height: 1.25; letter-spacing: -0.01em; }
.facts .good dd:first-of-type { color: var(--good); } .facts .bad dd:first-of-type { color: var(--bad); } .facts .caution dd:first-of-type { color: var(--caution); }
.facts dd.detail { font-size: 0.82rem; font-weight: 400; letter-spacing: 0; }
nav { display: flex; flex-wrap: wrap; gap: 4px 18px; font-size: 0.9rem; }
a { color: #0a5a8f; }
section, footer { margin-top: 34px; padding-top: 18px; border-top: 1px solid var(--line); }
.table { overflow-x: auto; margin: 10px 0 6px; }
table { border-collapse: collapse; min-width: 100%; font-size: 0.9rem; }
caption { padding: 8px 0 4px; text-align: left; font-weight: 600; }
th, td { padding: 6px 20px 6px 0; text-align: left; vertical-align: top; border-bottom: 1px solid #e9edf1; font-weight: 400; }
th:last-child, td:last-child { padding-right: 0; }
thead th { color: var(--muted); font-size: 0.82rem; vertical-align: bottom; border-bottom-color: var(--line); white-space: nowrap; }
.right { text-align: right; white-space: nowrap; }
tbody th { min-width: 8em; }
td > .detail, th > .detail { display: block; font-size: 0.82rem; }
td > .good, td > .bad, td > .caution { white-space: nowrap; }
.strip { display: block; overflow: visible; }
.strip .axis { stroke: var(--line); } .strip .band { stroke: var(--band); stroke-opacity: 0.35; stroke-width: 8; }
.strip .median { stroke: var(--band); stroke-width: 2; } .strip .dot { fill: var(--measured); stroke: #fff; stroke-width: 1; }
.bars { margin: 12px 0 6px; }
.bar { display: grid; grid-template-columns: 10.5em minmax(80px, 220px) 6.5em 1fr; gap: 4px 14px; align-items: baseline; padding: 5px 0; font-size: 0.92rem; }
.bar .track { align-self: start; margin-top: 0.45em; height: 10px; border-radius: 5px; background: #e4e8ed; overflow: hidden; }
.bar .track span { display: block; height: 100%; background: var(--band); }
.bar .value { text-align: right; white-space: nowrap; font-weight: 600; }
.charts { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 440px), 1fr)); gap: 18px 28px; margin: 12px 0; }
.beside { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 440px), 1fr)); gap: 0 36px; align-items: start; }
.beside > div { min-width: 0; }
figure { margin: 0; max-width: 600px; break-inside: avoid; }
figure svg { display: block; width: 100%; height: auto; }
figcaption { font-size: 0.9rem; color: var(--muted); } figcaption strong { color: var(--ink); font-weight: 600; }
.legend { display: flex; flex-wrap: wrap; gap: 4px 22px; margin: 10px 0 0; padding: 0; list-style: none; font-size: 0.88rem; }
.legend li { display: flex; align-items: center; gap: 8px; }
.key { display: inline-block; width: 22px; height: 12px; background: var(--key); }
.key.line { height: 3px; } .key.band { opacity: 0.3; }
.key.rule { width: 0; height: 14px; background: none; border-left: 2px dotted var(--key); }
.key.whisker { height: 8px; border-inline: 1px solid var(--key); background: linear-gradient(var(--key), var(--key)) center / 100% 1px no-repeat; }
footer { color: var(--muted); font-size: 0.85rem; }
footer h2 { color: var(--ink); font-size: 1rem; }
footer dl { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 420px), 1fr)); gap: 2px 28px; margin: 8px 0 0; }
footer dl > div { display: flex; gap: 12px; }
footer dt { flex: 0 0 10em; } footer dd { margin: 0; overflow-wrap: anywhere; }
@media (max-width: 640px) {
  main { padding: 18px 16px 32px; }
  .facts { grid-template-columns: repeat(2, 1fr); }
  .facts dd { font-size: 1.2rem; }
  .bar { grid-template-columns: 1fr auto; }
  .bar .track, .bar .detail { grid-column: 1 / -1; } .bar .track { margin-top: 0; }
  .bar .value { grid-row: 1; grid-column: 2; }
  th, td { padding-right: 12px; }
  tbody th { min-width: 6.5em; }
}
@media print {
  @page { margin: 14mm; }
  body { font-size: 10.5pt; }
  main { max-width: none; padding: 0; }
  nav { display: none; }
  .facts { grid-template-columns: repeat(3, 1fr); }
  .charts { grid-template-columns: 1fr 1fr; gap: 10px 18px; }
  .charts:has(> figure:only-child) { grid-template-columns: 1fr; }
  p { break-inside: avoid; }
  section { break-inside: auto; } h2, caption, .lead { break-after: avoid; } tr, .bar, .facts { break-inside: avoid; }
  .table { overflow: visible; }
  * { print-color-adjust: exact; -webkit-print-color-adjust: exact; }
}
`;
