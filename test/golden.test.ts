// The library's scenarios by seed, each as a page that a reviewer can read: a change of the model shows here as a change
// of a few rounded numbers. `vitest run test/golden.test.ts --update` writes the pages anew.
import { describe, expect, it } from 'vitest';
import { libraryFiles } from '../scenarios/library/index.ts';
import type { Forecast } from '../twin/document.ts';
import type { Prediction } from '../twin/prediction.ts';
import { predictLibrary } from './fixtures/library.ts';

/** Three digits: enough to see a change that matters, too few to see one that does not. */
function rounded(value: number): string {
  return value === 0 ? '0' : String(Number(value.toPrecision(3)));
}

function spread({ median, pi90: [low, high] }: Forecast): string {
  return `${rounded(median)} (${rounded(low)} … ${rounded(high)})`;
}

/** A character per value, from the least to the greatest; a space where there is none. */
function sparkline(values: readonly (number | null)[]): string {
  const known = values.filter((value) => value !== null);
  const [least, greatest] = [Math.min(...known), Math.max(...known)];
  return values
    .map((value) => {
      if (value === null) return ' ';
      const level = greatest === least ? 0 : (value - least) / (greatest - least);
      return '▁▂▃▄▅▆▇█'.charAt(Math.round(level * 7));
    })
    .join('');
}

/** The medians over the run of the class and region that the run moves most. */
function picture({ bands }: Prediction): string[] {
  const latencies = bands.filter(({ metric }) => metric.startsWith('latency_ms'));
  const [most] = latencies.toSorted((a, b) => reach(b.p50) - reach(a.p50));
  if (most === undefined) return [];
  return [`${most.metric} per second:`, `  ${sparkline(most.p50)}`];
}

function reach(values: readonly (number | null)[]): number {
  const known = values.filter((value) => value !== null);
  return Math.max(...known) - Math.min(...known);
}

function page(prediction: Prediction): string {
  const { scenario, seed, actions, metrics, exact, policy, risk, blastRadius } = prediction;
  const lines = metrics
    .filter(({ metric, phase }) => {
      const isWhole = /^(?:fence|copy|duration|rto)_ms\.value/.test(metric);
      return isWhole || (metric.startsWith('latency_ms.p95') && phase === 'after');
    })
    .map(
      ({ metric, phase, forecast, baseline, candidate }) =>
        `  ${phase} ${metric}: ${spread(forecast)}, mean ${rounded(baseline.mean)} → ${rounded(candidate.mean)}`,
    );
  return [
    `${scenario.name}, seed ${seed}`,
    scenario.why.trim(),
    ...actions.map((action) => `- ${action}`),
    '',
    'one execution, median (90 % interval), and the mean without → with the action:',
    ...lines,
    `  a copy less for ${spread(blastRadius.degradedMs)} ms, ${rounded(100 * blastRadius.trafficShare)} % of the traffic`,
    `  risk ${rounded(risk.score)} of 100`,
    '',
    ...exact.map(({ claim, value }) => `${claim} = ${value}`),
    ...policy.map(({ rule, outcome }) => `${rule}: ${outcome}`),
    '',
    ...picture(prediction),
    '',
  ].join('\n');
}

const cases = libraryFiles
  .filter(({ kind }) => kind === 'scenario')
  .flatMap(({ name }) => ['1', '2'].map((seed) => ({ name, seed })));

describe('the library', () => {
  it.each(cases)('$name with seed $seed reads as before', async ({ name, seed }) => {
    const text = page(await predictLibrary(name, seed));
    expect(text.split('\n').length).toBeLessThanOrEqual(40);
    await expect(text).toMatchFileSnapshot(`golden/${name.replaceAll('/', '-')}.seed-${seed}.txt`);
  });
});
