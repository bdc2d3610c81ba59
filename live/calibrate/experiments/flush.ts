// The experiment on the disk: what one flush of the write-ahead log costs beside the data of the primary.
import { dirname } from 'node:path';
import { assert } from '../../../engine/failure.ts';
import type { Experiment } from '../experiment.ts';
import { probeFlush } from '../flush-probe.ts';
import { summariseRepetitions } from '../repetitions.ts';

const flushes = 80;

/** Longer than a flush of 8 KiB and the pause after it take on a slow disk. */
const perFlushMs = 8;

export const flush: Experiment = {
  id: 'flush',
  method: ({ repetitions }) => `${repetitions} × ${flushes} flushes of 8 KiB`,
  parameters: ['wal.flushMs'],
  needed: ({ fleet }) =>
    fleet.classes.some(({ kind }) => kind === 'write') ? ['wal.flushMs'] : [],
  because: ({ fleet }) =>
    fleet.classes.some(({ kind }) => kind === 'write')
      ? 'its classes write, and every commit waits for a flush'
      : 'none of its classes writes',
  durationMs: ({ repetitions }) => repetitions * flushes * perFlushMs,
  run: async ({ lab, map, effort, signal, onProgress }) => {
    onProgress('flush of the write-ahead log');
    const node = lab.nodes.find(({ id }) => id === map.primary);
    assert(node !== undefined, 'the leader of a shard is a node of the lab');
    const durations = await probeFlush({
      directory: dirname(node.dataDirectory),
      repetitions: effort.repetitions,
      flushes,
      signal,
    });
    return { 'wal.flushMs': summariseRepetitions(durations) };
  },
};
