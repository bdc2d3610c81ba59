// The estate from its file to its resolved form: what is derived, what is refused, and that every mistake comes at once.
import { describe, expect, it } from 'vitest';
import { loadEstate } from '../../../scenarios/load.ts';
import { estateDigest } from '../../../twin/estate/digest.ts';
import { delayBetween } from '../../../twin/estate/estate.ts';
import { resolveEstate } from '../../../twin/estate/resolve.ts';
import { defaultPolicy, policySchema } from '../../../twin/policy/policy.ts';
import { edited, estateMistakes, labEstateText } from '../../scenarios/library.ts';

const lab = loadEstate(labEstateText, 'lab.yaml');

describe('the lab estate', () => {
  it('resolves to plain numbers with defaults filled in', () => {
    const [fleet] = lab.fleets;
    expect(delayBetween(lab, 'eu-west-1', 'us-east-1')).toBe(34);
    expect(lab.tiers).toEqual([
      { id: 'small', vcpus: 2, memoryBytes: 2 ** 32, maxConnections: 200, usdPerHour: 0.29 },
    ]);
    expect(fleet?.pool).toEqual({ size: 8, timeoutMs: 30_000 });
    expect(fleet?.classes).toEqual([
      { id: 'commit', kind: 'write', ratePerSec: 40, size: { kind: 'constant', value: 300 } },
      { id: 'job', kind: 'job', ratePerSec: 40, size: { kind: 'exponential', mean: 20 } },
    ]);
    expect(lab.policy).toEqual(defaultPolicy);
  });

  it('knows which standby commits wait for while the declared primary leads', () => {
    const replicas = lab.fleets[0]?.shards[0]?.replicas.map(({ id, lane, sync }) => [
      id,
      lane,
      sync,
    ]);
    expect(replicas).toEqual([
      ['checkout-0-eu', 'streaming', true],
      ['checkout-0-ec', 'streaming', false],
    ]);
  });

  it('is frozen through and through', () => {
    const node = lab.fleets[0]?.shards[0]?.primary;
    expect(Object.isFrozen(lab) && Object.isFrozen(lab.fleets) && Object.isFrozen(node)).toBe(true);
  });

  it('waits for every standby of a quorum rule', () => {
    const any = loadEstate(edited(labEstateText, ['method: first', 'method: any']), 'lab.yaml');
    expect(any.fleets[0]?.shards[0]?.replicas.map(({ sync }) => sync)).toEqual([true, true]);
  });

  it('waits for nobody without a rule', () => {
    const rule = / *syncRule:\n.*\n/;
    const none = loadEstate(labEstateText.replace(rule, ''), 'lab.yaml');
    expect(none.fleets[0]?.shards[0]?.syncRule).toBeNull();
    expect(none.fleets[0]?.shards[0]?.replicas.map(({ sync }) => sync)).toEqual([false, false]);
  });

  it('evens out shares that decimals cannot write exactly', () => {
    const thirds = loadEstate(
      edited(
        labEstateText,
        ['us-east-1, share: 30%', 'us-east-1, share: 33.3333%'],
        ['us-east-1, share: 20%', 'us-east-1, share: 33.3333%'],
        ['eu-west-1, share: 30%', 'eu-west-1, share: 33.3333%'],
        ['      umbrella: { home: eu-west-1, share: 20% }\n', ''],
      ),
      'lab.yaml',
    );
    const sum = thirds.fleets[0]?.tenants.reduce((total, { share }) => total + share, 0);
    expect(sum).toBeCloseTo(1, 12);
  });
});

