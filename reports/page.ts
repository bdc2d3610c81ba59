// A report as one HTML file: no scripts, no requests, readable on a telephone, on a wall and on paper. The order is
// that of the report: answer, key figures, evidence, what it takes to repeat it.
import { unreachable } from '../engine/failure.ts';
import { drawChart } from './chart.ts';
import { html, joined, nothing, trusted, type Markup } from './markup.ts';
import { pageStyle } from './page-style.ts';
import type {
  Bar,
  Block,
  CellContent,
  Chart,
  Fact,
  Legend,
  Report,
  Section,
  Strip,
  Table,
} from './report.ts';
import { stripPosition } from './sparkline.ts';
import { cellOf } from './table.ts';

const stripLength = 112;
const stripHeight = 16;

/** A whole document, from doctype to the end. Charts are drawn one after the other, so memory stays flat. */
export async function renderPage(report: Report): Promise<string> {
  const sections: Markup[] = [];
  for (const section of report.sections) sections.push(await sectionOf(section));
  const page = html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta
          http-equiv="Content-Security-Policy"
          content="default-src 'none'; style-src 'unsafe-inline'"
        />
        <title>${report.title} · Premortem</title>
        <style>
          ${trusted(pageStyle)}
        </style>
      </head>
      <body>
        <main>${headOf(report)} ${sections} ${originOf(report)}</main>
      </body>
    </html> `;
  return `${page.markup.trim()}\n`;
}

function headOf({ title, verdict, headline, summary, facts, sections }: Report): Markup {
  return html`<header>
    <p class="title">${title}</p>
    <p class="verdict ${verdict.tone}">${verdict.text}</p>
    <h1>${prose(headline)}</h1>
    ${summary.map((text) => html`<p class="summary">${prose(text)}</p>`)}
    <dl class="facts">${facts.map(factOf)}</dl>
    <nav aria-label="Sections">
      ${sections.map(({ id, title: name }) => html`<a href="#${id}">${name}</a>`)}
    </nav>
  </header>`;
}

function factOf({ label, value, detail, tone }: Fact): Markup {
  return html`<div class="${tone}">
    <dt>${label}</dt>
    <dd>${value}</dd>
    <dd class="detail">${prose(detail)}</dd>
  </div>`;
}

async function sectionOf({ id, title, lead, blocks }: Section): Promise<Markup> {
  const drawn: Markup[] = [];
  for (const block of blocks) drawn.push(await blockOf(block));
  return html`<section id="${id}">
    <h2>${title}</h2>
    ${lead === '' ? nothing : html`<p class="lead">${prose(lead)}</p>`} ${drawn}
  </section>`;
}

async function blockOf(block: Block): Promise<Markup> {
  switch (block.kind) {
    case 'paragraph':
      return html`<p class="${block.tone ?? 'plain'}">${block.text}</p>`;
    case 'table':
      return tableOf(block);
    case 'bars':
      return html`<div class="bars">${block.bars.map(barOf)}</div>
        ${noteOf(block.note)}`;
    case 'charts':
      return chartsOf(block.charts, block.legend);
    case 'beside': {
      const drawn: Markup[] = [];
      for (const one of block.blocks) drawn.push(html`<div>${await blockOf(one)}</div>`);
      return html`<div class="beside">${drawn}</div>`;
    }
    default:
      return unreachable(block);
  }
}

function tableOf({ title, columns, rows, note }: Table): Markup {
  const head = columns.map(
    ({ title: name, align }) => html`<th scope="col" class="${align}">${name}</th>`,
  );
  const body = rows.map(
    (row) =>
      html`<tr>
        ${row.map((content, index) => cellMarkup(content, columns[index]?.align ?? 'left', index))}
      </tr>`,
  );
  return html`<div class="table">
      <table>
        ${
          title === ''
            ? nothing
            : html`<caption>
                ${title}
              </caption>`
        }
        <thead>
          <tr>
            ${head}
          </tr>
        </thead>
        <tbody>
          ${body}
        </tbody>
      </table>
    </div>
    ${noteOf(note)}`;
}

function cellMarkup(content: CellContent, align: 'left' | 'right', index: number): Markup {
  const { text, detail, tone = 'plain', strip } = cellOf(content);
  const inner = html`${strip === undefined ? html`<span class="${tone}">${index === 0 ? prose(text) : text}</span>` : stripMarkup(strip, text)}${
    detail === undefined ? nothing : html`<span class="detail">${detail}</span>`
  }`;
  return index === 0
    ? html`<th scope="row" class="${align}">${inner}</th>`
    : html`<td class="${align}">${inner}</td>`;
}

/** The 90 % interval as a bar, its median as a tick, the measured value as a dot, or an arrow head when out of sight. */
function stripMarkup(strip: Strip, text: string): Markup {
  const inner = stripLength - 10;
  const at = (value: number): string => (5 + stripPosition({ ...strip, value }) * inner).toFixed(1);
  const [from, to] =
    strip.low === strip.high ? [at(strip.low), at(strip.low)] : [at(strip.low), at(strip.high)];
  const position = stripPosition(strip);
  const middle = stripHeight / 2;
  const dot =
    position < 0
      ? html`<path d="M8 ${middle - 5}L1 ${middle}L8 ${middle + 5}Z" class="dot out" />`
      : position > 1
        ? html`<path
            d="M${stripLength - 8} ${middle - 5}L${stripLength - 1} ${middle}L${stripLength - 8} ${middle + 5}Z"
            class="dot out"
          />`
        : html`<circle cx="${at(strip.value)}" cy="${middle}" r="4" class="dot" />`;
  return html`<svg
    class="strip"
    width="${stripLength}"
    height="${stripHeight}"
    role="img"
    aria-label="${text}"
  >
    <line x1="0" x2="${stripLength}" y1="${middle}" y2="${middle}" class="axis" />
    <line x1="${from}" x2="${to}" y1="${middle}" y2="${middle}" class="band" />
    <line
      x1="${at(strip.median)}"
      x2="${at(strip.median)}"
      y1="2"
      y2="${stripHeight - 2}"
      class="median"
    />
    ${dot}
  </svg>`;
}

function barOf({ label, share, text, detail }: Bar): Markup {
  const width = (Math.min(1, Math.max(0, share)) * 100).toFixed(1);
  return html`<div class="bar">
    <span class="label">${label}</span
    ><span class="track"><span style="width:${width}%"></span></span
    ><span class="value">${text}</span><span class="detail">${detail}</span>
  </div>`;
}

async function chartsOf(charts: readonly Chart[], legend: readonly Legend[]): Promise<Markup> {
  const figures: Markup[] = [];
  for (const chart of charts) {
    const drawn = trusted(await drawChart(chart));
    figures.push(html`<figure role="group" aria-label="${chart.title}">
      <figcaption><strong>${chart.title}</strong> ${chart.caption}</figcaption>
      ${drawn}
    </figure>`);
  }
  const keys = legend.map(
    ({ label, shape, colour }) =>
      html`<li><span class="key ${shape}" style="--key:${colour}"></span>${label}</li>`,
  );
  return html`${
      legend.length === 0
        ? nothing
        : html`<ul class="legend">
            ${keys}
          </ul>`
    }
    <div class="charts">${figures}</div>`;
}

function noteOf(note: string): Markup {
  return note === '' ? nothing : html`<p class="note">${prose(note)}</p>`;
}

/** Ranges with their units, figures with theirs, and names with hyphens: none of them is broken over two lines. */
const wholes = /(?:\d+.%: )?[−+]?[\d.,]+(?:–[\d.,]+)?\s(?:%|ms|s)(?!\w)|\w+(?:-\w+){1,4}/g;

/** A sentence whose figures and names stay whole, without invisible letters that a copy would carry along. */
function prose(text: string): Markup {
  const parts: Markup[] = [];
  let from = 0;
  for (const { 0: whole, index } of text.matchAll(wholes)) {
    parts.push(html`${text.slice(from, index)}<span class="whole">${whole}</span>`);
    from = index + whole.length;
  }
  return html`${joined(parts)}${text.slice(from)}`;
}

function originOf({ origin }: Report): Markup {
  return html`<footer>
    <h2>To repeat it</h2>
    <dl>
      ${origin.map(
        ({ label, value }) =>
          html`<div>
            <dt>${label}</dt>
            <dd>${value}</dd>
          </div>`,
      )}
    </dl>
  </footer>`;
}
