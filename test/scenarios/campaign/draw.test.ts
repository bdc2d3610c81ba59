// What a campaign draws: real files that load and fit, conditions within their ranges, and cases that follow from seed
// and number alone.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { chooseCases, findCase } from '../../../scenarios/campaign/choose.ts';
import { drawCase, numberCase, type DrawnCase } from '../../../scenarios/campaign/draw.ts';
import { caseKinds, type CaseKind } from '../../../scenarios/campaign/kinds/index.ts';
import { checkScenario, loadEstate, loadScenario } from '../../../scenarios/load.ts';
import { playsOf } from '../../../scenarios/plays.ts';
import { waitsForStandbys, type Estate } from '../../../twin/estate/estate.ts';
import { meanOf } from '../../../engine/distributions.ts';
import { onlyFleet } from '../../../twin/model/platform.ts';
import { campaign, courseOf } from './course.ts';

const seed = fc.stringMatching(/^[a-z0-9]{1,8}$/);
const index = fc.nat({ max: 500 });
const present = caseKinds.filter((kind) => campaign.kinds[kind] !== undefined);

function shardOf(estate: Estate): Estate['fleets'][number]['shards'][number] {
  const [shard] = onlyFleet(estate).shards;
  if (shard === undefined) throw new Error('a case has a shard');
  return shard;
}

/** The smallest and the largest number. */
function endsOf(numbers: readonly number[]): readonly [number, number] {
  return [Math.min(...numbers), Math.max(...numbers)];
}

describe('a drawn case', () => {
  it('is a pair of files that load and fit each other', () => {
    fc.assert(
      fc.property(seed, index, (text, at) => {
        const drawn = drawCase(courseOf(text), at);
        const estate = loadEstate(drawn.estateText, 'estate.yaml');
        const scenario = loadScenario(drawn.scenarioText, 'scenario.yaml');
        checkScenario(scenario, estate, 'scenario.yaml', drawn.scenarioText);
        expect(scenario.estate).toBe('estate.yaml');
        expect([estate, scenario]).toEqual([drawn.estate, drawn.scenario]);
      }),
      { numRuns: 60 },
    );
  });

  it('stays within the ranges of its kind', () => {
    fc.assert(
      fc.property(seed, index, (text, at) => {
        const { kind, estate, conditions } = drawCase(courseOf(text), at);
        const ranges = campaign.kinds[kind];
        if (ranges === undefined) throw new Error(`${kind} has ranges`);
        const fleet = onlyFleet(estate);
        const shard = shardOf(estate);
        const within = (values: readonly number[], [low, high]: readonly [number, number]) => {
          const [least, most] = endsOf(values);
          expect(least).toBeGreaterThanOrEqual(low);
          expect(most).toBeLessThanOrEqual(high);
        };
        within(
          estate.links.map(({ delayMs }) => delayMs),
          ranges.distance,
        );
        within([shard.replicas.length], ranges.standbys);
        within([fleet.pool.size], ranges.pool);
        within([Number(conditions['utilisation'])], [0, ranges.utilisation[1] + 0.01]);
        within(
          fleet.classes.map(({ ratePerSec }) => ratePerSec),
          [0.1, ranges.rate[1]],
        );
        expect(ranges.commitModes).toContain(shard.commitMode);
        expect(ranges.mixes).toContainEqual(fleet.classes.map((one) => one.kind));
        for (const one of fleet.classes) {
          if (one.kind === 'job') within([meanOf(one.size)], widened(ranges.service));
          if (one.kind === 'write') within([meanOf(one.size)], widened(ranges.payload));
        }
      }),
      { numRuns: 60 },
    );
  });

  it('waits for no more standbys than there are, and for none in modes that do not wait', () => {
    fc.assert(
      fc.property(seed, index, (text, at) => {
        const { estate, kind } = drawCase(courseOf(text), at);
        const { syncRule, commitMode, replicas } = shardOf(estate);
        expect(syncRule !== null).toBe(waitsForStandbys(commitMode));
        // While the primary is away there is one copy fewer.
        const left = replicas.length - (kind === 'promotion' || kind === 'crash' ? 1 : 0);
        expect(syncRule?.count ?? 1).toBeLessThanOrEqual(Math.max(1, left));
      }),
      { numRuns: 60 },
    );
  });

  it('plays at least as long as its kind asks for, and no longer than the campaign allows', () => {
    const [least, most] = campaign.repetitionMs;
    fc.assert(
      fc.property(seed, index, (text, at) => {
        const { kind, scenario } = drawCase(courseOf(text), at);
        expect(scenario.warmupMs).toBe(campaign.warmupMs);
        if (kind !== 'steady' && kind !== 'compute' && kind !== 'lag') return;
        const lengthMs = scenario.horizonMs - scenario.warmupMs;
        expect(lengthMs).toBeGreaterThanOrEqual(least);
        expect(lengthMs).toBeLessThanOrEqual(most);
      }),
      { numRuns: 60 },
    );
  });

  it('is the same for the same seed and number, whatever else the campaign holds', () => {
    fc.assert(
      fc.property(seed, index, (text, at) => {
        const alone = drawCase(courseOf(text), at);
        const among = drawCase(courseOf(text, { cases: 100_000, why: 'another reason' }), at);
        expect(among).toEqual(alone);
      }),
      { numRuns: 20 },
    );
  });

  it('differs from its neighbours and from the same number of another seed', () => {
    const texts = ['1', '2'].flatMap((text) =>
      [0, 1, 2, 3, 4].map((at) => drawCase(courseOf(text), at).estateText),
    );
    const bodies = texts.map((text) => text.slice(text.indexOf('regions:')));
    expect(new Set(bodies).size).toBe(bodies.length);
  });
});

