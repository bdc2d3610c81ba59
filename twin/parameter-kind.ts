// What is known of a parameter beside its name: unit, meaning, default and how far sessions lie apart. The registry itself is
// in `parameters.ts`.

/** What a parameter may be measured in. */
export const parameterUnits = ['ms', 'ms/row', 'bytes', 'bytes/byte', 'bytes/s', 'cores'] as const;
type ParameterUnit = (typeof parameterUnits)[number];

export interface ParameterKind {
  readonly unit: ParameterUnit;
  readonly meaning: string;
  readonly defaultValue: number;
  readonly source: string;
  /** How far medians of this parameter lie apart between sessions, beyond what one session's calibration can see. */
  readonly sessionCv: number;
}

/**
 * Another lab on the same machine, with other processes on other processors, has other medians. Coefficients of variation
 * of measured over calibrated medians, from 10 verified runs on a 2-core virtual machine, rounded up.
 */
export const serviceSessionCv = 0.1;
const stepSessionCv = 0.25;

/**
 * Processor time per row drifted by up to 5 % within minutes between runs on a pinned and warm processor of the same
 * machine; what requests can use of it varied by less than 1 %.
 */
export const computeSessionCv = 0.03;
export const coresSessionCv = 0.01;

/** Positions of the log are counted, not timed: only what else is in a record of another session differs. */
export const bytesSessionCv = 0.02;
/**
 * Calibrated over short links. Before that, at no distance at all, confirmations over links of 50 to 112 ms took 0.2 to 0.4 ms
 * longer than that (median of 200 looks, two runs), about as much as the parameter itself.
 */
const lagSessionCv = 0.8;
/** Timers wake up late by as much as the machine is asleep, which differs from load to load. */
export const linkSessionCv = 0.3;
/** Rates of replay of the same kind of log lay within a fifth of each other. */
export const replaySessionCv = 0.2;

export function lag(position: string, defaultValue: number): ParameterKind {
  return {
    unit: 'ms',
    meaning: `from a flush of the primary until it knows that a standby has ${position} that, less the link`,
    defaultValue,
    source: 'replication statistics on a 2-core virtual machine under a light load',
    sessionCv: lagSessionCv,
  };
}

/**
 * Linux lets whoever slept for long run at once, but who has only just run waits until the slice of the one that runs is
 * over (kernel/sched/fair.c: a waking process with negative lag is not eligible).
 */
export function slice(who: string, defaultValue: number): ParameterKind {
  return {
    unit: 'ms',
    meaning: `how long a computation keeps its processor from ${who}`,
    defaultValue,
    source: 'commits beside a computation on Linux 6.18',
    sessionCv: serviceSessionCv,
  };
}

export function step(meaning: string, defaultValue: number): ParameterKind {
  return stepOf('promotion', {
    meaning,
    defaultValue,
    observed: 'promotions of an idle 100 MB cluster',
  });
}

export function rebuildStep(meaning: string, defaultValue: number): ParameterKind {
  return stepOf('rebuild', {
    meaning,
    defaultValue,
    observed: 'rebuilds of a standby of 60 to 100 MB',
  });
}

export function tenantStep(meaning: string, defaultValue: number): ParameterKind {
  return stepOf('copy of a tenant', {
    meaning,
    defaultValue,
    observed: 'copies of a tenant between idle servers',
  });
}

export function failover(meaning: string, defaultValue: number): ParameterKind {
  return stepOf('failover', {
    meaning,
    defaultValue,
    observed: 'crashes of an idle 100 MB cluster',
  });
}

function stepOf(
  whole: string,
  {
    meaning,
    defaultValue,
    observed,
  }: Pick<ParameterKind, 'meaning' | 'defaultValue'> & { readonly observed: string },
): ParameterKind {
  return {
    unit: 'ms',
    meaning: `step of a ${whole}, at zero link delay: ${meaning}`,
    defaultValue,
    source: `first ${observed} on a 2-core virtual machine`,
    sessionCv: stepSessionCv,
  };
}
