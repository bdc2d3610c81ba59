// Faults in the scenario language: what a drill resolves to, and every way of writing one wrongly, with file, line and remedy.
import { describe, expect, it } from 'vitest';
import { UserError } from '../../engine/failure.ts';
import { describeDeed, shardsTouched, stepsOfScenario } from '../../scenarios/deeds.ts';
import { checkScenario, loadEstate, loadScenario } from '../../scenarios/load.ts';
import { playsOf } from '../../scenarios/plays.ts';
import type { Estate } from '../../twin/estate/estate.ts';
import { faultKinds } from '../../twin/faults/index.ts';
import { faultSchema } from '../../twin/faults/fault.ts';
import { crashText, edited, labEstateText, promoteText } from './library.ts';

const lab = loadEstate(labEstateText, 'lab.yaml');
const file = 'drill.yaml';

function messagesOf(text: string, estate: Estate = lab): readonly string[] {
  try {
    checkScenario(loadScenario(text, file), estate, file, text);
    return [];
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    expect(error.code).toBe('input');
    return error.message.split('\n');
  }
}

const faultLine = 'fault: { kind: crash, node: checkout-0-us, manner: reset }';

/** The drill with another fault in place of its crash. */
const withFault = (fault: string): string => edited(crashText, [faultLine, `fault: ${fault}`]);

describe('a fault', () => {
  it('is resolved with its lease, and known to lessons, lists and charts', () => {
    const scenario = loadScenario(crashText, file);
    expect(scenario.kind).toBe('drill');
    expect(scenario.timeline).toEqual([
      {
        when: { kind: 'at', ms: 10_000 },
        do: {
          kind: 'fault',
          fault: { kind: 'crash', node: 'checkout-0-us', manner: 'reset' },
          forMs: 4_000,
        },
      },
    ]);
    expect(playsOf(scenario)).toEqual(['crash']);
    expect(shardsTouched(scenario, lab)).toEqual(['checkout-0']);
    expect(stepsOfScenario(scenario, lab).map(({ id, fenced }) => `${id} ${fenced}`)).toEqual([
      '1-detect true',
      '2-fence true',
      '3-promote-node true',
      '4-follow true',
      '5-switch-map true',
      '6-rejoin false',
    ]);
  });

  it.each([
    [faultLine.slice('fault: '.length), 'crash checkout-0-us (us-east-1), primary of checkout-0'],
    ['{ kind: pause-replay, node: checkout-0-eu }', 'pause replay on checkout-0-eu'],
    [
      '{ kind: limit-bandwidth, between: [us-east-1, eu-west-1], bandwidth: 1MB/s }',
      'limit the link between us-east-1 and eu-west-1 to 1MB/s',
    ],
  ])('%s is described, and the same after a way over a wire', (fault, sentence) => {
    const [entry] = loadScenario(withFault(fault), file).timeline;
    if (entry?.do.kind !== 'fault') throw new Error('the scenario has a fault');
    expect(describeDeed(entry.do, lab)).toContain(sentence);
    expect(faultSchema.parse(JSON.parse(JSON.stringify(entry.do.fault)))).toEqual(entry.do.fault);
    expect(messagesOf(withFault(fault))).toEqual([]);
  });

  it('says for every kind what it is', () => {
    for (const [kind, { kind: own, summary }] of Object.entries(faultKinds)) {
      expect(own).toBe(kind);
      expect(summary).not.toBe('');
    }
  });
});

