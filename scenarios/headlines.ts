// Which of a scenario's many metrics people ask about first: how long requests are held, data is copied or nobody leads, and per class
// the latency that its kind is judged by, where most of its clients stand.
import { unreachable } from '../engine/failure.ts';
import type { Estate, Fleet, OperationClass } from '../twin/estate/estate.ts';
import { metricId } from '../twin/metrics.ts';
import type { Scenario } from './scenario.ts';

/** Of the whole run, where the scenario has them. */
const ofRun: readonly string[] = ['all fence_ms.value', 'all copy_ms.value', 'all rto_ms.value'];

/** Keys as in a replication's values; only those that are `known`. */
export function headlineKeys(
  { scenario, estate }: { readonly scenario: Scenario; readonly estate: Estate },
  known: readonly string[],
): string[] {
  const phases = scenario.timeline.length === 0 ? ['all'] : ['after', 'all'];
  const latencies = estate.fleets.flatMap((fleet) =>
    fleet.classes.flatMap((operation) => {
      const labels = { class: operation.id, region: busiestHome(fleet) };
      const id = metricId('latency_ms', statOf(operation.kind), labels);
      return phases.map((phase) => `${phase} ${id}`).find((key) => known.includes(key)) ?? [];
    }),
  );
  return [...ofRun.filter((key) => known.includes(key)), ...latencies];
}

/** Short operations are judged by their middle, long ones by their tail. */
function statOf(kind: OperationClass['kind']): 'p50' | 'p95' {
  switch (kind) {
    case 'write':
    case 'read':
      return 'p50';
    case 'job':
    case 'compute':
      return 'p95';
    default:
      return unreachable(kind);
  }
}

function busiestHome({ tenants }: Fleet): string {
  const shares = new Map<string, number>();
  for (const { home, share } of tenants) shares.set(home, (shares.get(home) ?? 0) + share);
  const [busiest = ''] = Array.from(shares.keys()).toSorted(
    (a, b) => (shares.get(b) ?? 0) - (shares.get(a) ?? 0),
  );
  return busiest;
}
