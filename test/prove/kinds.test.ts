// Every kind of case from its draw to its score: predicted, played on a stage without servers, measured by the same
// metrics, scored, summed up.
import { afterEach, beforeEach, expect, it } from 'vitest';
import { caseKinds, type CaseKind } from '../../scenarios/campaign/kinds/index.ts';
import type { MetricFamily } from '../../twin/record/families.ts';
import { summariseRecord } from '../../twin/record/summary.ts';
import { caseLine } from '../../reports/case-line.ts';
import { campaign, courseOf } from '../scenarios/campaign/course.ts';
import { Bench, predictWith, stageOf } from './bench.ts';

let bench: Bench;
beforeEach(() => {
  bench = new Bench();
});
afterEach(() => bench.remove());

/** What a case of a kind is about, and must be measured by. */
const telling: Readonly<Record<CaseKind, MetricFamily>> = {
  steady: 'throughput',
  compute: 'cpu utilisation',
  lag: 'lag bytes p50',
  promotion: 'fence',
  rebuild: 'copy duration',
  'tenant-copy': 'copy duration',
  crash: 'rto',
  'replay-pause': 'lag time p50',
  bandwidth: 'lag bytes p50',
};

it.each(caseKinds)('a case of kind %s comes from its draw to its score', async (kind) => {
  const course = courseOf('3', { ...campaign, repetitions: 1, repetitionMs: [3_000, 4_000] });
  const stage = stageOf();
  const { result } = await bench.run({
    course,
    stage,
    cases: 1,
    only: kind,
    predict: predictWith(6),
  });
  const [score] = result.cases;
  if (score === undefined) throw new Error('one case was played');
  expect([score.kind, score.status, score.reason]).toEqual([kind, 'scored', '']);
  expect(score.exact.every(({ holds }) => holds)).toBe(true);
  const told = score.metrics.filter(({ family }) => family === telling[kind]);
  expect(told.some(({ measured }) => measured.length > 0)).toBe(true);
  expect(caseLine(score)).toContain(score.id);
  expect(summariseRecord(result.cases).kinds.map((one) => one.kind)).toEqual([kind]);
});
