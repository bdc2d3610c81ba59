// A report as text for the terminal: the answer, the key figures, then every section as aligned tables and sparklines.
// Plain letters when the terminal has no colour; never wider than asked for, except where a table needs it.
import { unreachable } from '../engine/failure.ts';
import type { Block, Report, Section } from './report.ts';
import { drawSparkline } from './sparkline.ts';
import { paint, plainLine, textTable, wrapText, type TextStyle } from './table.ts';

const sparklineWidth = 60;
const barWidth = 24;

/** Ends with a newline. */
export function renderText(report: Report, style: TextStyle): string {
  const parts = [
    paint(plainLine(report.title), 'faint', style),
    headOf(report, style),
    factsOf(report, style),
    ...report.sections.map((section) => sectionOf(section, style)),
    originOf(report, style),
  ];
  return `${parts.filter((part) => part !== '').join('\n\n')}\n`;
}

function headOf({ verdict, headline, summary }: Report, style: TextStyle): string {
  const word = paint(plainLine(verdict.text), verdict.tone, style);
  const lines = wrapText(headline, style.columns).map((line) => paint(line, 'strong', style));
  return [word, ...lines, ...summary.flatMap((text) => wrapText(text, style.columns))].join('\n');
}

function factsOf({ facts }: Report, style: TextStyle): string {
  const columns = ['left', 'right', 'left'] as const;
  return textTable(
    {
      columns: columns.map((align) => ({ title: '', align })),
      rows: facts.map(({ label, value, detail, tone }) => [label, { text: value, tone }, detail]),
    },
    style,
  ).replace(/^\s*\n/, '');
}

function sectionOf({ title, lead, blocks }: Section, style: TextStyle): string {
  const head = [
    paint(plainLine(title).toUpperCase(), 'strong', style),
    ...wrapText(lead, style.columns),
  ];
  const body = blocks.map((block) => blockOf(block, style));
  return [head.join('\n'), ...body].join('\n\n');
}

function blockOf(block: Block, style: TextStyle): string {
  switch (block.kind) {
    case 'paragraph':
      return wrapText(block.text, style.columns)
        .map((line) => paint(line, block.tone ?? 'plain', style))
        .join('\n');
    case 'table':
      return [
        ...(block.title === '' ? [] : [paint(plainLine(block.title), 'strong', style)]),
        textTable(block, style),
        ...noteOf(block.note, style),
      ].join('\n');
    case 'bars':
      return [
        textTable(
          {
            columns: (['left', 'right', 'left', 'left'] as const).map((align) => ({
              title: '',
              align,
            })),
            rows: block.bars.map(({ label, share, text, detail }) => [
              label,
              text,
              drawBar(share),
              detail,
            ]),
          },
          style,
        ).replace(/^\s*\n/, ''),
        ...noteOf(block.note, style),
      ].join('\n');
    case 'charts':
      return block.charts
        .flatMap(({ sparklines }) => sparklines)
        .map(
          (line) =>
            `  ${plainLine(line.label)}\n  ${plainLine(drawSparkline(line, sparklineWidth))}`,
        )
        .join('\n');
    case 'beside':
      return block.blocks
        .map((one) => blockOf(one, style))
        .filter((part) => part !== '')
        .join('\n\n');
    default:
      return unreachable(block);
  }
}

function noteOf(note: string, style: TextStyle): string[] {
  return wrapText(note, style.columns - 2).map((line) => `  ${paint(line, 'faint', style)}`);
}

function originOf({ origin }: Report, style: TextStyle): string {
  const width = Math.max(0, ...origin.map(({ label }) => label.length));
  return origin
    .map(({ label, value }) => paint(`${label.padEnd(width)}  ${plainLine(value)}`, 'faint', style))
    .join('\n');
}

function drawBar(share: number): string {
  const filled = Math.round(Math.min(1, Math.max(0, share)) * barWidth);
  return '█'.repeat(filled) + '░'.repeat(barWidth - filled);
}
