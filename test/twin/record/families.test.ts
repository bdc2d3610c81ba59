// Every metric of the registry belongs to a family, so that none can be left out of the record.
import { describe, expect, it } from 'vitest';
import { operationKinds } from '../../../twin/estate/estate.ts';
import { metricId, metricKinds, type MetricName } from '../../../twin/metrics.ts';
import { familyOf, metricFamilies } from '../../../twin/record/families.ts';

const everyId = (Object.keys(metricKinds) as MetricName[]).flatMap((name) =>
  metricKinds[name].stats.map((stat) => metricId(name, stat, { class: 'c' })),
);

describe('the family of a metric', () => {
  it('exists for everything that is measured, whatever kind its class is of', () => {
    expect(everyId.length).toBeGreaterThan(8);
    for (const kind of operationKinds) {
      for (const id of everyId) expect(metricFamilies).toContain(familyOf(id, () => kind));
    }
  });

  it('follows the kind of the class and the statistic of a latency', () => {
    const kindOf = (id: string): 'write' | 'job' => (id === 'commit' ? 'write' : 'job');
    expect(familyOf('latency_ms.p50{class=commit,region=east}', kindOf)).toBe('write p50');
    expect(familyOf('latency_ms.p95{class=other,region=east}', kindOf)).toBe('job p95');
    expect(familyOf('step_ms.value{step=2-hold-requests}', kindOf)).toBe('step');
  });

  it('is asked of a class that exists', () => {
    expect(() => familyOf('latency_ms.p50{class=gone,region=east}', () => undefined)).toThrow(
      'belongs to a family',
    );
  });
});