describe('a case of kind', () => {
  /** Some cases of one kind. */
  function casesOf(kind: CaseKind): readonly DrawnCase[] {
    const ranges = campaign.kinds[kind];
    if (ranges === undefined) throw new Error(`the campaign of the library has ${kind} cases`);
    const course = courseOf('9', { kinds: { [kind]: ranges } });
    return Array.from({ length: 12 }, (_, at) => drawCase(course, at));
  }

  it.each(caseKinds)('%s is in the campaign of the library, and plays what it says', (kind) => {
    const plays = {
      steady: [],
      compute: [],
      lag: [],
      promotion: ['promote'],
      rebuild: ['rebuild'],
      'tenant-copy': ['copy-tenant'],
      crash: ['crash'],
      'replay-pause': ['pause-replay'],
      bandwidth: ['limit-bandwidth'],
    } satisfies Record<CaseKind, readonly string[]>;
    for (const { scenario, freshServers } of casesOf(kind)) {
      expect(playsOf(scenario)).toEqual(plays[kind]);
      expect(freshServers).toBe(plays[kind].length > 0);
    }
  });

  it('tenant-copy has a shard to go to, and a narrow way to it where it is elsewhere', () => {
    const cases = casesOf('tenant-copy');
    const isFar = cases.map(({ estate }) => {
      const { shards, tenants } = onlyFleet(estate);
      expect(shards).toHaveLength(2);
      expect(tenants.filter(({ dataBytes }) => dataBytes !== null)).toHaveLength(1);
      expect(new Set(tenants.map(({ shard }) => shard))).toEqual(new Set([shardOf(estate).id]));
      const [here, there] = shards.map(({ primary }) => primary.region);
      const link = estate.links.find(({ between }) =>
        between.every((one) => [here, there].includes(one)),
      );
      if (here !== there) expect(link?.bandwidthBytesPerSec).toBeGreaterThanOrEqual(6e6);
      return here !== there;
    });
    expect(new Set(isFar).size).toBe(2);
  });

  it('other than tenant-copy has neither another shard nor rows of tenants', () => {
    for (const kind of caseKinds.filter((one) => one !== 'tenant-copy')) {
      for (const { estate } of casesOf(kind)) {
        const { shards, tenants } = onlyFleet(estate);
        expect(shards).toHaveLength(1);
        expect(tenants.every(({ dataBytes }) => dataBytes === null)).toBe(true);
      }
    }
  });

  it('crash has a monitor, a lease of whole heartbeats, and happens in both manners', () => {
    const cases = casesOf('crash');
    for (const { estate } of cases) {
      const { heartbeatMs = 0, leaseMs = 0 } = onlyFleet(estate).failover ?? {};
      expect(leaseMs / heartbeatMs).toBeGreaterThanOrEqual(2);
      expect(leaseMs % heartbeatMs).toBe(0);
    }
    expect(
      new Set(cases.map(({ conditions }) => String(conditions['fault']).split(' ')[2])),
    ).toEqual(new Set(['reset', 'silent']));
  });

  it('lag comes at 500 commits per second and more, from beside the primary', () => {
    for (const { estate } of casesOf('lag')) {
      const { classes, tenants } = onlyFleet(estate);
      expect(classes.map(({ kind }) => kind)).toEqual(['write']);
      expect(classes[0]?.ratePerSec).toBeGreaterThanOrEqual(500);
      expect(tenants.map(({ home }) => home)).toEqual([shardOf(estate).primary.region]);
    }
  });
});

