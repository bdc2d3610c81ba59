// One simulated execution once more, as a report: what happened, when, and how long after what was before.
import type { ReplayDocument, ReplayEntry } from '../twin/replay.ts';
import { formatCount, plural } from './figures.ts';
import type { Report } from './report.ts';

/** More lines than anybody reads; the document has all of them. */
const mostRows = 500;

export function replayReport(replay: ReplayDocument): Report {
  const { scenario, estate, seed, kind, replication, subject, entries, events, fingerprint } =
    replay;
  const shown = entries.slice(0, mostRows);
  const [first, last] = [entries.at(0), entries.at(-1)];
  return {
    title: `${kind} ${replication} of ${scenario}, once more`,
    verdict: { text: `○ ${subject}`, tone: 'plain' },
    headline:
      first === undefined || last === undefined
        ? 'Nothing happened to it in that time.'
        : `${plural(entries.length, 'event')} in ${milliseconds(last.atMs - first.atMs)}, from ${milliseconds(first.atMs)} after the load began.`,
    summary: [],
    facts: [],
    sections: [
      {
        id: 'entries',
        title: 'What happened',
        lead: 'Times count from the beginning of the load; each line says how long after the one before it came.',
        blocks: [
          {
            kind: 'table',
            title: '',
            columns: [
              { title: 'At', align: 'right' },
              { title: 'After', align: 'right' },
              { title: 'What', align: 'left' },
              { title: '', align: 'left' },
            ],
            rows: shown.map(rowOf),
            note:
              shown.length < entries.length
                ? `${formatCount(entries.length - shown.length)} more: give --until a shorter time, or take --json.`
                : '',
          },
        ],
      },
    ],
    origin: [
      { label: 'Estate', value: estate },
      { label: 'Seed', value: seed },
      { label: 'Events of this execution', value: formatCount(events) },
      { label: 'Fingerprint', value: fingerprint },
    ],
  };
}

function rowOf({ atMs, sinceMs, what, detail }: ReplayEntry): readonly string[] {
  return [milliseconds(atMs), sinceMs === null ? '' : `+${milliseconds(sinceMs)}`, what, detail];
}

function milliseconds(ms: number): string {
  return `${ms.toFixed(3)} ms`;
}
