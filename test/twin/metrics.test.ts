// Metric ids: one text for one metric, however its labels were given.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { metricId, metricKinds, parseMetricId, type MetricName } from '../../twin/metrics.ts';

const name = fc.stringMatching(/^[a-z][a-z0-9-]{0,8}$/);
const metric = fc
  .constantFrom(...(Object.keys(metricKinds) as MetricName[]))
  .chain((kind) => fc.tuple(fc.constant(kind), fc.constantFrom(...metricKinds[kind].stats)));

describe('a metric id', () => {
  it('is read as it was written', () => {
    const property = fc.property(metric, fc.dictionary(name, name), ([kind, stat], labels) => {
      const parsed = parseMetricId(metricId(kind, stat, labels));
      expect(parsed).toEqual({ name: kind, stat, labels: { ...labels } });
    });
    fc.assert(property);
  });

  it('does not depend on the order of its labels', () => {
    expect(metricId('latency_ms', 'p99', { region: 'east', class: 'job' })).toBe(
      'latency_ms.p99{class=job,region=east}',
    );
  });

  it('ends in its unit', () => {
    for (const [kind, { unit }] of Object.entries(metricKinds)) {
      const endings = { ms: '_ms', bytes: '_bytes', '/s': '_per_s', writes: '_writes', '': '' };
      const ending = endings[unit];
      expect(kind.endsWith(ending)).toBe(true);
    }
  });

  it('does not exist for a stat or a name that nobody measures', () => {
    expect(() => metricId('fence_ms', 'p99')).toThrow('fence_ms has a stat p99');
    expect(() => parseMetricId('speed.mean')).toThrow('is a metric id');
  });
});
