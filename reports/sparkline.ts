// Small pictures made of letters, for terminals and Markdown: a sparkline for a series, a strip that shows where a
// measured value fell in its predicted interval.
import { formatValue } from './figures.ts';
import type { Sparkline, Strip } from './report.ts';

const levels = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'] as const;
const stripWidth = 15;
/** The strip's interval fills its middle half, so that a value may miss by one width on either side and still show. */
const stripMargin = 4;

/** `▁▁▂█▃▁ 1.9 to 482 ms`: the series squeezed to `width` cells, each the largest value in it; a space where none is known. */
export function drawSparkline(
  { values, unit }: Pick<Sparkline, 'values' | 'unit'>,
  width: number,
): string {
  const cells = squeeze(values, width);
  const known = cells.filter((value) => value !== null);
  if (known.length === 0) return 'nothing known';
  const low = Math.min(...known);
  const high = Math.max(...known);
  const drawn = cells.map((value) => {
    if (value === null) return ' ';
    const level =
      high === low ? 0 : Math.round(((value - low) / (high - low)) * (levels.length - 1));
    return levels[level] ?? ' ';
  });
  return `${drawn.join('')} ${formatValue(low, unit)} to ${formatValue(high, unit)}`;
}

/** `···├──●───┤····`: brackets at the 90 % interval, a dot at the measured value, an arrow where it is out of sight. */
export function drawStrip(strip: Strip): string {
  const position = stripCell(strip);
  const cells: string[] = Array.from({ length: stripWidth }, (_, index) => {
    if (index < stripMargin || index >= stripWidth - stripMargin) return '·';
    return index === stripMargin ? '├' : index === stripWidth - stripMargin - 1 ? '┤' : '─';
  });
  if (position < 0) cells[0] = '◀';
  else if (position >= stripWidth) cells[stripWidth - 1] = '▶';
  else cells[position] = '●';
  return cells.join('');
}

/** The nearest cell that does not belie whether the value is inside of the interval. */
function stripCell(strip: Strip): number {
  const nearest = Math.round(stripPosition(strip) * (stripWidth - 1));
  if (strip.value < strip.low) return Math.min(nearest, stripMargin - 1);
  if (strip.value > strip.high) return Math.max(nearest, stripWidth - stripMargin);
  return nearest;
}

/** Where the value stands on a strip of length 1 whose interval runs from 2/7 to 5/7; below 0 or above 1 when out of sight. */
export function stripPosition({ low, high, value }: Strip): number {
  const start = stripMargin / (stripWidth - 1);
  if (high === low) return value === low ? 0.5 : value < low ? -1 : 2;
  return start + ((value - low) / (high - low)) * (1 - 2 * start);
}

function squeeze(values: readonly (number | null)[], width: number): (number | null)[] {
  const count = Math.min(width, values.length);
  return Array.from({ length: count }, (_, cell) => {
    const from = Math.floor((cell * values.length) / count);
    const to = Math.max(from + 1, Math.floor(((cell + 1) * values.length) / count));
    const known = values.slice(from, to).filter((value) => value !== null);
    return known.length === 0 ? null : Math.max(...known);
  });
}
