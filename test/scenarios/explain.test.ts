// What the width of a forecast is made of: exact cases where the answer is known, and the advice that follows.
import { describe, expect, test } from 'vitest';
import { inProcessRunner, type Runner } from '../../engine/ensemble/runner.ts';
import { explain } from '../../scenarios/explain.ts';
import type { Calibrated, Calibration } from '../../twin/estate/calibration.ts';
import { calibrationDigest } from '../../twin/estate/calibration.ts';
import type { Explanation } from '../../twin/explanation.ts';
import { parameterPaths, type ParameterPath } from '../../twin/parameters.ts';
import { makeCalibration } from '../fixtures/calibration.ts';
import { makeEstate } from '../fixtures/estate.ts';
import { nothingDone, promoteWest } from '../fixtures/scenario.ts';

const experiments = Object.fromEntries(
  parameterPaths.map((path) => [path, path.startsWith('promote.') ? 'promotions' : 'services']),
);

/** Everything known exactly but these parameters. */
function unsure(changes: Partial<Record<ParameterPath, Partial<Calibrated>>>): Calibration {
  const { digest: _digest, ...exact } = makeCalibration();
  const parameters = { ...exact.parameters };
  for (const [path, change] of Object.entries(changes) as [ParameterPath, Partial<Calibrated>][]) {
    const known = parameters[path];
    if (known === undefined) throw new Error(`${path} is not in the overlay`);
    parameters[path] = { ...known, ...change };
  }
  const body = { ...exact, parameters };
  return { ...body, digest: calibrationDigest(body) };
}

interface Changes {
  readonly scenario?: typeof promoteWest;
  readonly metrics?: readonly string[];
  readonly runner?: Runner;
  readonly experiments?: Readonly<Partial<Record<ParameterPath, string>>>;
}

function explained(calibration: Calibration | null, changes: Changes = {}): Promise<Explanation> {
  const {
    scenario = promoteWest,
    metrics = ['fence_ms.value'],
    runner = inProcessRunner,
  } = changes;
  return explain(
    {
      scenario,
      estate: makeEstate(),
      calibration,
      seed: '1',
      metrics,
      experiments: changes.experiments ?? experiments,
    },
    { runner },
  );
}

function sharesOf({ metrics }: Explanation): Readonly<Record<string, number>> {
  const parts = metrics[0]?.parts ?? [];
  return Object.fromEntries(parts.map(({ source, share }) => [source, share]));
}

describe('the parts of a forecast', () => {
  test('are one parameter where only one is unsure', async () => {
    const explanation = await explained(unsure({ 'promote.stop-nodeMs': { sessionCv: 0.2 } }));
    const [fence] = explanation.metrics;
    expect(fence).toMatchObject({ metric: 'fence_ms.value', phase: 'all', unit: 'ms' });
    expect(fence?.parts[0]).toEqual({ source: 'promote.stop-nodeMs', share: 1 });
    // 80 rehearsals know their own variance to about 16 %.
    expect(fence?.accounted).toBeGreaterThan(0.6);
    expect(fence?.accounted).toBeLessThan(1.6);
  });

  test('of a sum are as the variances of its terms', async () => {
    // Steps of 60 and 40 ms in the fence, unsure by 12 and 4 ms: variances of 9 to 1.
    const shares = sharesOf(
      await explained(
        unsure({
          'promote.stop-nodeMs': { sessionCv: 0.2 },
          'promote.promote-nodeMs': { sessionCv: 0.1 },
        }),
      ),
    );
    expect(shares['promote.stop-nodeMs']).toBeCloseTo(0.9, 1);
    expect(shares['promote.promote-nodeMs']).toBeCloseTo(0.1, 1);
    expect(shares['chance']).toBe(0);
  });

  test('are chance alone where every parameter is known and single observations spread', async () => {
    const explanation = await explained(makeCalibration({}, { observation: 0.5 }));
    expect(explanation.metrics[0]?.parts).toEqual([{ source: 'chance', share: 1 }]);
    expect(explanation.advice).toEqual([]);
  });

  test('are none where nothing varies', async () => {
    const explanation = await explained(makeCalibration());
    expect(explanation.metrics[0]).toMatchObject({ accounted: 1, parts: [{ share: 0 }] });
  });

  test('are those of the headlines unless others are asked for, without what a scenario lacks', async () => {
    const calibration = unsure({ 'write.syncMs': { sessionCv: 0.1 } });
    const { metrics } = await explained(calibration, { scenario: nothingDone, metrics: [] });
    expect(metrics.map(({ phase, metric }) => `${phase} ${metric}`)).toEqual([
      'all latency_ms.p50{class=commit,region=east}',
      'all latency_ms.p95{class=job,region=east}',
    ]);
    expect(metrics[0]?.parts[0]).toMatchObject({ source: 'write.syncMs' });
    await expect(explained(calibration, { metrics: ['fense_ms.value'] })).rejects.toThrow(
      /has no metric "fense_ms.value"; did you mean "all fence_ms.value"/,
    );
  });

  test('are the same on any runner', async () => {
    const backwards: Runner = {
      run: async (job, options) => {
        const turned = { ...job, inputs: job.inputs.toReversed() };
        const results = await inProcessRunner.run<never, never>(turned as never, options as never);
        return results.toReversed();
      },
    };
    const calibration = unsure({ 'promote.followMs': { repetitionCv: 0.3 } });
    const [one, other] = [
      await explained(calibration),
      await explained(calibration, { runner: backwards }),
    ];
    expect(other).toEqual(one);
    expect(one.digest).toMatch(/^[0-9a-f]{64}$/);
  });
});

describe('what to measure next', () => {
  test('is what matters most first, with what would make it surer', async () => {
    const { advice } = await explained(
      unsure({
        // Sampling alone: four times the repetitions halve it.
        'promote.stop-nodeMs': { interval90: [30, 90], repetitions: 20 },
        // Nothing but what sessions differ by.
        'promote.promote-nodeMs': { sessionCv: 0.2 },
      }),
    );
    expect(advice.map(({ path }) => path)).toEqual([
      'promote.stop-nodeMs',
      'promote.promote-nodeMs',
    ]);
    const [stop, promote] = advice;
    expect(stop).toMatchObject({
      metric: 'fence_ms.value',
      value: 60,
      repetitions: 20,
      restsOn: 'experiments of 2026-01-01',
      remedy: { kind: 'repeat', experiment: 'promotions' },
    });
    if (stop?.remedy.kind !== 'repeat') throw new Error('it can be repeated');
    expect(stop.remedy.repetitions).toBeGreaterThan(70);
    expect(stop.remedy.repetitions).toBeLessThanOrEqual(80);
    expect(stop.narrowedTo).toBeCloseTo(Math.sqrt(1 - 0.75 * stop.share), 12);
    // The middle 99 % of a normal law have 97 % of its deviation.
    expect(promote?.remedy).toEqual({
      kind: 'varies',
      experiment: 'promotions',
      repetitions: 4_000,
      leaves: expect.closeTo(0.2 * 0.97, 2),
      atBest: expect.closeTo(0.2 * 0.97, 2),
    });
  });

  test('of a parameter that is a default is its experiment, or nothing where none measures it', async () => {
    const { advice } = await explained(null);
    expect(advice.length).toBeGreaterThan(2);
    for (const { restsOn, remedy, n } of advice) {
      expect([restsOn, remedy, n]).toEqual([
        'default',
        { kind: 'measure', experiment: 'promotions' },
        null,
      ]);
    }
    const without = await explained(null, { experiments: {} });
    expect(without.advice[0]?.remedy).toEqual({ kind: 'unmeasurable' });
  });
});