describe('a mistake in a drill', () => {
  it.each<[string, string, string]>([
    [
      'an unknown node',
      withFault('{ kind: crash, node: checkout-0-su, manner: reset }'),
      'drill.yaml:14 timeline[0].fault.node: unknown node "checkout-0-su"; did you mean ',
    ],
    [
      'the crash of a standby',
      withFault('{ kind: crash, node: checkout-0-eu, manner: reset }'),
      'drill.yaml:14 timeline[0].fault.node: "checkout-0-eu" is a standby; a crash is of the node that leads: checkout-0-us',
    ],
    [
      'a manner that nothing dies in',
      withFault('{ kind: crash, node: checkout-0-us, manner: loud }'),
      'drill.yaml:14 timeline[0].fault.manner: "loud" is not allowed here; choose one of reset, silent',
    ],
    [
      'an unknown kind',
      withFault('{ kind: crush, node: checkout-0-us, manner: reset }'),
      'drill.yaml:14 timeline[0].fault.kind: unknown kind "crush"; did you mean crash?',
    ],
    [
      'a primary that replays nothing',
      withFault('{ kind: pause-replay, node: checkout-0-us }'),
      'drill.yaml:14 timeline[0].fault.node: "checkout-0-us" is the primary, which replays nothing; standbys of checkout-0: checkout-0-eu, checkout-0-ec',
    ],
    [
      'a link to nowhere',
      withFault('{ kind: limit-bandwidth, between: [us-east-1, eu-wst-1], bandwidth: 1MB/s }'),
      'drill.yaml:14 timeline[0].fault.between[1]: unknown region "eu-wst-1"; did you mean eu-west-1',
    ],
    [
      'a link of a region with itself',
      withFault('{ kind: limit-bandwidth, between: [us-east-1, us-east-1], bandwidth: 1MB/s }'),
      'drill.yaml:14 timeline[0].fault.between: no link joins us-east-1 and us-east-1; links here: us-east-1 – eu-west-1',
    ],
    [
      'a fault without an end',
      edited(crashText, ['\n    for: 4s', '']),
      'timeline[0].for: missing; say when the fault ends by itself: for: 10s',
    ],
    [
      'a fault that outlasts the horizon',
      edited(crashText, ['for: 4s', 'for: 20s']),
      'drill.yaml:15 timeline[0].for: ends at 30s, not before the horizon (30s)',
    ],
    [
      'an action that lasts',
      edited(promoteText, ['    action:', '    for: 4s\n    action:']),
      'timeline[0].for: belongs to no fault',
    ],
    [
      'an entry that does nothing',
      edited(crashText, [`    ${faultLine}\n    for: 4s\n`, '']),
      'timeline[0]: does nothing; give it an action or a fault',
    ],
    [
      'a fault in a what-if',
      edited(crashText, ['kind: drill', 'kind: what-if']),
      'drill.yaml:3 kind: a what-if breaks nothing; write kind: drill',
    ],
    [
      'a drill in which nothing breaks',
      edited(promoteText, ['kind: what-if', 'kind: drill']),
      'drill.yaml:3 kind: a drill has a fault; write kind: what-if',
    ],
    [
      'the same fault twice',
      `${crashText}  - at: 15s\n    ${faultLine}\n    for: 4s\n`,
      'drill.yaml:17 timeline[1].fault: the same is broken by an earlier entry',
    ],
    [
      'a crash on a shard that an action changes',
      edited(crashText, [
        '  - at: 10s',
        '  - at: 5s\n    action: { kind: promote, shard: checkout-0, to: checkout-0-eu }\n  - at: 10s',
      ]),
      'timeline[1].fault.node: an earlier entry already changes "checkout-0"',
    ],
  ])('is %s', (_, text, message) => {
    const messages = messagesOf(text);
    expect(messages.filter((one) => one.includes(message))).toHaveLength(1);
  });

  it('is a crash that nobody would repair', () => {
    const alone = {
      ...lab,
      fleets: lab.fleets.map((fleet) => ({
        ...fleet,
        failover: null,
      })),
    };
    expect(messagesOf(crashText, alone).join('\n')).toContain(
      'nobody would replace "checkout-0-us": fleet checkout has no failover',
    );
    const bare = {
      ...lab,
      fleets: lab.fleets.map((fleet) => ({
        ...fleet,
        shards: fleet.shards.map((shard) => ({ ...shard, syncRule: null, replicas: [] })),
      })),
    };
    expect(messagesOf(crashText, bare).join('\n')).toContain('shard checkout-0 has no standby');
  });

  it('is a lease that one late heartbeat would outlive', () => {
    const text = edited(labEstateText, ['lease: 2s', 'lease: 900ms']);
    expect(() => loadEstate(text, 'lab.yaml')).toThrow(
      /fleets\.checkout\.failover\.lease: .*at least two heartbeats/,
    );
  });
});
