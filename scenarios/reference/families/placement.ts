// Where keys and tenants come to lie when chance decides: rings of hashes, and things thrown into bins.
import { z } from 'zod';
import { powerOfChoices } from '../../../engine/index.ts';
import {
  HashRing,
  movedByModulo,
  movedByRing,
  shareQuantileOverMean,
  shareVariation,
} from '../../../twin/placement/ring.ts';
import type { Outcome, ValidationOptions } from '../documents.ts';
import { calculated } from '../figures.ts';
import { levelOf, runSampled, type Estimates } from '../meter.ts';
import { readModel, type ReferenceCase } from '../schema.ts';
import { planRun } from '../station-run.ts';

export const ringFamilies = ['platform/consistent-hashing'];
export const binFamilies = ['platform/balls-in-bins'];

const whole = z.number().int().positive();

const ring = z.object({ nodes: whole, virtual_nodes: whole });
const growing = z.object({ nodes_before: whole });

const ringEstimates: Estimates = [
  [/^expected_max_over_mean$/, (window) => window.mean('largest')],
  [/^expected_min_over_mean$/, (window) => window.mean('smallest')],
];

export function runRing(referenceCase: ReferenceCase, options: ValidationOptions): Outcome {
  const { model, metrics } = referenceCase;
  const grown = readModel(growing, model.parameters);
  if (!('reason' in grown)) {
    const { nodes_before: before } = grown.model;
    return calculated({
      moved_fraction_consistent: movedByRing(before),
      moved_fraction_modulo: movedByModulo(before),
    });
  }
  const read = readModel(ring, model.parameters);
  if ('reason' in read) return { kind: 'unsupported', reason: read.reason };
  const { nodes, virtual_nodes: places } = read.model;
  const names = Object.keys(metrics);
  const plan = planRun(referenceCase, 1, options);
  const nodeNames = Array.from({ length: nodes }, (_, node) => `node ${node}`);
  let rings = 0;
  const meter = runSampled(plan, 1, (_, meter) => () => {
    const shares = new HashRing(nodeNames, places, `${plan.seed}/${rings++}`).shares();
    meter.sample('largest', nodes * Math.max(...shares));
    meter.sample('smallest', nodes * Math.min(...shares));
  });
  const quantiles = names.flatMap((name): [string, number][] => {
    const digits = /^single_node_p(\d+)_over_mean$/.exec(name)?.[1];
    if (digits === undefined) return [];
    return [[name, shareQuantileOverMean(nodes, places, levelOf(Number(digits)))]];
  });
  const exact = calculated({
    cv_of_load: shareVariation(nodes, places),
    ...Object.fromEntries(quantiles),
  });
  return {
    kind: 'computed',
    figures: new Map([...meter.figures(names, ringEstimates), ...exact.figures]),
  };
}

const bins = z.object({
  balls: whole,
  bins: whole,
  choices: whole.optional(),
  d: whole.optional(),
});

const binEstimates: Estimates = [
  [/^expected_max_load$/, (window) => window.mean('largest')],
  [/^p_max_eq_(\d+)$/, (window, load = 0) => window.counted(`largest ${load}`) / window.units],
  [/^p_a_given_bin_empty$/, (window) => window.counted('first empty') / window.units],
  [/^expected_empty_bins$/, (window) => window.mean('empty')],
];

/** Each ball looks at one bin, or at a few of which it takes the emptiest. */
export function runBins(referenceCase: ReferenceCase, options: ValidationOptions): Outcome {
  const read = readModel(bins, referenceCase.model.parameters);
  if ('reason' in read) return { kind: 'unsupported', reason: read.reason };
  const { balls, bins: count, choices, d } = read.model;
  const plan = planRun(referenceCase, 1, options);
  const meter = runSampled(plan, 1, (simulation, meter) => {
    const loads = new Int32Array(count);
    const route = powerOfChoices(
      count,
      choices ?? d ?? 1,
      (bin) => loads[bin] ?? 0,
      simulation.stream('choices'),
    );
    return () => {
      loads.fill(0);
      for (let ball = 0; ball < balls; ball++) {
        const bin = route();
        loads[bin] = (loads[bin] ?? 0) + 1;
      }
      const largest = Math.max(...loads);
      meter.sample('largest', largest);
      meter.count(`largest ${largest}`);
      meter.sample('empty', loads.filter((load) => load === 0).length);
      if (loads[0] === 0) meter.count('first empty');
    };
  });
  const figures = meter.figures(Object.keys(referenceCase.metrics), binEstimates);
  return { kind: 'computed', figures };
}