describe('the kinds of a campaign', () => {
  it('come as often as their weights say, in every block of cases', () => {
    const weights = present.map((kind) => campaign.kinds[kind]?.weight ?? 0);
    const length = weights.reduce((sum, weight) => sum + weight, 0);
    fc.assert(
      fc.property(seed, fc.nat({ max: 20 }), (text, block) => {
        const kinds = Array.from(
          { length },
          (_, at) => numberCase(courseOf(text), block * length + at).kind,
        );
        expect(present.map((kind) => kinds.filter((one) => one === kind).length)).toEqual(weights);
      }),
    );
  });

  it('come in an order of the seed', () => {
    const order = (text: string): string =>
      Array.from({ length: 30 }, (_, at) => numberCase(courseOf(text), at).kind).join(' ');
    expect(order('1')).not.toBe(order('2'));
  });
});

describe('the id of a case', () => {
  it('names seed, number and kind, and finds the case again', () => {
    fc.assert(
      fc.property(seed, index, (text, at) => {
        const course = courseOf(text);
        const number = numberCase(course, at);
        const { id, kind } = number;
        expect(id).toBe(`${text}-${String(at).padStart(3, '0')}-${kind}`);
        expect(findCase(course, id)).toEqual(number);
        const other: CaseKind = kind === 'steady' ? 'promotion' : 'steady';
        expect(() => findCase(course, id.replace(kind, other))).toThrow(/has no case/);
        expect(() => findCase(courseOf(`${text}x`), id)).toThrow(/has no case/);
      }),
    );
  });

  it('that does not exist is told with the nearest', () => {
    const { id } = numberCase(courseOf('1'), 2);
    expect(() => findCase(courseOf('1'), id.slice(0, -1))).toThrow(
      `campaign default with seed 1 has no case "${id.slice(0, -1)}"; did you mean ${id}`,
    );
  });
});

describe('the chosen cases', () => {
  it('are the first ones, or the first of a kind under their own numbers', () => {
    const course = courseOf('1');
    const all = chooseCases(course, { count: null, only: null });
    expect(all.map((one) => one.index)).toEqual(
      Array.from({ length: campaign.cases }, (_, at) => at),
    );
    const lags = chooseCases(course, { count: 5, only: 'lag' });
    expect(lags).toEqual(all.filter(({ kind }) => kind === 'lag').slice(0, 5));
  });

  it('are none of a kind that the campaign does not have', () => {
    const { steady } = campaign.kinds;
    const course = courseOf('1', { kinds: steady === undefined ? {} : { steady } });
    expect(() => chooseCases(course, { count: 1, only: 'lag' })).toThrow(
      'campaign default has no cases of kind "lag"; kinds here: steady',
    );
  });
});

/** Sizes are drawn on whole numbers; a lognormal mean comes back through a logarithm. */
function widened([low, high]: readonly [number, number]): readonly [number, number] {
  return [low - 1, high + 1];
}
