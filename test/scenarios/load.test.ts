// The scenario language: library files load, mistakes carry file and line, and overlays are what was measured.
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { UserError } from '../../engine/failure.ts';
import { findLibraryFile, libraryFiles } from '../../scenarios/library/index.ts';
import { checkScenario, loadCalibration, loadEstate, loadScenario } from '../../scenarios/load.ts';
import { calibrationDigest, quantileLevels } from '../../twin/estate/calibration.ts';
import { edited, labEstateText, promoteText } from './library.ts';

const lab = loadEstate(labEstateText, 'lab.yaml');

function messagesOf(text: string): readonly string[] {
  try {
    const scenario = loadScenario(text, 'promote-eu.yaml');
    checkScenario(scenario, lab, 'promote-eu.yaml', text);
    return [];
  } catch (error) {
    if (error instanceof UserError) return error.message.split('\n');
    throw error;
  }
}

describe('the library', () => {
  it('holds files that load and fit each other', () => {
    const scenario = loadScenario(promoteText, 'promote-eu.yaml');
    expect(() => checkScenario(scenario, lab, 'promote-eu.yaml', promoteText)).not.toThrow();
    expect(findLibraryFile('estate', scenario.estate).name).toBe('lab');
    expect(scenario.horizonMs).toBe(60_000);
    expect(scenario.timeline).toEqual([
      {
        when: { kind: 'at', ms: 25_000 },
        do: {
          kind: 'action',
          action: { kind: 'promote', shard: 'checkout-0', to: 'checkout-0-eu' },
        },
      },
    ]);
  });

  it('holds no scenario that could not be played on its estate', () => {
    const textOf = ({ url }: { readonly url: URL }): string => readFileSync(url, 'utf8');
    const scenarios = libraryFiles.filter(({ kind }) => kind === 'scenario');
    expect(scenarios.length).toBeGreaterThan(2);
    for (const file of scenarios) {
      const scenario = loadScenario(textOf(file), file.name);
      const home = findLibraryFile('estate', scenario.estate);
      const estate = loadEstate(textOf(home), home.name);
      expect(scenario.name).toBe(file.name);
      expect(() => checkScenario(scenario, estate, file.name, textOf(file))).not.toThrow();
    }
  });

  it('finds every file by its name and a scenario by its last part', () => {
    for (const file of libraryFiles) expect(findLibraryFile(file.kind, file.name)).toBe(file);
    expect(findLibraryFile('scenario', 'promote-eu').name).toBe('lab/promote-eu');
  });

  it('names the nearest when there is no such file', () => {
    expect(() => findLibraryFile('scenario', 'lab/promot-eu')).toThrow(
      /no scenario is called "lab\/promot-eu"; did you mean lab\/promote-eu\?/,
    );
  });
});

