// Tables as aligned text for the terminal and as Markdown. A cell's detail becomes a second line in both; strips are
// drawn with letters. Widths are counted as the terminal shows them.
import CliTable from 'cli-table3';
import { markdownTable } from 'markdown-table';
import type { Cell, CellContent, Table, Tone } from './report.ts';
import { drawStrip } from './sparkline.ts';

/** What the terminal can do; the caller knows, this room does not look. */
export interface TextStyle {
  readonly columns: number;
  readonly colour: boolean;
}

const columnGap = 2;
/** Where a line may break: between words, but not at a no-break space. */
const breaks = /[^\S\u00A0]+/;

const escapes: Readonly<Record<Tone | 'strong' | 'faint', string>> = {
  good: '32',
  bad: '31',
  caution: '33',
  plain: '',
  strong: '1',
  faint: '2',
};

/** Colours text by tone, or leaves it when the terminal has no colour. */
export function paint(text: string, tone: Tone | 'strong' | 'faint', style: TextStyle): string {
  const code = escapes[tone];
  return !style.colour || code === '' || text === '' ? text : `\u001B[${code}m${text}\u001B[0m`;
}

/** Columns apart by two spaces, no borders, indented by two; text wraps where the table would be wider than asked for. */
export function textTable(
  { columns, rows }: Pick<Table, 'columns' | 'rows'>,
  style: TextStyle,
): string {
  const widths = columnWidths({ columns, rows }, style.columns);
  const table = new CliTable({
    head: columns.map(({ title }) => paint(title, 'faint', style)),
    colAligns: columns.map(({ align }) => align),
    chars: borderless,
    style: { head: [], border: [], 'padding-left': 0, 'padding-right': 0, compact: true },
  });
  table.push(
    ...rows.map((row) =>
      row.map((content, index) => textCell(content, widths[index] ?? style.columns, style)),
    ),
  );
  return table
    .toString()
    .split('\n')
    .map((line) => `  ${line}`.trimEnd())
    .join('\n');
}

/** Natural widths; text at the left gives way, always the widest column, until the table fits or no word can be parted. */
function columnWidths({ columns, rows }: Pick<Table, 'columns' | 'rows'>, total: number): number[] {
  const cells = columns.map(({ title }, index) => [title, ...rows.map((row) => row[index] ?? '')]);
  const widths = cells.map((column) => Math.max(...column.map(cellWidth)));
  const least = cells.map((column, index) =>
    columns[index]?.align === 'left' ? Math.max(...column.map(widestWord)) : (widths[index] ?? 0),
  );
  let excess = widths.reduce((sum, width) => sum + width + columnGap, 0) - total;
  for (; excess > 0; excess--) {
    const yielding = widths.map((width, index) => (width > (least[index] ?? 0) ? width : 0));
    const widest = Math.max(...yielding);
    if (widest === 0) break;
    widths[yielding.indexOf(widest)] = widest - 1;
  }
  return widths;
}

function cellWidth(content: CellContent): number {
  const { text, detail = '', strip } = cellOf(content);
  return Math.max(strip === undefined ? text.length : drawStrip(strip).length, detail.length);
}

function widestWord(content: CellContent): number {
  const { text, detail = '', strip } = cellOf(content);
  if (strip !== undefined) return drawStrip(strip).length;
  return Math.max(...`${text} ${detail}`.split(breaks).map((word) => word.length));
}

/** A GitHub-flavoured table; cells are escaped. */
export function markdownOf({ columns, rows }: Pick<Table, 'columns' | 'rows'>): string {
  const head = columns.map(({ title }) => escapeMarkdown(title));
  return markdownTable([head, ...rows.map((row) => row.map(markdownCell))], {
    align: columns.map(({ align }) => align),
  });
}

/** The one place where text from documents is made harmless for Markdown: no tags, no table borders, no emphasis. */
export function escapeMarkdown(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll(/[\\`*_[\]|#]/g, String.raw`\$&`)
    .replaceAll(/\s+/g, ' ');
}

/** A cell with all its parts there, whether it was given as text or as a cell. */
export function cellOf(content: CellContent): Cell {
  return typeof content === 'string' ? { text: content } : content;
}

function textCell(content: CellContent, width: number, style: TextStyle): string {
  const { text, detail, tone = 'plain', strip } = cellOf(content);
  const head = strip === undefined ? wrapText(text, width) : [drawStrip(strip)];
  const lines = head.map((line) => paint(line, tone, style));
  const details = detail === undefined ? [] : wrapText(detail, width);
  return [...lines, ...details.map((line) => paint(line, 'faint', style))].join('\n');
}

/** Breaks between words but never between a number and its unit; a word longer than the line keeps a line of its own. */
export function wrapText(text: string, width: number): string[] {
  const lines: string[] = [];
  for (const word of text.split(breaks).filter((part) => part !== '')) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + 1 + word.length <= width) {
      lines[lines.length - 1] = `${last} ${word}`;
    } else lines.push(word);
  }
  return lines.map(plainLine);
}

function markdownCell(content: CellContent): string {
  const { text, detail, strip } = cellOf(content);
  const head = strip === undefined ? escapeMarkdown(text) : `\`${drawStrip(strip)}\``;
  return detail === undefined ? head : `${head}<br>${escapeMarkdown(detail)}`;
}

/** Text from documents must not move the terminal's cursor or break a row. */
export function plainLine(text: string): string {
  // oxlint-disable-next-line no-control-regex -- control characters are what is to be found
  return text.replaceAll(/[\u0000-\u001F\u007F-\u00A0]+/g, ' ');
}

const borderless = {
  top: '',
  'top-mid': '',
  'top-left': '',
  'top-right': '',
  bottom: '',
  'bottom-mid': '',
  'bottom-left': '',
  'bottom-right': '',
  left: '',
  'left-mid': '',
  mid: '',
  'mid-mid': '',
  right: '',
  'right-mid': '',
  middle: '  ',
};
