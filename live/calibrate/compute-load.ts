// The loads by which computations are measured: alone at a light load, for what they take by their size, and as many as
// there are connections, for what the processors carry.
import { meanOf, type Distribution } from '../../engine/distributions.ts';
import { drawTrace } from '../../twin/demand.ts';
import type { Fleet, OperationClass } from '../../twin/estate/estate.ts';
import { parameterKinds } from '../../twin/parameters.ts';
import { makeTrace, type Trace } from '../../twin/trace.ts';
import type { CalibrationLoad } from './play-load.ts';

/** Shares of one processor in use, repetition by repetition: light enough for most computations to be alone. */
const utilisations = [0.08, 0.3] as const;

/** Far more than the processors can do in the time: what is left over expires in the queue. */
const backlogFactor = 3;
const mostProcessors = 64;

type Computing = Pick<CalibrationLoad, 'name' | 'fleet' | 'classes' | 'trace'>;

/** The fleet's computations with their sizes, at a light load. */
export function openComputations(fleet: Fleet, repetition: number, horizonMs: number): Computing {
  const utilisation = utilisations[repetition % utilisations.length] ?? 0.1;
  const computing = computationsOf(fleet).map((one) => ({ ...one, size: varied(one.size) }));
  const wanted = computing.reduce((sum, one) => sum + one.ratePerSec * meanOf(one.size), 0);
  const factor = (utilisation * 1_000) / (wanted * parameterKinds['compute.rowMs'].defaultValue);
  const classes = computing.map((one) => ({ ...one, ratePerSec: one.ratePerSec * factor }));
  const drawn = { ...fleet, classes };
  const trace = drawTrace(drawn, {
    seed: 'calibration/compute',
    replication: repetition,
    horizonMs,
    factors: new Map(),
  });
  return { name: `open-${repetition}`, fleet, classes: kindsOf(classes), trace };
}

/** Computations of one size, all due at once, on `connections` connections: a closed loop until the horizon. */
export function closedComputations(
  fleet: Fleet,
  connections: number,
  { name, horizonMs }: { readonly name: string; readonly horizonMs: number },
): Computing {
  const [first] = computationsOf(fleet);
  const [tenant] = fleet.tenants;
  const rows = Math.max(1, Math.round(meanRowsOf(fleet)));
  const oneMs = rows * parameterKinds['compute.rowMs'].defaultValue;
  const processors = Math.min(connections, mostProcessors);
  const count = Math.ceil((backlogFactor * processors * horizonMs) / oneMs);
  const id = first?.id ?? 'compute';
  const trace: Trace = makeTrace(
    { seed: 'calibration/closed', horizonMs, classes: [id], tenants: [tenant?.id ?? ''] },
    {
      atMs: new Float64Array(count),
      classOf: new Uint16Array(count),
      tenantOf: new Uint32Array(count),
      size: new Float64Array(count).fill(rows),
    },
  );
  return {
    name,
    // One pool, so that there are as many computations under way as connections; the queue's patience ends the load.
    fleet: {
      tenants: fleet.tenants.slice(0, 1),
      pool: { size: connections, timeoutMs: horizonMs },
    },
    classes: [{ id, kind: 'compute' }],
    trace,
  };
}

/** Commits at a steady pace, those that wait for a standby in turn with those that do not; far enough apart not to meet. */
const commitEveryMs = 25;
const commitBytes = 200;

/** What the classes of such commits are called in a trace: names that no estate can give. */
export const commitClasses = { local: '(local)', on: '(on)' } as const;

/**
 * Commits beside as many computations as keep `connections` processors busy all the time, or (0) alone. What they take
 * longer is how long who has waited for a flush waits for a processor.
 */
export function commitsBeside(
  fleet: Fleet,
  connections: number,
  { name, horizonMs }: { readonly name: string; readonly horizonMs: number },
): Computing {
  const beside = closedComputations(fleet, Math.max(1, connections), { name, horizonMs });
  const { seed, classes, tenants, size } = beside.trace;
  const computations = connections === 0 ? 0 : beside.trace.count;
  const commits = Math.floor(horizonMs / commitEveryMs);
  const count = computations + commits;
  const trace: Trace = makeTrace(
    { seed, horizonMs, classes: [...classes, ...Object.values(commitClasses)], tenants },
    {
      atMs: new Float64Array(count).map((_, at) => Math.max(0, at - computations) * commitEveryMs),
      classOf: new Uint16Array(count).map((_, at) =>
        at < computations ? 0 : classes.length + ((at - computations) % 2),
      ),
      tenantOf: new Uint32Array(count),
      size: new Float64Array(count).map((_, at) =>
        at < computations ? (size[at] ?? 0) : commitBytes,
      ),
    },
  );
  return {
    ...beside,
    classes: [
      ...beside.classes,
      { id: commitClasses.local, kind: 'write', commitMode: 'local' },
      { id: commitClasses.on, kind: 'write', commitMode: 'on' },
    ],
    trace,
  };
}

export function computationsOf({ classes }: Fleet): readonly OperationClass[] {
  return classes.filter(({ kind }) => kind === 'compute');
}

function meanRowsOf(fleet: Fleet): number {
  const computing = computationsOf(fleet);
  const rate = computing.reduce((sum, { ratePerSec }) => sum + ratePerSec, 0);
  return computing.reduce((sum, one) => sum + (one.ratePerSec / rate) * meanOf(one.size), 0);
}

/** A line needs different sizes: those of a class with one size are spread about it. */
function varied(size: Distribution): Distribution {
  if (size.kind !== 'constant') return size;
  return { kind: 'uniform', low: size.value / 2, high: 1.5 * size.value };
}

function kindsOf(classes: readonly OperationClass[]): CalibrationLoad['classes'] {
  return classes.map(({ id, kind }) => ({ id, kind }));
}
