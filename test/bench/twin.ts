// Speed of the model: simulated requests per second of wall clock, full way (router, network, processors, flush,
// replication), one replication on one thread.
import { readFileSync } from 'node:fs';
import { drawConditions } from '../../scenarios/conditions.ts';
import { loadEstate, loadScenario } from '../../scenarios/load.ts';
import { runReplication, traceOf } from '../../scenarios/replication.ts';
import type { BenchResult } from './kernel.ts';

const library = new URL('../../scenarios/library/', import.meta.url);

export async function benchTwin(): Promise<BenchResult[]> {
  const read = (path: string): string => readFileSync(new URL(path, library), 'utf8');
  const { estate, scenario } = drawConditions(
    loadEstate(read('estates/lab.yaml'), 'estates/lab.yaml'),
    loadScenario(read('lab/promote-eu.yaml'), 'lab/promote-eu.yaml'),
    'bench',
    { delayMs: [5, 5], utilisation: [0.7, 0.7] },
  );
  const requests = traceOf(scenario, estate, 'bench', 0).count;
  const rates: number[] = [];
  for (let index = 0; index < 5; index++) {
    const startedMs = performance.now();
    await runReplication({
      scenario,
      estate,
      calibration: null,
      seed: 'bench',
      index,
      kind: 'rehearsal',
    });
    rates.push(requests / ((performance.now() - startedMs) / 1_000));
  }
  const median = rates.toSorted((a, b) => a - b)[2] ?? 0;
  return [{ name: 'twin, simulated requests', value: median, unit: '/s' }];
}
