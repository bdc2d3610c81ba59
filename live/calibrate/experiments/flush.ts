// The experiment on the disks: what one flush of the write-ahead log costs beside the data of the primary and of a standby.
import { dirname } from 'node:path';
import { assert } from '../../../engine/failure.ts';
import type { Experiment } from '../experiment.ts';
import { probeFlush } from '../flush-probe.ts';
import { nodesOf } from '../../../twin/estate/estate.ts';
import { summariseRepetitions, type Observed } from '../repetitions.ts';

const flushes = 80;

/** Longer than a flush of 8 KiB and the pause after it take on a slow disk. */
const perFlushMs = 8;

export const flush: Experiment = {
  id: 'flush',
  method: ({ repetitions }) => `${repetitions} × ${flushes} flushes of 8 KiB`,
  parameters: ['wal.flushMs', 'standby.flushMs'],
  needed: ({ fleet, shard }) => {
    if (!fleet.classes.some(({ kind }) => kind === 'write')) return [];
    return shard.replicas.length === 0 ? ['wal.flushMs'] : ['wal.flushMs', 'standby.flushMs'];
  },
  because: ({ fleet }) =>
    fleet.classes.some(({ kind }) => kind === 'write')
      ? 'its classes write, and every commit waits for a flush'
      : 'none of its classes writes',
  durationMs: ({ repetitions }) => 2 * repetitions * flushes * perFlushMs,
  run: async ({ lab, map, shard, effort, signal, onProgress }) => {
    const probe = async (nodeId: string): Promise<Observed> => {
      const node = lab.nodes.find(({ id }) => id === nodeId);
      assert(node !== undefined, `the lab has a node ${nodeId}`);
      const { repetitions } = effort;
      const directory = dirname(node.dataDirectory);
      return summariseRepetitions(await probeFlush({ directory, repetitions, flushes, signal }));
    };
    onProgress('flush of the write-ahead log');
    const standby = nodesOf(shard).find(({ id }) => id !== map.primary);
    return {
      'wal.flushMs': await probe(map.primary),
      ...(standby === undefined ? {} : { 'standby.flushMs': await probe(standby.id) }),
    };
  },
};
