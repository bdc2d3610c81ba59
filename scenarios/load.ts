// Text in, documents out: estates, scenarios and calibration overlays from YAML, with every mistake at once as
// `file:line path: what is wrong; what to do`. Reading files is the caller's business.
import {
  calibrationDigest,
  calibrationSchema,
  type Calibration,
} from '../twin/estate/calibration.ts';
import type { Estate } from '../twin/estate/estate.ts';
import { resolveEstate } from '../twin/estate/resolve.ts';
import { readWith, suggestNames, type Finding, type Reading } from '../twin/findings.ts';
import { freezeDeep } from '../twin/freeze.ts';
import { formatQuantity } from '../twin/units.ts';
import { checkDeeds, checkTimeline, resolveTimeline } from './check-timeline.ts';
import { scenarioInputSchema, type ScenarioInput } from './schema.ts';
import type { Scenario } from './scenario.ts';
import { mistakesIn, readSource, type Source } from './source.ts';

/** The resolved estate of a file. Throws UserError('input') with every mistake in it. */
export function loadEstate(text: string, fileName: string): Estate {
  const source = readSource(text, fileName);
  return valueOf(source, resolveEstate(source.data));
}

/** The resolved scenario of a file, not yet held against its estate. Throws UserError('input') with every mistake in it. */
export function loadScenario(text: string, fileName: string): Scenario {
  const source = readSource(text, fileName);
  const input = valueOf(source, readWith(scenarioInputSchema, source.data));
  const findings = checkTimeline(input);
  if (findings.length > 0) throw mistakesIn(source, findings);
  return freezeDeep(resolveScenario(input));
}

/** The calibration overlay of a file. Throws UserError('input'), also when its digest does not fit its content. */
export function loadCalibration(text: string, fileName: string): Calibration {
  const source = readSource(text, fileName);
  const calibration = valueOf(source, readWith(calibrationSchema, source.data));
  if (calibrationDigest(calibration) !== calibration.digest) {
    throw mistakesIn(source, [
      {
        path: ['digest'],
        message: 'does not fit the content',
        remedy: 'the file was edited; measure again with `premortem calibrate`',
      },
    ]);
  }
  return freezeDeep(calibration);
}

/** Throws UserError('input') when the scenario's load or actions do not fit the estate. `text` is the scenario's own. */
export function checkScenario(
  scenario: Scenario,
  estate: Estate,
  fileName: string,
  text: string,
): void {
  const findings = [
    ...checkLoad(scenario, estate),
    ...checkDeeds(scenario, estate),
    ...checkVolume(scenario, estate),
  ];
  if (findings.length > 0) throw mistakesIn(readSource(text, fileName), findings);
}

function valueOf<T>(source: Source, reading: Reading<T>): T {
  if (reading.kind === 'read') return reading.value;
  throw mistakesIn(source, reading.findings);
}

function resolveScenario(input: ScenarioInput): Scenario {
  return {
    schema: input.schema,
    name: input.name,
    kind: input.kind,
    why: input.why,
    estate: input.estate,
    horizonMs: input.horizon,
    warmupMs: input.warmup,
    load: Object.entries(input.load).map(([name, factor]) => ({ class: name, factor })),
    timeline: resolveTimeline(input.timeline),
  };
}

function checkLoad(scenario: Scenario, estate: Estate): readonly Finding[] {
  const classes = estate.fleets.flatMap((fleet) => fleet.classes.map(({ id }) => id));
  return scenario.load
    .filter((factor) => factor.class !== '*' && !classes.includes(factor.class))
    .map((factor) => ({
      path: ['load', factor.class],
      message: `unknown class "${factor.class}"`,
      remedy: suggestNames(factor.class, [...new Set(classes), '*'], 'classes'),
    }));
}

/** A run holds its whole trace in memory, in both worlds. */
const maximumRequests = 20_000_000;

function checkVolume({ horizonMs, load }: Scenario, estate: Estate): readonly Finding[] {
  const classes = estate.fleets.flatMap((fleet) => fleet.classes);
  const ratePerSec = classes.reduce((sum, { id, ratePerSec: rate }) => {
    const factors = load.filter((factor) => factor.class === '*' || factor.class === id);
    return sum + factors.reduce((product, { factor }) => product * factor, rate);
  }, 0);
  const requests = Math.round((ratePerSec * horizonMs) / 1000);
  if (requests <= maximumRequests) return [];
  return [
    {
      path: ['horizon'],
      message: `about ${requests} requests in ${formatQuantity('duration', horizonMs)} at ${formatQuantity('rate', ratePerSec)}; a run holds at most ${maximumRequests}`,
      remedy: 'shorten the horizon or lower the rates',
    },
  ];
}
