// Calibration of a running lab: measures on the real thing what the model takes as given, with every link at zero delay,
// because the model adds the delays of the estate itself. The result is an overlay document, never a change of the
// estate. Link delays are put back whatever happens.
import { dirname } from 'node:path';
import { UserError } from '../../engine/failure.ts';
import { calibrationDigest, type Calibration } from '../../twin/estate/calibration.ts';
import { findShard, type Estate } from '../../twin/estate/estate.ts';
import { parameterKinds, type ParameterPath } from '../../twin/parameters.ts';
import { hostFacts } from '../host.ts';
import { openLabControl, type LabControl } from '../lab/lab-control.ts';
import type { LabInfo } from '../lab/lab-info.ts';
import type { ShardMapEntry } from '../load/config.ts';
import { probeFlush } from './flush-probe.ts';
import { summariseRepetitions, type Observed } from './repetitions.ts';
import { serviceLoad, type ServiceTimes } from './service-load.ts';
import { playRepetitions, type Played } from './service-runs.ts';

const flushRepetitions = 4;
const flushesPerRepetition = 80;

/** One step of a promotion that was really done. `step` is its name, with or without its ordinal. */
export interface PractisedStep {
  readonly step: string;
  readonly durationMs: number;
  /** The load meanwhile, where it is known. */
  readonly requestsPerSec?: number;
}

export interface CalibrationOptions {
  readonly shard: string;
  /** Who leads the shard now. */
  readonly map: ShardMapEntry;
  /** Traces and samples are left here. */
  readonly directory: string;
  /** Does real promotions back and forth at zero link delay and ends where it began: the steps of each. */
  readonly practise: (count: number) => Promise<readonly (readonly PractisedStep[])[]>;
  /** How many promotions; an even number leads back. 4 unless given; 0 leaves the steps to their defaults. */
  readonly promotions?: number;
  /** How often service times are measured (5 unless given), and for how long each (5 s unless given). */
  readonly repetitions?: number;
  readonly horizonMs?: number;
  readonly warmupMs?: number;
  readonly signal?: AbortSignal;
  readonly onProgress?: (text: string) => void;
}

type Parameters = Partial<Record<ParameterPath, Observed>>;

interface Experiment {
  readonly lab: LabInfo;
  readonly estate: Estate;
  readonly control: LabControl;
  readonly options: CalibrationOptions;
  readonly onProgress: (text: string) => void;
}

/**
 * Measures every parameter of the model on a lab that nobody else uses meanwhile; about 45 s. Throws a UserError when
 * the shard is unknown ('missing'), a request of the calibration's load fails ('environment'), or it is aborted
 * ('interrupted').
 */
export async function calibrateLab(
  lab: LabInfo,
  estate: Estate,
  options: CalibrationOptions,
): Promise<Calibration> {
  const control = await openLabControl(lab);
  try {
    const { links } = await control.status();
    const onProgress = options.onProgress ?? ((): void => undefined);
    const experiment = { lab, estate, control, options, onProgress };
    await control.setLinks(links.map(({ between }) => ({ between, delayMs: 0 })));
    try {
      const parameters = {
        ...(await flushParameters(experiment)),
        ...(await serviceParameters(experiment)),
        ...(await stepParameters(experiment)),
      };
      return documentOf(experiment, parameters);
    } catch (error) {
      throw options.signal?.aborted === true ? interrupted(error) : error;
    } finally {
      await control.setLinks(links);
    }
  } finally {
    control.close();
  }
}

async function flushParameters({ lab, options, onProgress }: Experiment): Promise<Parameters> {
  onProgress('flush of the write-ahead log');
  const node = lab.nodes.find(({ id }) => id === options.map.primary);
  if (node === undefined) throw unknownName('node', options.map.primary);
  const repetitions = await probeFlush({
    directory: dirname(node.dataDirectory),
    repetitions: flushRepetitions,
    flushes: flushesPerRepetition,
    signal: options.signal,
  });
  return { 'wal.flushMs': summariseRepetitions(repetitions) };
}

