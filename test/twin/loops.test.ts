// Control loops: an autoscaler through a step of load, moment by moment; burn-rate alerts against windows that are summed.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Autoscaler, playAutoscaler, type AutoscalerRule } from '../../twin/loops/autoscaler.ts';
import {
  budgetAtThreshold,
  budgetSpent,
  burnRateOf,
  detectAfterMs,
  exhaustionMs,
  resetAfterMs,
} from '../../twin/loops/burn-rate.ts';

const rule: AutoscalerRule = {
  capacityPerInstance: 100,
  targetUtilisation: 0.7,
  intervalSec: 30,
  cooldownUpSec: 90,
  cooldownDownSec: 180,
  bootSec: 60,
  least: 2,
  most: 30,
  largestStep: 4,
};

describe('an autoscaler', () => {
  it('climbs a step of load by its rule: four at a time, every cool-down, each after its boot', () => {
    const loop = new Autoscaler(rule, 3);
    const events: [number, string, number][] = [];
    for (let atSec = 0, ready = 3; atSec <= 600; atSec++) {
      const change = loop.tick(atSec, atSec < 100 ? 200 : 1_200);
      if (loop.ready !== ready) events.push([atSec, 'ready', (ready = loop.ready)]);
      if (change !== 0) events.push([atSec, 'started', change]);
    }
    expect(events).toEqual([
      [120, 'started', 4],
      [180, 'ready', 7],
      [210, 'started', 4],
      [270, 'ready', 11],
      [300, 'started', 4],
      [360, 'ready', 15],
      [390, 'started', 3],
      [450, 'ready', 18],
    ]);
  });

  it('stays within its limits and its step, and stops nothing while something boots', () => {
    const loads = fc.array(fc.integer({ min: 0, max: 5_000 }), { minLength: 1, maxLength: 40 });
    fc.assert(
      fc.property(loads, (list) => {
        const loop = new Autoscaler(rule, 5);
        for (let atSec = 0; atSec < list.length * 30; atSec++) {
          const booting = loop.booting;
          const change = loop.tick(atSec, list[Math.floor(atSec / 30)] ?? 0);
          expect(Math.abs(change)).toBeLessThanOrEqual(rule.largestStep);
          if (change < 0) expect(Math.min(booting, loop.booting)).toBe(0);
          expect(loop.ready).toBeGreaterThanOrEqual(rule.least);
          expect(loop.ready + loop.booting).toBeLessThanOrEqual(rule.most);
        }
      }),
    );
  });

  it('counts nothing unserved where there is always enough, and says when it never was again', () => {
    const calm = playAutoscaler(rule, 3, () => 200, 300);
    expect(calm).toMatchObject({ unserved: 0, starts: 0, stops: 0, caughtUpSec: 0 });
    expect(calm.instanceSeconds).toBe(3 * 300);
    const beyond = playAutoscaler(rule, 3, () => 10_000, 300);
    expect([beyond.caughtUpSec, beyond.stops]).toEqual([null, 0]);
  });
});

describe('a burn-rate alert', () => {
  const objective = { target: 0.99, periodMs: 30 * 24 * 3_600_000 };
  const minute = 60_000;
  const alerts = fc.record({
    longMs: fc.integer({ min: 20, max: 400 }).map((minutes) => minutes * minute),
    shortMs: fc.integer({ min: 1, max: 20 }).map((minutes) => minutes * minute),
    burnRate: fc.integer({ min: 1, max: 90 }),
  });
  const shares = fc.integer({ min: 1, max: 100 }).map((percent) => percent / 100);

  it('fires and ends when the sums over both windows say so', () => {
    const stepMs = minute / 10;
    fc.assert(
      fc.property(alerts, shares, (alert, errorShare) => {
        const limit = alert.burnRate * (1 - objective.target);
        const ratio = (windowMs: number, atMs: number): number =>
          (errorShare * Math.min(windowMs, atMs)) / windowMs;
        const isOn = (atMs: number): boolean =>
          ratio(alert.longMs, atMs) >= limit - 1e-9 && ratio(alert.shortMs, atMs) >= limit - 1e-9;
        const detectMs = detectAfterMs(objective, alert, errorShare);
        if (detectMs === Infinity) {
          expect(isOn(2 * alert.longMs)).toBe(false);
          return;
        }
        expect(isOn(detectMs + 1)).toBe(true);
        expect(isOn(detectMs - stepMs)).toBe(false);
        const resetMs = resetAfterMs(objective, alert, errorShare);
        const shortRatio = (errorShare * (alert.shortMs - resetMs)) / alert.shortMs;
        expect(shortRatio).toBeCloseTo(Math.min(limit, errorShare), 9);
      }),
    );
  });

  it('spends, when it fires, what its threshold stands for', () => {
    fc.assert(
      fc.property(alerts, shares, (alert, errorShare) => {
        const detectMs = detectAfterMs(objective, alert, errorShare);
        if (detectMs === Infinity) return;
        expect(budgetSpent(objective, errorShare, detectMs)).toBeCloseTo(
          budgetAtThreshold(objective, alert),
          9,
        );
      }),
    );
  });

  it('knows when the budget is gone', () => {
    expect(burnRateOf(objective, 0.1)).toBeCloseTo(10, 9);
    expect(exhaustionMs(objective, 0.1)).toBeCloseTo(objective.periodMs / 10, 3);
  });
});
