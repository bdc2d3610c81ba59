// The same execution once more, to the last event, with somebody who looks on.
import { describe, expect, it } from 'vitest';
import { UserError } from '../../engine/failure.ts';
import { parseFocus, replay } from '../../scenarios/replay.ts';
import { runReplication, type ReplicationInput } from '../../scenarios/replication.ts';
import { requestStages } from '../../twin/replay.ts';
import { makeEstate } from '../fixtures/estate.ts';
import { promoteWest } from '../fixtures/scenario.ts';

const input: ReplicationInput = {
  scenario: promoteWest,
  estate: makeEstate(),
  calibration: null,
  seed: '3',
  index: 2,
  kind: 'rehearsal',
};
const toTheEnd = Number.MAX_SAFE_INTEGER;

describe('an execution that is replayed', () => {
  it('is the same to the last event, whatever is looked at', async () => {
    const { fingerprint } = await runReplication(input);
    for (const focus of ['process:action', 'shard:s', 'request:40']) {
      const replayed = await replay(input, parseFocus(focus), toTheEnd);
      expect(replayed.fingerprint).toBe(fingerprint);
      expect(replayed.events).toBeGreaterThan(replayed.entries.length);
    }
    const another = await replay({ ...input, index: 3 }, parseFocus('process:action'), toTheEnd);
    expect(another.fingerprint).not.toBe(fingerprint);
  });

  it('shows a request from when it is due to its answer, in the order in which things happen', async () => {
    const { entries, subject } = await replay(input, { kind: 'request', request: 5 }, toTheEnd);
    const order = Object.keys(requestStages);
    const stages = entries.map(({ what }) => what);
    expect(stages.at(0)).toBe('due');
    expect(stages.at(-1)).toBe('done');
    expect(stages).toEqual(stages.toSorted((a, b) => order.indexOf(a) - order.indexOf(b)));
    expect(new Set(stages).size).toBe(stages.length);
    expect(subject).toMatch(/^request 5, a \w+ of /);
    for (const [at, { atMs, sinceMs }] of entries.entries()) {
      expect(sinceMs).toBe(at === 0 ? null : atMs - (entries[at - 1]?.atMs ?? NaN));
    }
  });

  it('shows the steps of its actions, and nothing later than asked for', async () => {
    const whole = await replay(input, parseFocus('process:action'), toTheEnd);
    expect(whole.entries.some(({ what }) => what.endsWith('-stop-node started'))).toBe(true);
    const untilMs = whole.entries[3]?.atMs ?? 0;
    const part = await replay(input, parseFocus('process:action'), untilMs);
    expect(part.entries).toEqual(whole.entries.filter(({ atMs }) => atMs <= untilMs));
    expect(part.fingerprint).toBe(whole.fingerprint);
    const faults = await replay(input, parseFocus('process:fault'), toTheEnd);
    expect(faults.entries).toEqual([]);
  });
});

describe('what nobody can look at', () => {
  it.each(['request:', 'request:-1', 'request:x', 'shard:', 'process:kitchen', 'tenant:acme', ''])(
    'is told: "%s"',
    (text) => {
      expect(() => parseFocus(text)).toThrow(UserError);
    },
  );

  it('is a request that the trace does not have, or a shard that the estate does not have', async () => {
    await expect(replay(input, { kind: 'request', request: 1e9 }, 0)).rejects.toThrow(
      'there is no request 1000000000',
    );
    await expect(replay(input, { kind: 'shard', shard: 'z' }, 0)).rejects.toThrow(
      'has no shard "z"',
    );
  });
});