async function serviceParameters(experiment: Experiment): Promise<Parameters> {
  const { estate, control, options, onProgress } = experiment;
  const found = findShard(estate, options.shard);
  if (found === undefined) throw unknownName('shard', options.shard);
  const repetitions = await playRepetitions({
    control,
    load: serviceLoad(found.fleet),
    shard: options.shard,
    map: options.map,
    directory: options.directory,
    repetitions: options.repetitions ?? 5,
    horizonMs: options.horizonMs ?? 5_000,
    warmupMs: options.warmupMs ?? 1_000,
    signal: options.signal,
    onProgress,
  });
  return {
    ...summarised('write.localMs', repetitions, ({ localMs }) => localMs),
    ...summarised('write.syncMs', repetitions, ({ syncMs }) => syncMs),
    ...summarised('job.overheadMs', repetitions, ({ overheadMs }) => overheadMs),
  };
}

/** Nothing for an aspect that the estate's classes do not have. */
function summarised(
  path: ParameterPath,
  repetitions: readonly Played[],
  aspect: (times: ServiceTimes) => readonly number[],
): Parameters {
  const observed = repetitions.filter(({ times }) => aspect(times).length > 0);
  if (observed.length === 0) return {};
  const loads = observed.map(({ requestsPerSec }) => requestsPerSec);
  return {
    [path]: summariseRepetitions(
      observed.map(({ times }) => aspect(times)),
      loads,
    ),
  };
}

async function stepParameters({ options, onProgress }: Experiment): Promise<Parameters> {
  const count = options.promotions ?? 4;
  if (count === 0) return {};
  onProgress(`${count} promotions back and forth`);
  return stepParametersOf(await options.practise(count));
}

/** The parameters of the steps of promotions: one observation per promotion, so each is a repetition of its own. */
export function stepParametersOf(promotions: readonly (readonly PractisedStep[])[]): Parameters {
  const observed = new Map<ParameterPath, PractisedStep[]>();
  for (const practised of promotions.flat()) {
    const path = `promote.${practised.step.replace(/^\d+-/, '')}Ms`;
    if (!isParameterPath(path)) throw unknownName('step of a promotion', practised.step);
    observed.set(path, [...(observed.get(path) ?? []), practised]);
  }
  return Object.fromEntries(
    Array.from(observed, ([path, steps]) => {
      const durations = steps.map(({ durationMs }) => [durationMs]);
      const loads = steps.flatMap(({ requestsPerSec }) => requestsPerSec ?? []);
      return [path, summariseRepetitions(durations, loads)];
    }),
  );
}

function documentOf({ lab, estate, options }: Experiment, parameters: Parameters): Calibration {
  const document: Omit<Calibration, 'digest'> = {
    schema: 'premortem/calibration/v1',
    estate: estate.name,
    createdAt: new Date().toISOString(),
    method: methodOf(options),
    host: hostFacts(lab.postgresVersion),
    parameters: Object.fromEntries(
      Object.entries(parameters).map(([path, observed]) => {
        const { sessionCv } = parameterKinds[path as ParameterPath];
        return [path, { ...observed, sessionCv }];
      }),
    ),
  };
  return { ...document, digest: calibrationDigest(document) };
}

function methodOf(options: CalibrationOptions): string {
  const { repetitions = 5, horizonMs = 5_000, promotions = 4 } = options;
  return [
    `zero link delay; open loop at 0.6 to 3 times the estate's rates, ${repetitions} × ${horizonMs / 1000} s`,
    `${promotions} promotions under a light load`,
    `${flushRepetitions} × ${flushesPerRepetition} flushes of 8 KiB`,
  ].join('; ');
}

function isParameterPath(path: string): path is ParameterPath {
  return Object.hasOwn(parameterKinds, path);
}

function unknownName(what: string, name: string): UserError {
  return new UserError('missing', { message: `there is no ${what} "${name}" to calibrate` });
}

function interrupted(cause: unknown): UserError {
  const error = new UserError('interrupted', { message: 'the calibration was interrupted' });
  error.cause = cause;
  return error;
}
