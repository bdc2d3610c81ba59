// Figures that are calculated from a sample or a model, not simulated: compared exactly.
import type { Calculated, Figure, Outcome } from './documents.ts';

/** What a family calculated, by the name of the metric. */
export function calculated(
  values: Readonly<Record<string, Calculated>>,
): Extract<Outcome, { kind: 'computed' }> {
  const figures = Object.entries(values).map(([name, value]): [string, Figure] => [
    name,
    { method: 'closed-form', value },
  ]);
  return { kind: 'computed', figures: new Map(figures) };
}
