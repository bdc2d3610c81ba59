// Commits that wait for some of several copies: acknowledgements that take random times, simulated; copies in regions with
// constant round trips, calculated.
import { z } from 'zod';
import { Join, sampler, type Distribution } from '../../../engine/index.ts';
import {
  bestLeader,
  commitMs,
  nearestRegion,
  writeMs,
  type SpreadGroup,
} from '../../../twin/placement/leader.ts';
import type { Outcome, ValidationOptions } from '../documents.ts';
import { calculated } from '../figures.ts';
import { levelOf, runMetered, type Estimates } from '../meter.ts';
import { readModel, type ReferenceCase } from '../schema.ts';
import { planRun } from '../station-run.ts';

export const quorumFamilies = ['platform/quorum'];

const positive = z.number().positive();
const whole = z.number().int().positive();

/** An acknowledgement takes a constant and an exponential time. */
interface Ack {
  readonly shiftMs: number;
  readonly meanMs: number;
}

interface Quorum {
  readonly acks: readonly Ack[];
  readonly needed: number;
  /** What must be done beside the quorum: the leader's own flush. */
  readonly leader: Ack | null;
}

const alike = z
  .object({ n: whole, k: whole, exp_mean_ms: positive, shift_ms: z.number().min(0).default(0) })
  .refine(({ n, k }) => k <= n, 'no more than there are')
  .transform(({ n, k, exp_mean_ms: meanMs, shift_ms: shiftMs }): Quorum => ({
    acks: Array.from({ length: n }, () => ({ shiftMs, meanMs })),
    needed: k,
    leader: null,
  }));

const led = z
  .object({
    followers: whole,
    k_followers: whole,
    follower_mean_ms: positive,
    leader_fsync_mean_ms: positive,
  })
  .refine(({ followers, k_followers: needed }) => needed <= followers, 'no more than there are')
  .transform((model): Quorum => ({
    acks: Array.from({ length: model.followers }, () => ({
      shiftMs: 0,
      meanMs: model.follower_mean_ms,
    })),
    needed: model.k_followers,
    leader: { shiftMs: 0, meanMs: model.leader_fsync_mean_ms },
  }));

const spread = z.object({
  regions: z.array(z.string()).min(2),
  rtt_ms: z.array(z.array(z.number().min(0))),
  k: whole,
  service_ms: z.number().min(0),
});

const estimates: Estimates = [
  [/^mean_commit$/, (window) => window.mean('commit')],
  [/^var_commit$/, (window) => window.variance('commit')],
  [/^commit_p(\d+)$/, (window, digits) => window.quantile('commit', levelOf(digits ?? 0))],
];

export function runQuorum(referenceCase: ReferenceCase, options: ValidationOptions): Outcome {
  const { model, metrics } = referenceCase;
  const regions = readModel(spread, model.parameters);
  if (!('reason' in regions)) return spreadOver(regions.model);
  const read = readModel(z.union([alike, led]), model.parameters);
  if ('reason' in read) return { kind: 'unsupported', reason: read.reason };
  const { acks, needed, leader } = read.model;
  const scaleMs = Math.max(...acks.map(({ meanMs }) => meanMs));
  const plan = planRun(referenceCase, 1, options);
  const meter = runMetered(plan, scaleMs, (simulation, meter) => {
    const exponential: Distribution = { kind: 'exponential', mean: 1 };
    const draw = sampler(exponential, simulation.stream('acknowledgements'));
    const timeOf = ({ shiftMs, meanMs }: Ack): number => shiftMs + meanMs * draw();
    let beganMs = 0;
    const commit = new Join((write) => {
      meter.sample('commit', simulation.nowMs - beganMs);
      meter.unit();
      begin(write + 1);
    });
    const quorum = new Join((write) => commit.done(write));
    const acknowledged = simulation.register((write) => quorum.done(write), 'acknowledged');
    const flushed = simulation.register((write) => commit.done(write), 'flushed');
    const begin = (write: number): void => {
      beganMs = simulation.nowMs;
      commit.fork(write, leader === null ? 1 : 2);
      quorum.fork(write, needed);
      for (const ack of acks) simulation.schedule(timeOf(ack), acknowledged, write);
      if (leader !== null) simulation.schedule(timeOf(leader), flushed, write);
    };
    begin(0);
  });
  return { kind: 'computed', figures: meter.figures(Object.keys(metrics), estimates) };
}

function spreadOver(model: z.infer<typeof spread>): Outcome {
  const { regions } = model;
  const group: SpreadGroup = {
    regions,
    roundTripMs: model.rtt_ms,
    needed: model.k,
    serviceMs: model.service_ms,
  };
  const best = bestLeader(group);
  const values = regions.flatMap((name, region): [string, number][] => [
    [`commit_leader_${name}`, commitMs(group, region)],
    [
      `commit_leader_${name}_nearest_region_lost`,
      commitMs(group, region, [nearestRegion(group, region)]),
    ],
    [`client_in_${name}_write_via_best_leader`, writeMs(group, region, best)],
  ]);
  return calculated({
    ...Object.fromEntries(values),
    best_leader: regions[best] ?? '',
    best_commit: commitMs(group, best),
  });
}
