// Caches under requests for keys of unequal popularity, each independent of those before: with room for so many keys, or
// with entries that live for so long; and what a cache serves of values that were written meanwhile.
import { z } from 'zod';
import { feedArrivals, renewalGaps, sampler } from '../../../engine/index.ts';
import { FifoCache, LruCache, RandomCache, type KeyCache } from '../../../twin/caches/key-cache.ts';
import {
  bestFixedHitRatio,
  characteristicTime,
  hitChance,
  hitRatio,
  zipfShares,
} from '../../../twin/caches/theory.ts';
import { TtlCache } from '../../../twin/caches/ttl-cache.ts';
import type { Figure, Outcome, ValidationOptions } from '../documents.ts';
import { runMetered, runSampled, type Estimates } from '../meter.ts';
import { readModel, type ReferenceCase } from '../schema.ts';
import { planRun } from '../station-run.ts';

export const cacheFamilies = ['platform/cache'];
export const staleFamilies = ['platform/stale-reads'];

const positive = z.number().positive();
const whole = z.number().int().positive();

/** Several exponents of popularity are several caches; their metrics end with the exponent. */
const sized = z
  .object({
    n: whole,
    k: whole,
    alpha: z.union([z.number().min(0), z.array(z.union([z.string(), z.number()])).min(1)]),
  })
  .transform(({ n, k, alpha }) => ({
    keys: n,
    capacity: Math.min(n, k),
    exponents: Array.isArray(alpha)
      ? alpha.map((one) => ({ exponent: Number(one), suffix: `_alpha${one}` }))
      : [{ exponent: alpha, suffix: '' }],
  }));

type Sized = z.infer<typeof sized>;

const expiring = z.object({
  n: whole,
  alpha: z.number().min(0),
  Lambda: positive,
  ttl_s: positive,
});

const policies = ['lru', 'fifo', 'random'] as const;

export function runCache(referenceCase: ReferenceCase, options: ValidationOptions): Outcome {
  const { parameters } = referenceCase.model;
  const read = readModel(sized, parameters);
  if ('reason' in read) return runExpiring(referenceCase, options);
  const figures = read.model.exponents.flatMap(({ exponent, suffix }) => {
    const names = Object.keys(referenceCase.metrics)
      .filter((name) => name.endsWith(suffix))
      .map((name) => name.slice(0, name.length - suffix.length));
    const found = [
      ...simulateSized(referenceCase, read.model, { exponent, names }, options),
      ...calculateSized(read.model, exponent, names),
    ];
    return found.map(([name, figure]): [string, Figure] => [`${name}${suffix}`, figure]);
  });
  return { kind: 'computed', figures: new Map(figures) };
}

function simulateSized(
  referenceCase: ReferenceCase,
  { keys, capacity }: Sized,
  { exponent, names }: { readonly exponent: number; readonly names: readonly string[] },
  options: ValidationOptions,
): Map<string, Figure> {
  const asked = policies.filter((policy) => names.includes(`${policy}_hit_ratio`));
  if (asked.length === 0) return new Map();
  const plan = planRun(referenceCase, 1, options);
  const meter = runSampled(plan, 1, (simulation, meter) => {
    const room = { keys, capacity };
    const make: Readonly<Record<(typeof policies)[number], () => KeyCache>> = {
      lru: () => new LruCache(room),
      fifo: () => new FifoCache(room),
      random: () => new RandomCache(room, simulation.stream('eviction')),
    };
    const caches = asked.map((policy) => ({ policy, cache: make[policy]() }));
    const rank = sampler({ kind: 'zipf', count: keys, exponent }, simulation.stream('keys'));
    return () => {
      const key = rank() - 1;
      for (const { policy, cache } of caches) if (cache.request(key)) meter.count(policy);
    };
  });
  const estimates: Estimates = policies.map((policy) => [
    new RegExp(`^${policy}_hit_ratio$`),
    (window) => window.counted(policy) / window.units,
  ]);
  return meter.figures(names, estimates);
}

function calculateSized(
  { keys, capacity }: Sized,
  exponent: number,
  names: readonly string[],
): [string, Figure][] {
  const shares = zipfShares(keys, exponent);
  const time = characteristicTime(shares, capacity);
  const items = names.flatMap((name): [string, number][] => {
    const item = /^item(\d+)_hit$/.exec(name)?.[1];
    return item === undefined ? [] : [[name, hitChance(shares[Number(item) - 1] ?? 0, time)]];
  });
  const values: [string, number][] = [
    ['characteristic_time', time],
    ['che_lru_approximation', hitRatio(shares, time)],
    ['optimal_static_hit_ratio', bestFixedHitRatio(shares, capacity)],
    ...items,
  ];
  return values.map(([name, value]) => [name, { method: 'closed-form', value }]);
}