describe('a law for sizes', () => {
  it.each([
    ['20ms', { kind: 'constant', value: 20 }],
    ['{ uniform: [5ms, 40ms] }', { kind: 'uniform', low: 5, high: 40 }],
    [
      '{ lognormal: { mean: 20ms, cv: 1 } }',
      {
        kind: 'lognormal',
        median: expect.closeTo(20 / Math.SQRT2, 12),
        sigma: expect.closeTo(Math.sqrt(Math.LN2), 12),
      },
    ],
  ])('reads %s', (text, law) => {
    const estate = loadEstate(edited(labEstateText, ['{ exponential: 20ms }', text]), 'lab.yaml');
    expect(estate.fleets[0]?.classes[1]?.size).toEqual(law);
  });

  it.each([
    ['{ uniform: [40ms, 5ms] }', /size\.uniform: the low end must be below the high end/],
    [
      '{ exponential: 20B }',
      /size\.exponential: "20B" is not a quantity of this kind; write a duration/,
    ],
    ['{ lognormal: { mean: 20ms, cv: -1 } }', /size\.lognormal\.cv: must be above 0/],
    [
      '{ exponential: 1ms, uniform: [1ms, 2ms] }',
      /size: a map is not allowed here; write 20ms, \{ exp/,
    ],
    ['20', /size: 20 is not allowed here; write 20ms/],
    ['{ pareto: 2 }', /size: a map is not allowed here; write 20ms/],
  ])('refuses %s', (text, message) => {
    expect(estateMistakes(edited(labEstateText, ['{ exponential: 20ms }', text]))).toEqual([
      expect.stringMatching(message),
    ]);
  });
});

describe('a policy of the estate', () => {
  it('takes what it leaves out from the default policy', () => {
    const policy =
      'policy: { name: strict, version: 3, performance: { fence: 2s }, risk: { weights: { data-loss: 0.7 } } }';
    const estate = loadEstate(`${labEstateText}\n${policy}\n`, 'lab.yaml');
    expect(policySchema.parse(estate.policy)).toEqual({
      ...defaultPolicy,
      name: 'strict',
      version: 3,
      performance: { fenceMs: 2000 },
      risk: { weights: { ...defaultPolicy.risk.weights, 'data-loss': 0.7 } },
    });
  });

  it('knows its weights', () => {
    const policy = 'policy: { name: p, version: 1, risk: { weights: { data-los: 1 } } }';
    expect(estateMistakes(`${labEstateText}\n${policy}\n`)).toEqual([
      expect.stringMatching(
        /policy\.risk\.weights\.data-los: unknown key "data-los"; did you mean data-loss\?/,
      ),
    ]);
  });
});

describe('a mistake in an estate', () => {
  it.each<[string, [string, string], string]>([
    [
      'a replica in no region',
      ['{ id: checkout-0-eu, region: eu-west-1,', '{ id: checkout-0-eu,'],
      'lab.yaml:38 fleets.checkout.shards[0].replicas[0].region: missing; write a name',
    ],
    [
      'an unknown zone',
      ['zone: us-east-1a', 'zone: us-east-1z'],
      'lab.yaml:36 fleets.checkout.shards[0].primary.zone: unknown zone "us-east-1z" in us-east-1; did you mean us-east-1a? zones here: us-east-1a',
    ],
    [
      'a zone of another region',
      ['zone: us-east-1a', 'zone: eu-west-1a'],
      'lab.yaml:36 fleets.checkout.shards[0].primary.zone: unknown zone "eu-west-1a" in us-east-1; did you mean us-east-1a? zones here: us-east-1a',
    ],
    [
      'an unknown tier',
      ['tier: small', 'tier: smal'],
      'lab.yaml:36 fleets.checkout.shards[0].primary.tier: unknown tier "smal"; did you mean small? tiers here: small',
    ],
    [
      'a rate of zero',
      ['rate: 40/s', 'rate: 0/s'],
      'lab.yaml:27 fleets.checkout.classes.commit.rate: "0/s" must be above zero; write a rate such as 1200/s (units: /h, /m, /s)',
    ],
    [
      'a negative delay',
      ['delay: 34ms', 'delay: -34ms'],
      'lab.yaml:16 links[0].delay: "-34ms" must not be negative; write a duration such as 250ms (units: us, ms, s, m, h, d)',
    ],
    [
      'shares that do not sum to 100 %',
      ['share: 30%', 'share: 45%'],
      'lab.yaml:46 fleets.checkout.tenants: shares sum to 115%; they must sum to 100%',
    ],
    [
      'a pool of no connections',
      ['size: 8,', 'size: 0,'],
      'lab.yaml:32 fleets.checkout.pool.size: must be above 0; write a whole number above zero',
    ],
    [
      'a pool that the tier cannot hold',
      ['size: 8,', 'size: 80,'],
      'lab.yaml:32 fleets.checkout.pool.size: needs 320 connections to each node (2 client regions × 2 classes × 80), but tier small allows 200; make the pool smaller or the tier larger',
    ],
    [
      'a rule that names an unknown node',
      ['[checkout-0-us, checkout-0-eu, checkout-0-ec]', '[checkout-0-us, checkout-0-ex]'],
      'lab.yaml:41 fleets.checkout.shards[0].syncRule.nodes[1]: unknown node "checkout-0-ex"; did you mean checkout-0-eu or checkout-0-ec? nodes here: checkout-0-us, checkout-0-eu, checkout-0-ec',
    ],
    [
      'a rule that waits for more standbys than there are',
      ['count: 1', 'count: 3'],
      'lab.yaml:41 fleets.checkout.shards[0].syncRule.count: waits for 3 standbys, but names 2; every commit would wait for ever: name more standbys or lower the count',
    ],
    [
      'a link that is needed and not there',
      ['  - { between: [us-east-1, eu-central-1], delay: 45ms }\n', ''],
      'lab.yaml:15 links: no link joins us-east-1 and eu-central-1; add { between: [us-east-1, eu-central-1], delay: … }',
    ],
    [
      'a link of a region with itself',
      ['delay: 12ms }', 'delay: 12ms }\n  - { between: [us-east-1, us-east-1], delay: 1ms }'],
      'lab.yaml:19 links[3].between: joins "us-east-1" with itself; a link joins two regions; within one there is no delay',
    ],
    [
      'two links between the same regions',
      ['delay: 12ms }', 'delay: 12ms }\n  - { between: [eu-west-1, us-east-1], delay: 1ms }'],
      'lab.yaml:19 links[3].between: link "eu-west-1 – us-east-1" is named twice; names must be unique',
    ],
    [
      'two nodes of one name',
      ['id: checkout-0-ec', 'id: checkout-0-us'],
      'lab.yaml:39 fleets.checkout.shards[0].replicas[1].id: node "checkout-0-us" is named twice; names must be unique',
    ],
    [
      'a tenant at home nowhere',
      ['home: us-east-1', 'home: mars'],
      'lab.yaml:47 fleets.checkout.tenants.acme.home: unknown region "mars"; regions here: us-east-1, eu-west-1, eu-central-1',
    ],
    [
      'a promise on an unknown class',
      ['class: job', 'class: jobs'],
      'lab.yaml:54 fleets.checkout.slos[1].class: unknown class "jobs"; did you mean job? classes here: commit, job',
    ],
    [
      'an unknown key',
      ['delay: 34ms', 'dely: 34ms'],
      'lab.yaml:16 links[0].dely: unknown key "dely"; did you mean delay? keys here: between, delay, bandwidth',
    ],
    [
      'a number without a unit',
      ['delay: 34ms', 'delay: 34'],
      'lab.yaml:16 links[0].delay: 34 is a bare number; write a duration such as 250ms (units: us, ms, s, m, h, d)',
    ],
    [
      'an unknown kind',
      ['kind: write', 'kind: wirte'],
      'lab.yaml:27 fleets.checkout.classes.commit.kind: unknown kind "wirte"; did you mean write? choose one of write, job, compute, read',
    ],
    [
      'a name that Postgres could not carry',
      ['  small:', '  Small Tier:'],
      'lab.yaml:21 tiers.Small Tier: "Small Tier" is not allowed here; names are lower-case letters, digits and hyphens, at most 48 characters',
    ],
    ['a key named twice', ['why: >', 'name: lab\nwhy: >'], 'lab.yaml:5: Map keys must be unique'],
  ])('is told with file, line and path: %s', (_what, edit, message) => {
    expect(estateMistakes(edited(labEstateText, edit))).toContain(message);
  });

  it('never hides another one', () => {
    const text = edited(
      labEstateText,
      ['delay: 34ms', 'delay: 34'],
      ['zone: eu-west-1a, tier: small', 'zone: eu-west-1z, tier: smal'],
      ['home: us-east-1', 'hom: us-east-1'],
      ['count: 1', 'count: 3'],
      ['limit: 300ms', 'limit: 300%'],
    );
    expect(estateMistakes(text).map((message) => message.split(/: /)[0])).toEqual([
      'lab.yaml:16 links[0].delay',
      'lab.yaml:38 fleets.checkout.shards[0].replicas[0].zone',
      'lab.yaml:38 fleets.checkout.shards[0].replicas[0].tier',
      'lab.yaml:41 fleets.checkout.shards[0].syncRule.count',
      'lab.yaml:47 fleets.checkout.tenants.acme.home',
      'lab.yaml:47 fleets.checkout.tenants.acme.hom',
      'lab.yaml:53 fleets.checkout.slos[0].limit',
    ]);
  });

  it.each([[null], [[]], ['text'], [7], [{ fleets: { a: null } }], [{ regions: [1] }]])(
    'is found in data that is no estate at all: %j',
    (data) => {
      const reading = resolveEstate(data);
      expect(reading.kind === 'mistaken' && reading.findings.length > 0).toBe(true);
    },
  );
});

describe('the digest of an estate', () => {
  it('does not depend on comments, layout or units', () => {
    const same = edited(labEstateText, ['34ms', '34000us'], ['timeout: 30s', 'timeout: 0.5m']);
    const stripped = same.replaceAll(/^ *#.*\n/gm, '');
    expect(estateDigest(loadEstate(stripped, 'other.yaml'))).toBe(estateDigest(lab));
  });

  it('depends on every value', () => {
    for (const edit of [
      ['34ms', '35ms'],
      ['count: 1', 'count: 2'],
      ['$0.29/h', '$0.30/h'],
      ['size: 8', 'size: 9'],
    ] as const) {
      const other = loadEstate(edited(labEstateText, edit), 'lab.yaml');
      expect(estateDigest(other)).not.toBe(estateDigest(lab));
    }
  });
});
