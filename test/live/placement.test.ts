// Which processors servers get, from what an estate declares and a machine has.
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { describe, expect, it, test, vi } from 'vitest';
import { parseProcessorList, pinnedCommand } from '../../live/placement/host-means.ts';
import {
  asksForProcessors,
  choosePlacement,
  describePlacement,
  placementSchema,
  type HostMeans,
} from '../../live/placement/placement.ts';
import type { OperationClass } from '../../twin/estate/estate.ts';
import { makeEstate } from '../fixtures/estate.ts';

const compute: OperationClass = {
  id: 'compute',
  kind: 'compute',
  ratePerSec: 10,
  size: { kind: 'constant', value: 20_000 },
};
const estateWith = (vcpus: number): ReturnType<typeof makeEstate> =>
  makeEstate({ vcpus, fleet: { classes: [compute] } });

const means = (count: number, changes: Partial<HostMeans> = {}): HostMeans => ({
  available: Array.from({ length: count }, (_, processor) => processor),
  cannotPin: null,
  canWarm: true,
  canPrefer: true,
  ...changes,
});

describe('the placement of an estate', () => {
  it.each([
    { vcpus: 1, processors: 2, servers: [1], others: [0] },
    { vcpus: 4, processors: 2, servers: [1], others: [0] },
    { vcpus: 2, processors: 8, servers: [6, 7], others: [0, 1, 2, 3, 4, 5] },
    { vcpus: 0.5, processors: 4, servers: [3], others: [0, 1, 2] },
  ])(
    'of tiers with $vcpus processors on a machine with $processors',
    ({ vcpus, processors, servers, others }) => {
      const placement = choosePlacement(estateWith(vcpus), means(processors));
      expect(placement).toEqual({ kind: 'pinned', servers, others, warm: true, preferred: true });
      expect(placementSchema.parse(placement)).toEqual(placement);
    },
  );

  it('keeps to the processors that this process may use', () => {
    const placement = choosePlacement(estateWith(1), means(0, { available: [3, 5] }));
    expect(placement).toMatchObject({ servers: [5], others: [3] });
  });

  it('is the system’s business where there is one processor, or no way to bind processes', () => {
    expect(choosePlacement(estateWith(1), means(1)).kind).toBe('shared');
    const cannotPin = 'unknown: taskset is not installed';
    expect(choosePlacement(estateWith(1), means(2, { cannotPin }))).toEqual({
      kind: 'shared',
      why: cannotPin,
    });
  });

  it('is asked for by computations only', () => {
    expect(asksForProcessors(estateWith(1))).toBe(true);
    expect(asksForProcessors(makeEstate())).toBe(false);
  });

  it('reads the same for the same placement, and tells what could not be done', () => {
    const all = choosePlacement(estateWith(1), means(2));
    expect(describePlacement(all)).toBe(
      'servers on processor 1 (kept warm, preferred), clients on 0',
    );
    const bare = choosePlacement(estateWith(1), means(2, { canWarm: false, canPrefer: false }));
    expect(describePlacement(bare)).toBe('servers on processor 1, clients on 0');
    expect(describePlacement({ kind: 'shared', why: 'no class computes' })).toBe('shared');
    expect(describePlacement({ kind: 'shared', why: 'unknown: no taskset' })).toBe('unknown');
  });
});

it('reads lists of processors as Linux writes them', () => {
  expect(parseProcessorList('0-2,5\n')).toEqual([0, 1, 2, 5]);
  expect(parseProcessorList('3')).toEqual([3]);
  expect(parseProcessorList('')).toEqual([]);
});

it('binds a command in its own process, or leaves it as it is', () => {
  expect(pinnedCommand(null, 'postgres', ['-D', 'd'])).toEqual(['postgres', ['-D', 'd']]);
  expect(pinnedCommand([1, 3], 'postgres', ['-D', 'd'])).toEqual([
    'taskset',
    ['--cpu-list', '1,3', 'postgres', '-D', 'd'],
  ]);
});

test.runIf(process.platform === 'linux')(
  'keeps a processor awake in short turns',
  async () => {
    const spinner = spawn(process.execPath, ['live/placement/spinner.ts'], { stdio: 'ignore' });
    // How often it let go of its processor by itself; a process that never does so only starts and loads before.
    const turns = (): number =>
      Number(
        /^voluntary_ctxt_switches:\s*(\d+)$/m.exec(
          readFileSync(`/proc/${spinner.pid}/status`, 'utf8'),
        )?.[1],
      );
    try {
      await vi.waitFor(() => expect(turns()).toBeGreaterThan(1_000), { timeout: 20_000 });
    } finally {
      spinner.kill();
    }
  },
  30_000,
);
