// A calibration overlay as a report: every parameter with its value, how sure it is, what that rests on, and what speaks
// against using it now.
import type { CalibrationDoubts } from '../twin/estate/calibration-doubts.ts';
import type { Calibrated, Calibration } from '../twin/estate/calibration.ts';
import {
  deviationsOf,
  leastUncertainty,
  repetitionsToHalve,
  uncertaintyOf,
} from '../twin/estate/confidence.ts';
import { parameterKinds, parameterPaths, type ParameterPath } from '../twin/parameters.ts';
import { columnsOf } from './columns.ts';
import {
  formatCount,
  formatDate,
  formatDay,
  formatInterval,
  formatShare,
  formatValue,
  plural,
  shortDigest,
} from './figures.ts';
import { capitalise } from './names.ts';
import type { CellContent, Report, Section } from './report.ts';

export interface CalibrationReportInput {
  readonly calibration: Calibration;
  readonly doubts: CalibrationDoubts;
  /** Parameters that predictions rest on; null: the estate is not known. */
  readonly needed: readonly ParameterPath[] | null;
}

export function calibrationReport({ calibration, doubts, needed }: CalibrationReportInput): Report {
  const { estate, sessions, parameters, digest } = calibration;
  const measured = parameterPaths.filter((path) => parameters[path] !== undefined);
  const doubted = measured.filter((path) => doubts[path] !== undefined);
  const missing = (needed ?? []).filter((path) => parameters[path] === undefined);
  return {
    title: `Calibration of ${estate}`,
    verdict:
      doubted.length > 0
        ? { text: `○ ${plural(doubted.length, 'parameter')} in doubt`, tone: 'caution' }
        : { text: '✓ Nothing speaks against it', tone: 'good' },
    headline: `${plural(measured.length, 'parameter')} measured in ${plural(sessions.length, 'session')}.`,
    summary: [
      ...doubtLines(doubts, measured.length),
      ...(missing.length === 0
        ? []
        : [`Not measured, so predictions take a default: ${missing.join(', ')}.`]),
    ],
    facts: [],
    sections: [
      parameterSection(calibration, doubts),
      {
        id: 'sessions',
        title: 'Sessions',
        lead: 'When and where it was measured, and how.',
        blocks: [
          {
            kind: 'table',
            title: '',
            columns: columnsOf('Measured', 'Origin', 'Method', 'Host'),
            rows: sessions.map(({ measuredAt, origin, method, host }) => [
              formatDate(measuredAt),
              origin,
              method,
              Object.entries(host)
                .map(([fact, value]) => `${fact} ${value}`)
                .join(', '),
            ]),
            note: '',
          },
        ],
      },
    ],
    origin: [{ label: 'Digest', value: shortDigest(digest) }],
  };
}

/** One line per reason, since most reasons are those of a whole session. */
function doubtLines(doubts: CalibrationDoubts, measured: number): string[] {
  const pairs = Object.entries(doubts).flatMap(([path, reasons]) =>
    reasons.map((reason) => ({ path, reason })),
  );
  return Array.from(
    Map.groupBy(pairs, ({ reason }) => reason),
    ([reason, doubted]) =>
      `${capitalise(reason)}: ${doubted.length === measured ? 'every parameter' : doubted.map(({ path }) => path).join(', ')}.`,
  );
}

function parameterSection({ parameters }: Calibration, doubts: CalibrationDoubts): Section {
  const rows = parameterPaths.flatMap((path): CellContent[][] => {
    const calibrated = parameters[path];
    return calibrated === undefined ? [] : [rowOf(path, calibrated, doubts[path] ?? [])];
  });
  return {
    id: 'parameters',
    title: 'Parameters',
    lead: 'Uncertainty: one standard deviation of what the next execution may find, as a share of the value; below it what it is made of: how well the median is known, what repetitions differ by, what sessions differ by. Halved by: so many repetitions in all would halve it; none: the differences are reality’s own.',
    blocks: [
      {
        kind: 'table',
        title: '',
        columns: columnsOf(
          'Parameter',
          '>Value',
          '>90 % interval',
          '>n',
          '>Repetitions',
          '>Uncertainty',
          '>Halved by',
          'Measured',
        ),
        rows,
        note: '',
      },
    ],
  };
}

function rowOf(
  path: ParameterPath,
  calibrated: Calibrated,
  doubts: readonly string[],
): CellContent[] {
  const { value, unit, interval90, n, repetitions, measuredAt } = calibrated;
  const { sampling, repetition, session } = deviationsOf(calibrated);
  const halved = repetitionsToHalve(calibrated);
  return [
    { text: path, detail: parameterKinds[path].meaning.replace(/^.*: /, '') },
    formatValue(value, unit),
    formatInterval(interval90, unit, value),
    formatCount(n),
    formatCount(repetitions),
    {
      text: `± ${formatShare(uncertaintyOf(calibrated))}`,
      detail: [sampling, repetition, session].map(formatShare).join(', '),
    },
    halved === null
      ? { text: 'none', detail: `± ${formatShare(leastUncertainty(calibrated))} at best` }
      : formatCount(halved),
    doubts.length === 0 ? formatDay(measuredAt) : { text: formatDay(measuredAt), tone: 'caution' },
  ];
}
