// Columns of tables from their titles, the way every report writes them.
import type { Column } from './report.ts';

/** Titles as columns; a leading `>` aligns right, as figures are. */
export function columnsOf(...titles: readonly string[]): Column[] {
  return titles.map((title) =>
    title.startsWith('>') ? { title: title.slice(1), align: 'right' } : { title, align: 'left' },
  );
}
