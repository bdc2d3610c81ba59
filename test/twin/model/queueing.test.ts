// The request path against queueing theory: closed forms that it must reproduce within the standard error of many
// independent runs.
import { describe, expect, it } from 'vitest';
import { makeStream } from '../../../engine/random.ts';
import type { Estate } from '../../../twin/estate/estate.ts';
import { drawTrace } from '../../../twin/demand.ts';
import { measureValues } from '../../../twin/measure.ts';
import type { Model } from '../../../twin/model/model.ts';
import { onlyFleet } from '../../../twin/model/platform.ts';
import { makeTrace } from '../../../twin/trace.ts';
import { makeCalibration } from '../../fixtures/calibration.ts';
import { makeEstate, makeTenant } from '../../fixtures/estate.ts';
import { makeModel } from '../../fixtures/runs.ts';

interface Mean {
  readonly mean: number;
  readonly standardError: number;
}

function meanOf(values: readonly number[]): Mean {
  const mean = values.reduce((sum, one) => sum + one, 0) / values.length;
  const squares = values.reduce((sum, one) => sum + (one - mean) ** 2, 0);
  return { mean, standardError: Math.sqrt(squares / (values.length - 1) / values.length) };
}

/** The expected value lies within four standard errors, and these are small enough to mean something. */
function expectMean(values: readonly number[], expected: number, precision: number): void {
  const { mean, standardError } = meanOf(values);
  expect(standardError / expected).toBeLessThan(precision);
  expect(Math.abs(mean - expected) / standardError).toBeLessThan(4);
}

/** Jobs of exponential size without any overhead, from the region of the primary: M/M/c with c connections. */
function playJobs(estate: Estate, ratePerSec: number, meanMs: number, seed: string): Model {
  const count = 4_000;
  const gaps = makeStream(seed, 0, 'gaps');
  const sizes = makeStream(seed, 0, 'sizes');
  let nowMs = 0;
  const atMs = Float64Array.from({ length: count }, () => {
    nowMs += (-Math.log(1 - gaps()) * 1_000) / ratePerSec;
    return nowMs;
  });
  const trace = makeTrace(
    { seed, horizonMs: nowMs + 1, classes: ['job'], tenants: ['east'] },
    {
      atMs,
      classOf: new Uint16Array(count),
      tenantOf: new Uint32Array(count),
      size: Float64Array.from({ length: count }, () => -Math.log(1 - sizes()) * meanMs),
    },
  );
  const calibration = makeCalibration({ 'job.overheadMs': 0 });
  const model = makeModel(estate, trace, { calibration, seed });
  model.simulation.run(nowMs + 60_000);
  return model;
}

/** Erlang's delay formula from its definition: the share of customers who wait. */
function waitShare(load: number, servers: number): number {
  const terms = Array.from({ length: servers + 1 }, () => 1);
  for (let k = 1; k <= servers; k++) terms[k] = ((terms[k - 1] ?? 0) * load) / k;
  const last = ((terms[servers] ?? 0) * servers) / (servers - load);
  return last / (last + terms.slice(0, servers).reduce((sum, one) => sum + one, 0));
}

describe('jobs of exponential size through a pool of c connections', () => {
  const meanMs = 20;
  it.each([
    { size: 1, utilisation: 0.6 },
    { size: 4, utilisation: 0.8 },
    { size: 8, utilisation: 0.7 },
  ])('wait as in M/M/$size at utilisation $utilisation', ({ size, utilisation }) => {
    const estate = makeEstate({ fleet: { pool: { size, timeoutMs: 1e9 } } });
    const load = size * utilisation;
    const ratePerSec = (load * 1_000) / meanMs;
    const runs = Array.from({ length: 40 }, (_, run) => {
      const { sentMs, intendedMs } = playJobs(estate, ratePerSec, meanMs, `${size}/${run}`).samples;
      const waits = Array.from(sentMs, (sent, request) => sent - (intendedMs[request] ?? 0));
      // The empty start is left out.
      const settled = waits.slice(500);
      return {
        waitMs: meanOf(settled).mean,
        share: settled.filter((waitMs) => waitMs > 0).length / settled.length,
      };
    });
    const share = waitShare(load, size);
    expectMean(
      runs.map((run) => run.waitMs),
      (share * meanMs) / (size - load),
      0.06,
    );
    expectMean(
      runs.map((run) => run.share),
      share,
      0.04,
    );
  });
});

describe('clients far away', () => {
  const estate = makeEstate({
    fleet: {
      classes: [
        { id: 'job', kind: 'job', ratePerSec: 100, size: { kind: 'exponential', mean: 20 } },
      ],
      tenants: [makeTenant({ id: 'west', home: 'west', share: 1 })],
    },
  });
  const horizonMs = 60_000;
  const runs = Array.from({ length: 20 }, (_, replication) => {
    const fleet = onlyFleet(estate);
    const trace = drawTrace(fleet, { seed: '1', replication, horizonMs, factors: new Map() });
    const model = makeModel(estate, trace, {
      calibration: makeCalibration({ 'job.overheadMs': 0 }),
    });
    model.simulation.run(horizonMs + 60_000);
    return { fleet, trace, model };
  });
  // Sizes are whole milliseconds from 1 on: the mean of a rounded exponential, by the sum over its values.
  const meanSizeMs = Math.exp(-0.5 / 20) / (1 - Math.exp(-1 / 20)) + (1 - Math.exp(-0.5 / 20)) * 1;

  it('hold their connections for the round trip, too', () => {
    const utilisations = runs.map(({ fleet, trace, model: { samples } }) => {
      const observed = { fleet, trace, samples, warmupMs: 0 };
      const values = measureValues(observed, [['all', 5_000, horizonMs]]);
      const found = values.find(({ metric }) => metric.startsWith('utilisation'));
      return found?.value ?? Number.NaN;
    });
    expectMean(utilisations, (0.1 * (meanSizeMs + 20)) / 8, 0.02);
  });

  it('obey Little’s law: requests in the system = rate × time in the system', () => {
    for (const { trace, model } of runs.slice(0, 5)) {
      const { intendedMs, doneMs } = model.samples;
      const everyMs = 7;
      let inSystem = 0;
      let looks = 0;
      const lastMs = Math.max(...doneMs);
      for (let lookMs = everyMs / 2; lookMs < lastMs; lookMs += everyMs) {
        looks++;
        for (let request = 0; request < trace.count; request++) {
          const isIn = (intendedMs[request] ?? 0) <= lookMs && lookMs < (doneMs[request] ?? 0);
          if (isIn) inSystem++;
        }
      }
      const time = meanOf(Array.from(doneMs, (done, one) => done - (intendedMs[one] ?? 0))).mean;
      const rate = trace.count / lastMs;
      expect(inSystem / looks / (rate * time)).toBeCloseTo(1, 2);
    }
  });
});
