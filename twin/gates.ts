// The validity gates, fixed beforehand and all in this one file: when the host disturbed a measurement beyond them, its
// statistical verdicts are `invalid` instead of confirmed or refuted. Exact claims are never excused by a gate.
import type { Measurement } from './measurement.ts';

/** `condition` is a key of `Measurement.conditions`; a value above `limit`, or none at all, fails the gate. */
export interface Gate {
  readonly gate: string;
  readonly condition: string;
  readonly limit: number;
  readonly unit: string;
  readonly why: string;
}

export const gates: readonly Gate[] = [
  {
    gate: 'generator-lag',
    condition: 'generatorLagP99Ms',
    limit: 5,
    unit: 'ms',
    why: 'requests left the driver later than the trace says',
  },
  {
    gate: 'driver-pause',
    condition: 'driverPauseMaxMs',
    limit: 100,
    unit: 'ms',
    why: 'the driver’s event loop stood still, so that answers were seen late',
  },
  {
    gate: 'foreign-cpu',
    condition: 'foreignCores',
    limit: 0.5,
    unit: 'cores',
    why: 'processes outside the lab used the processors',
  },
];

/** The result of each gate on one measurement. */
export interface GateResult {
  readonly gate: string;
  readonly limit: number;
  readonly value: number | null;
  readonly unit: string;
  readonly pass: boolean;
  readonly why: string;
}

/** Holds a measurement against every gate. A condition that could not be measured fails: unknown never passes. */
export function checkGates(conditions: Measurement['conditions']): GateResult[] {
  return gates.map(({ gate, condition, limit, unit, why }) => {
    const value = conditions[condition] ?? null;
    return { gate, limit, value, unit, pass: value !== null && value <= limit, why };
  });
}
