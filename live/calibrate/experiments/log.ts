// The experiment on the log that travels: bytes per write, by a straight line through two sizes, and the rate at which a
// standby replays a backlog of such writes. Steady values: the full pages after a checkpoint are not in them.
import type { Client } from 'pg';
import { meanOf } from '../../../engine/distributions.ts';
import { nodesOf } from '../../../twin/estate/estate.ts';
import { openNode } from '../../bridge/postgres.ts';
import type { Bench, Experiment, Subject } from '../experiment.ts';
import { probeInsertBytes, probeReceiveRate, probeReplayRate } from '../log-probes.ts';
import { summariseSingles } from '../repetitions.ts';

const inserts = 1_000;
const commits = 6_000;

/** What one repetition of each takes on a slow machine. */
const perRepetitionMs = 1_500;

/** Two sizes of rows that are stored in one piece, and one that is stored in two parts. */
const [smallBytes, middleBytes, largeBytes] = [100, 1_800, 3_500];

const paths = [
  'wal.fixedBytes',
  'wal.bytesPerByte',
  'wal.partBytes',
  'standby.replayBytesPerSec',
  'standby.receiveBytesPerSec',
] as const;

export const log: Experiment = {
  id: 'log',
  method: ({ repetitions }) =>
    `${repetitions} × ${inserts} inserts of three sizes, ${repetitions} backlogs of ${commits} commits`,
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
    const logs: Awaited<ReturnType<typeof logOf>>[] = [];
    const ratesPerSec: number[] = [];
    const receivedPerSec: number[] = [];
    const { primary, standby, close } = await connect(bench);
    try {
      for (let repetition = 0; repetition < effort.repetitions; repetition++) {
        signal?.throwIfAborted();
        onProgress(`log and its replay, repetition ${repetition + 1} of ${effort.repetitions}`);
        logs.push(await logOf(primary));
        receivedPerSec.push(await probeReceiveRate({ primary, standby }));
        ratesPerSec.push(await probeReplayRate({ primary, standby, sizeBytes, inserts: commits }));
      }
    } finally {
      await close();
    }
    return {
      'wal.fixedBytes': summariseSingles(logs.map(({ fixedBytes }) => fixedBytes)),
      'wal.bytesPerByte': summariseSingles(logs.map(({ bytesPerByte }) => bytesPerByte)),
      'wal.partBytes': summariseSingles(logs.map(({ partBytes }) => partBytes)),
      'standby.replayBytesPerSec': summariseSingles(ratesPerSec),
      'standby.receiveBytesPerSec': summariseSingles(receivedPerSec),
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

/** A straight line through the sizes that are stored in one piece, and what the larger one has beyond it. */
async function logOf(
  primary: Client,
): Promise<{ fixedBytes: number; bytesPerByte: number; partBytes: number }> {
  const at = (sizeBytes: number): Promise<number> =>
    probeInsertBytes({ primary, sizeBytes, inserts });
  const [small, middle, large] = [
    await at(smallBytes),
    await at(middleBytes),
    await at(largeBytes),
  ];
  const bytesPerByte = (middle - small) / (middleBytes - smallBytes);
  const fixedBytes = Math.max(0, small - bytesPerByte * smallBytes);
  const partBytes = Math.max(0, (large - fixedBytes - bytesPerByte * largeBytes) / 2);
  return { fixedBytes, bytesPerByte, partBytes };
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