describe('a mistake in a scenario', () => {
  it('is a second action on a shard, whose topology the first one changes', () => {
    const again = `${promoteText.trimEnd()}\n  - at: 40s\n    action: { kind: promote, shard: checkout-0, to: checkout-0-eu }\n`;
    expect(messagesOf(again)).toEqual([
      'promote-eu.yaml:14 timeline[1].action.shard: an earlier entry already changes "checkout-0"; give each shard one action or crash per scenario',
    ]);
  });

  it.each<[string, [string, string], string]>([
    [
      'an unknown target',
      ['to: checkout-0-eu', 'to: checkout-0-ew'],
      'promote-eu.yaml:12 timeline[0].action.to: unknown node "checkout-0-ew"; did you mean checkout-0-eu',
    ],
    [
      'an unknown shard',
      ['shard: checkout-0', 'shard: chekout-0'],
      'promote-eu.yaml:12 timeline[0].action.shard: unknown shard "chekout-0"; did you mean checkout-0?',
    ],
    [
      'an unknown action',
      ['kind: promote', 'kind: promot'],
      'promote-eu.yaml:12 timeline[0].action.kind: unknown kind "promot"; did you mean promote? choose one of promote, rebuild, copy-tenant',
    ],
    [
      'a time after the horizon',
      ['at: 25s', 'at: 2m'],
      'promote-eu.yaml:11 timeline[0].at: 2m is not between the end of the warm-up (5s) and the horizon (1m)',
    ],
    [
      'a warm-up beyond the horizon',
      ['warmup: 5s', 'warmup: 90s'],
      'promote-eu.yaml:9 warmup: does not end before the horizon (1m)',
    ],
    [
      'a factor on an unknown class',
      ['warmup: 5s', 'load: { comit: 2 }'],
      'promote-eu.yaml:9 load.comit: unknown class "comit"; did you mean commit? classes here: commit, job, *',
    ],
    [
      'more requests than a run can hold',
      ['horizon: 60s', 'horizon: 60d'],
      'promote-eu.yaml:8 horizon: about 414720000 requests in 60d at 80/s; a run holds at most 20000000',
    ],
    [
      'an unknown key',
      ['why: >', 'wy: >'],
      'promote-eu.yaml:4 wy: unknown key "wy"; did you mean why?',
    ],
    [
      'no reason',
      ['why: >', 'wy: >'],
      'promote-eu.yaml:1 why: missing; say in a sentence what this is for',
    ],
  ])('is told with file, line and path: %s', (_what, edit, message) => {
    const messages = messagesOf(edited(promoteText, edit));
    expect(
      messages.filter((line) => line.startsWith(message)),
      messages.join('\n'),
    ).toHaveLength(1);
  });

  it.each<[string, string]>([
    ['', 'f.yaml:1: empty'],
    ['kind: [', 'f.yaml:1: Flow sequence'],
    ['a: !secret x', 'f.yaml:1: Unresolved tag: !secret'],
    ['a: &x [*x]', 'f.yaml:1'],
    ['['.repeat(50_000), 'f.yaml:1: nested too deeply'],
    [
      'a: &a [1,1]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a]\nc: &c [*b,*b,*b,*b,*b,*b,*b,*b,*b]\nd: [*c,*c,*c,*c,*c,*c,*c,*c]',
      'f.yaml:1: aliases cannot be followed',
    ],
    ['--- 1\n--- 2', 'f.yaml:2: Source contains multiple documents'],
  ])('is told for text that is no document: %.20s', (text, message) => {
    expect(() => loadScenario(text, 'f.yaml')).toThrow(UserError);
    expect(() => loadScenario(text, 'f.yaml')).toThrow(message);
  });
});

describe('a calibration overlay', () => {
  const measured = {
    schema: 'premortem/calibration/v1' as const,
    estate: 'lab',
    sessions: [
      {
        measuredAt: '2026-01-01T00:00:00Z',
        origin: 'experiments' as const,
        method: 'test',
        host: { cores: '2' },
      },
    ],
    parameters: {
      'write.localMs': {
        measuredAt: '2026-01-01T00:00:00Z',
        load: null,
        value: 1.5,
        unit: 'ms' as const,
        n: 100,
        interval90: [1.4, 1.6] as [number, number],
        repetitions: 5,
        repetitionCv: 0.05,
        spreadCv: 0.1,
        sessionCv: 0.1,
        quantiles: quantileLevels.map((level) => 1 + level),
      },
    },
  };
  const text = JSON.stringify({ ...measured, digest: calibrationDigest(measured) }, null, 2);

  it('is read from YAML or JSON', () => {
    const { parameters } = loadCalibration(text, 'lab.json');
    expect(parameters['write.localMs']?.value).toBe(1.5);
  });

  it('is refused when it was edited', () => {
    expect(() => loadCalibration(edited(text, ['1.5,', '1.4,']), 'lab.json')).toThrow(
      /lab\.json:\d+ digest: does not fit the content; the file was edited/,
    );
  });

  it('is refused with the nearest name of a parameter that does not exist', () => {
    expect(() =>
      loadCalibration(edited(text, ['write.localMs', 'write.local']), 'lab.json'),
    ).toThrow(
      /lab\.json:15 parameters\.write\.local: unknown key "write\.local"; did you mean write\.localMs/,
    );
  });
});
