// Bills and the tiers that data passes on its way to deletion: arithmetic, compared exactly.
import { z } from 'zod';
import { billOf } from '../../../twin/money/bill.ts';
import {
  allGigabyteDays,
  deletedGigabytes,
  heldGigabyteDays,
  heldGigabytes,
  meanAgeDays,
  steadyGigabytes,
  type Retention,
} from '../../../twin/money/retention.ts';
import type { Outcome } from '../documents.ts';
import { calculated } from '../figures.ts';
import { readModel, type ReferenceCase } from '../schema.ts';

export const billFamilies = ['platform/cost'];
export const retentionFamilies = ['platform/retention'];

const amount = z.number().min(0);

const bill = z.object({
  storage_gb_price: z.array(z.tuple([amount, amount])),
  replicated_gb: amount,
  copies: amount,
  inter_region_price: amount,
  egress_gb: amount,
  egress_tiers: z.array(z.tuple([amount.nullable(), amount])).min(1),
  nodes: amount,
  node_hour_price: amount,
  hours: amount,
});

export function runBill({ model }: ReferenceCase): Outcome {
  const read = readModel(bill, model.parameters);
  if ('reason' in read) return { kind: 'unsupported', reason: read.reason };
  const given = read.model;
  const found = billOf({
    storage: given.storage_gb_price.map(([gigabytes, usdPerGigabyte]) => ({
      gigabytes,
      usdPerGigabyte,
    })),
    replicated: {
      gigabytes: given.replicated_gb,
      copies: given.copies,
      usdPerGigabyte: given.inter_region_price,
    },
    egress: {
      gigabytes: given.egress_gb,
      tiers: given.egress_tiers.map(([width, usd]) => ({ width, usd })),
    },
    nodes: { count: given.nodes, hours: given.hours, usdPerHour: given.node_hour_price },
  });
  return calculated({
    storage_usd: found.storageUsd,
    inter_region_usd: found.interRegionUsd,
    egress_usd: found.egressUsd,
    compute_usd: found.computeUsd,
    total_usd: found.totalUsd,
  });
}

const retention = z
  .object({
    ingest_gb_per_day: amount,
    hot_days: amount,
    warm_until_day: amount,
    delete_at_day: amount,
    compression_factor: amount,
  })
  .transform((given): Retention => ({
    gigabytesPerDay: given.ingest_gb_per_day,
    hotDays: given.hot_days,
    warmUntilDay: given.warm_until_day,
    deletedAtDay: given.delete_at_day,
    compression: given.compression_factor,
  }));

type FigureOfDay = (rule: Retention, day: number) => number;

/** By the name of a metric without its day. */
const byDay: Readonly<Record<string, FigureOfDay>> = {
  hot_gb_day: (rule, day) => heldGigabytes(rule, 'hot', day),
  warm_gb_day: (rule, day) => heldGigabytes(rule, 'warm', day),
  cold_gb_day: (rule, day) => heldGigabytes(rule, 'cold', day),
  deleted_raw_gb_day: deletedGigabytes,
  hot_gb_days_to_day: (rule, day) => heldGigabyteDays(rule, 'hot', day),
  warm_gb_days_to_day: (rule, day) => heldGigabyteDays(rule, 'warm', day),
  cold_gb_days_to_day: (rule, day) => heldGigabyteDays(rule, 'cold', day),
  total_gb_days_to_day: allGigabyteDays,
  mean_raw_byte_age_at_day: meanAgeDays,
};

export function runRetention({ model, metrics }: ReferenceCase): Outcome {
  const read = readModel(retention, model.parameters);
  if ('reason' in read) return { kind: 'unsupported', reason: read.reason };
  const days = Object.keys(metrics).flatMap((name): [string, number][] => {
    const [, what = '', day] = /^(\w+?_day)(\d+)$/.exec(name) ?? [];
    const figure = Object.hasOwn(byDay, what) ? byDay[what] : undefined;
    return figure === undefined ? [] : [[name, figure(read.model, Number(day))]];
  });
  return calculated({
    steady_total_gb: steadyGigabytes(read.model),
    ...Object.fromEntries(days),
  });
}
