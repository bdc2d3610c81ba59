// The experiment on the log that travels: bytes per write, by a straight line through two sizes, and the rate at which a
// standby replays a backlog of such writes. Steady values: the full pages after a checkpoint are not in them.
import type { Client } from 'pg';
import { meanOf } from '../../../engine/distributions.ts';
import { nodesOf } from '../../../twin/estate/estate.ts';
import { openNode } from '../../bridge/postgres.ts';
import type { Bench, Experiment, Subject } from '../experiment.ts';
import { probeInsertBytes, probeReplayRate } from '../log-probes.ts';
import { summariseRepetitions } from '../repetitions.ts';

const inserts = 1_500;
const commits = 6_000;

/** What one repetition of each takes on a slow machine. */
const perRepetitionMs = 1_500;

/** Beyond about two kilobytes a row is stored, and logged, in another way. */
const largestSizeBytes = 1_900;

const paths = ['wal.fixedBytes', 'wal.bytesPerByte', 'standby.replayBytesPerSec'] as const;

export const log: Experiment = {
  id: 'log',
  method: ({ repetitions }) =>
    `${repetitions} × ${inserts} inserts of two sizes, ${repetitions} backlogs of ${commits} commits`,
  parameters: paths,
  needed: (subject) => (isNeeded(subject) ? paths : []),
  because: (subject) =>
    isNeeded(subject)
      ? `what its classes write is sent to ${subject.shard.replicas.length} standby(s)`
      : 'no write of its classes is sent to a standby',
  durationMs: ({ repetitions }) => repetitions * perRepetitionMs,
  run: async (bench) => {
    const { effort, signal, onProgress } = bench;
    const sizeBytes = sizeOf(bench);
    const observed = { fixed: [] as number[], slope: [] as number[], rate: [] as number[] };
    const { primary, standby, close } = await connect(bench);
    try {
      for (let repetition = 0; repetition < effort.repetitions; repetition++) {
        signal?.throwIfAborted();
        onProgress(`log and its replay, repetition ${repetition + 1} of ${effort.repetitions}`);
        const bytes = await line(primary, sizeBytes);
        observed.fixed.push(bytes.fixed);
        observed.slope.push(bytes.perByte);
        observed.rate.push(
          await probeReplayRate({ primary, standby, sizeBytes, inserts: commits }),
        );
      }
    } finally {
      await close();
    }
    return {
      'wal.fixedBytes': summariseRepetitions(observed.fixed.map((one) => [one])),
      'wal.bytesPerByte': summariseRepetitions(observed.slope.map((one) => [one])),
      'standby.replayBytesPerSec': summariseRepetitions(observed.rate.map((one) => [one])),
    };
  },
};

function isNeeded({ fleet, shard }: Subject): boolean {
  return fleet.classes.some(({ kind }) => kind === 'write') && shard.replicas.length > 0;
}

/** The mean row of the fleet's writes. */
function sizeOf({ fleet }: Subject): number {
  const sizes = fleet.classes
    .filter(({ kind }) => kind === 'write')
    .map(({ size }) => meanOf(size));
  return sizes.reduce((sum, size) => sum + size, 0) / Math.max(1, sizes.length);
}

/** Half of the mean size and twice as much, far enough apart for a slope. */
async function line(
  primary: Client,
  sizeBytes: number,
): Promise<{ fixed: number; perByte: number }> {
  const high = Math.min(largestSizeBytes, Math.max(400, 2 * sizeBytes));
  const low = Math.min(high / 4, sizeBytes / 2);
  const lowBytes = await probeInsertBytes({ primary, sizeBytes: low, inserts });
  const highBytes = await probeInsertBytes({ primary, sizeBytes: high, inserts });
  const perByte = (highBytes - lowBytes) / (Math.round(high) - Math.round(low));
  return { fixed: Math.max(0, lowBytes - perByte * Math.round(low)), perByte };
}

interface Connections {
  readonly primary: Client;
  readonly standby: Client;
  readonly close: () => Promise<void>;
}

/** The replay of a standby that nobody waits for is paused, where there is one. */
async function connect({ lab, map, shard }: Bench): Promise<Connections> {
  const others = nodesOf(shard).filter(({ id }) => id !== map.primary);
  const free = others.find(({ id }) => !(shard.syncRule?.nodes ?? []).includes(id));
  const { id } = free ?? others.at(-1) ?? shard.primary;
  const primary = await openNode(lab, map.primary);
  const standby = await openNode(lab, id);
  return {
    primary,
    standby,
    close: async (): Promise<void> => {
      await primary.end();
      await standby.end();
    },
  };
}
