// What speaks against using a measured parameter now and here: its age, and that it was measured on another machine,
// another major version of Postgres or another placement of the servers. Pure: what time it is and where the
// prediction is to hold are handed in. A doubt changes no number of a prediction; it is told beside the parameter and
// counts in the risk score.
import { formatQuantity } from '../units.ts';
import { parameterPaths, type Parameter, type ParameterPath } from '../parameters.ts';
import { sessionOf, type Calibration, type CalibrationSession } from './calibration.ts';

/** Doubts about parameters, as phrases; a parameter that is not here is not doubted. */
export type CalibrationDoubts = Readonly<Partial<Record<ParameterPath, readonly string[]>>>;

/** Where and when a prediction is to hold. */
export interface Circumstances {
  /** How long ago a time was, in milliseconds: only the caller has a clock. */
  readonly ageMsOf: (measuredAt: string) => number;
  /** Policy: measurements older than this are doubted. */
  readonly maxAgeMs: number;
  /** Facts of the host, as an overlay's sessions hold them; null, or a fact left out: not known, and nothing is doubted. */
  readonly host: Readonly<Record<string, string>> | null;
}

/** Facts that change what is measured. Of versions only the first number matters: minor ones mend mistakes. */
const comparedFacts: readonly {
  readonly fact: string;
  readonly name: string;
  readonly major: boolean;
}[] = [
  { fact: 'cpu', name: 'processor', major: false },
  { fact: 'cores', name: 'number of processors', major: false },
  { fact: 'placement', name: 'placement of the servers', major: false },
  { fact: 'postgres', name: 'Postgres', major: true },
  { fact: 'node', name: 'Node', major: true },
];

/** Every doubt about every parameter of an overlay. */
export function doubtsAbout(
  calibration: Pick<Calibration, 'sessions' | 'parameters'>,
  circumstances: Circumstances,
): CalibrationDoubts {
  const entries = parameterPaths.flatMap((path) => {
    const calibrated = calibration.parameters[path];
    if (calibrated === undefined) return [];
    const doubts = sessionDoubts(sessionOf(calibration, calibrated), circumstances);
    return doubts.length === 0 ? [] : [[path, doubts] as const];
  });
  return Object.fromEntries(entries);
}

/**
 * The limit, not the age itself, stands in the phrase: a prediction made a minute later from the same overlay is the
 * same prediction.
 */
function sessionDoubts(
  session: CalibrationSession,
  { ageMsOf, maxAgeMs, host }: Circumstances,
): readonly string[] {
  return [
    ...(ageMsOf(session.measuredAt) > maxAgeMs
      ? [`measured more than ${formatQuantity('duration', maxAgeMs)} ago`]
      : []),
    // A server that does its own work is not this machine, and was not meant to be.
    ...(session.origin === 'experiments' && host !== null ? hostDoubts(session.host, host) : []),
  ];
}

function hostDoubts(
  measured: Readonly<Record<string, string>>,
  here: Readonly<Record<string, string>>,
): readonly string[] {
  return comparedFacts.flatMap(({ fact, name, major }) => {
    const [then, now] = [measured[fact], here[fact]];
    if (then === undefined || now === undefined) return [];
    const isSame = major ? majorOf(then) === majorOf(now) : then === now;
    return isSame ? [] : [`measured on another ${name} (${then}, here ${now})`];
  });
}

function majorOf(version: string): string {
  return /\d+/.exec(version)?.[0] ?? version;
}

/** How much of what was measured is in doubt. */
export interface DoubtSummary {
  /** Share of all parameters that were measured and are doubted, from 0 to 1. */
  readonly share: number;
  /** Why, as one phrase; '' without a doubt. */
  readonly evidence: string;
}

/** The doubts of a prediction's parameters in one figure, for the risk score, and one phrase, for its evidence. */
export function summariseDoubts(parameters: readonly Parameter[]): DoubtSummary {
  const doubted = parameters.filter(({ doubts = [] }) => doubts.length > 0);
  if (doubted.length === 0) return { share: 0, evidence: '' };
  const reasons = [...new Set(doubted.flatMap(({ doubts = [] }) => doubts))];
  return {
    share: doubted.length / parameters.length,
    evidence: `${doubted.length} of ${parameters.length} parameters are in doubt: ${reasons.join('; ')}`,
  };
}