const renewals = [
  ['fixed', 'fill'],
  ['sliding', 'request'],
] as const;

/** A second is simulated as a millisecond. */
function runExpiring(referenceCase: ReferenceCase, options: ValidationOptions): Outcome {
  const read = readModel(expiring, referenceCase.model.parameters);
  if ('reason' in read) return { kind: 'unsupported', reason: read.reason };
  const { n: keys, alpha: exponent, Lambda: rate, ttl_s: ttlMs } = read.model;
  const names = Object.keys(referenceCase.metrics);
  const watched = new Set(names.flatMap((name) => /_key(\d+)$/.exec(name)?.[1] ?? []).map(Number));
  const plan = planRun(referenceCase, rate, options);
  const meter = runMetered(plan, 1, (simulation, meter) => {
    const rank = sampler({ kind: 'zipf', count: keys, exponent }, simulation.stream('keys'));
    const gaps = renewalGaps(
      { kind: 'exponential', mean: 1 / rate },
      simulation.stream('requests'),
    );
    const caches = renewals.map(([name, renewal]) => ({
      name,
      cache: new TtlCache({ keys, ttlMs, renewal }),
    }));
    const askedMs = new Float64Array(keys).fill(-Infinity);
    feedArrivals(simulation, gaps, () => {
      const key = rank() - 1;
      const sinceMs = simulation.nowMs - (askedMs[key] ?? -Infinity);
      askedMs[key] = simulation.nowMs;
      const isWatched = watched.has(key + 1);
      if (isWatched) meter.count(`asked ${key + 1}`);
      // Of the time since the last request, as long as the entry was alive; with a fixed time, all of it at once.
      if (sinceMs < Infinity) meter.count('sliding lived', Math.min(sinceMs, ttlMs));
      for (const { name, cache } of caches) {
        const isHit = cache.request(key, simulation.nowMs);
        meter.count(`${name} ${isHit ? 'hit' : 'missed'}`);
        if (isHit && isWatched) meter.count(`${name} hit ${key + 1}`);
        if (!isHit && name === 'fixed') meter.count('fixed lived', ttlMs);
      }
      meter.unit();
    });
  });
  return { kind: 'computed', figures: meter.figures(names, expiringEstimates) };
}

const expiringEstimates: Estimates = renewals.flatMap(([name]): Estimates => [
  [new RegExp(`^hit_ratio_${name}$`), (window) => window.counted(`${name} hit`) / window.units],
  [new RegExp(`^mean_occupancy_${name}$`), (window) => window.rate(`${name} lived`)],
  [new RegExp(`^origin_rate_${name}$`), (window) => window.rate(`${name} missed`)],
  [
    new RegExp(`^hit_ratio_${name}_key(\\d+)$`),
    (window, key = 1) => window.counted(`${name} hit ${key}`) / window.counted(`asked ${key}`),
  ],
]);

const reads = z.object({
  lambda: positive,
  w: positive,
  ttl_s: positive,
  invalidation_delay_s: z.number().min(0).nullable().default(null),
});

const staleEstimates: Estimates = [
  [/^p_stale_read$/, (window) => window.counted('stale') / window.units],
  [/^hit_ratio$/, (window) => window.counted('hit') / window.units],
  [/^p_stale_given_hit$/, (window) => window.counted('stale') / window.counted('hit')],
];

/** One key. A write is told to the cache after a delay, or never. */
export function runStaleReads(referenceCase: ReferenceCase, options: ValidationOptions): Outcome {
  const read = readModel(reads, referenceCase.model.parameters);
  if ('reason' in read) return { kind: 'unsupported', reason: read.reason };
  const { lambda, w, ttl_s: ttlMs, invalidation_delay_s: delayMs } = read.model;
  const plan = planRun(referenceCase, lambda, options);
  const meter = runMetered(plan, 1, (simulation, meter) => {
    const gapsOf = (rate: number, name: string): (() => number) =>
      renewalGaps({ kind: 'exponential', mean: 1 / rate }, simulation.stream(name));
    const cache = new TtlCache({ keys: 1, ttlMs, renewal: 'fill' });
    const told = simulation.register(() => cache.invalidate(0), 'told');
    let writtenMs = -Infinity;
    feedArrivals(simulation, gapsOf(w, 'writes'), () => {
      writtenMs = simulation.nowMs;
      if (delayMs !== null) simulation.schedule(delayMs, told, 0);
    });
    feedArrivals(simulation, gapsOf(lambda, 'reads'), () => {
      const isHit = cache.request(0, simulation.nowMs);
      if (isHit) meter.count('hit');
      if (isHit && writtenMs > cache.filledMs(0)) meter.count('stale');
      meter.unit();
    });
  });
  const names = Object.keys(referenceCase.metrics);
  return { kind: 'computed', figures: meter.figures(names, staleEstimates) };
}
