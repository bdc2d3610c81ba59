// What requests ask of their servers, draw by draw: which part of it is processor time.
import { describe, expect, it } from 'vitest';
import type { ParameterSet } from '../../../twin/model/parameter-set.ts';
import { makeServices } from '../../../twin/model/service.ts';
import type { ParameterPath } from '../../../twin/parameters.ts';

/** Most computations take 1 µs per row; one in ten takes twice as long, one in ten a tenth less. */
function parameters(): ParameterSet {
  const values: Partial<Record<ParameterPath, number>> = {
    'compute.fixedMs': 0.5,
    'compute.waitMs': 0.2,
  };
  const perRow = (u: number): number => (u < 0.1 ? 0.0009 : u < 0.9 ? 0.001 : 0.002);
  return {
    draw: (path, u) => (path === 'compute.rowMs' ? perRow(u) : (values[path] ?? 0)),
    measured: () => null,
  };
}

describe('a computation', () => {
  const compute = (u: number): { cpuMs: number; besideMs: number } =>
    makeServices(parameters(), 'on')('compute', 20_000, u);

  it('asks a processor for its rows and what of its constant is not waiting', () => {
    const { cpuMs, besideMs } = compute(0.5);
    expect(cpuMs).toBeCloseTo(20 + 0.3, 9);
    expect(besideMs).toBeCloseTo(0.2, 9);
  });

  it('that takes far longer than others was kept from its processor, and asks for no more', () => {
    const { cpuMs, besideMs } = compute(0.95);
    expect(cpuMs).toBeCloseTo(20 + 0.3, 9);
    expect(besideMs).toBeCloseTo(20 + 0.2, 9);
  });

  it('that takes less asks for less', () => {
    expect(compute(0.05).cpuMs).toBeCloseTo(18 + 0.3, 9);
  });
});
