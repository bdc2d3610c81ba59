// What a demo plays: the library's lab under conditions drawn from a seed, as files that can be read, changed and simulated
// again. The conditions are drawn for both of its scenarios at once, so that neither asks more of a pool than was drawn.
import { readFileSync } from 'node:fs';
import { assert } from '../../engine/failure.ts';
import { demoRanges, drawConditions } from '../../scenarios/conditions.ts';
import { estateText, scenarioText } from '../../scenarios/conditions-text.ts';
import { findLibraryFile } from '../../scenarios/library/index.ts';
import { checkScenario, loadEstate, loadScenario } from '../../scenarios/load.ts';
import type { Scenario } from '../../scenarios/scenario.ts';
import type { Estate } from '../../twin/estate/estate.ts';

/** The estate before any conditions were drawn: what is calibrated. */
export function libraryEstate(): Estate {
  return loadEstate(sourceOf('estate', 'lab'), 'lab.yaml');
}

/** Names of the files of a demo, in its directory. */
export const demoFiles = {
  estate: 'estate.yaml',
  change: 'scenario.yaml',
  drill: 'drill.yaml',
  calibration: 'calibration.yaml',
} as const;

export interface DemoConditions {
  readonly estate: Estate;
  /** A planned promotion, and the crash of the declared primary. */
  readonly change: Scenario;
  readonly drill: Scenario;
  readonly utilisation: number;
  /** The texts that all of it was read from, by file name. */
  readonly texts: Readonly<Record<string, string>>;
}

/** Both worlds read the same files: what is handed back was loaded from the texts. */
export function drawDemo(seed: string): DemoConditions {
  const change = sourceOf('scenario', 'lab/promote-eu');
  const drill = sourceOf('scenario', 'lab/primary-crash');
  const scenarios = [change, drill].map((text) => loadScenario(text, 'scenario.yaml'));
  const [first] = scenarios;
  assert(first !== undefined, 'a demo has scenarios');
  const everything = { ...first, timeline: scenarios.flatMap(({ timeline }) => timeline) };
  const drawn = drawConditions(libraryEstate(), everything, seed, demoRanges);
  const texts = {
    [demoFiles.estate]: estateText(sourceOf('estate', 'lab'), drawn),
    [demoFiles.change]: scenarioText(change, demoFiles.estate),
    [demoFiles.drill]: scenarioText(drill, demoFiles.estate),
  };
  const estate = loadEstate(texts[demoFiles.estate], demoFiles.estate);
  const load = (file: typeof demoFiles.change | typeof demoFiles.drill): Scenario => {
    const scenario = loadScenario(texts[file], file);
    checkScenario(scenario, estate, file, texts[file]);
    return scenario;
  };
  return {
    estate,
    change: load(demoFiles.change),
    drill: load(demoFiles.drill),
    utilisation: drawn.utilisation,
    texts,
  };
}

function sourceOf(kind: 'estate' | 'scenario', name: string): string {
  return readFileSync(findLibraryFile(kind, name).url, 'utf8');
}
