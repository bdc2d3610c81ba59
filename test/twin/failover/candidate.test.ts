// Who replaces a dead primary: whatever rule, whoever had which write, whoever answers, the one that is chosen has every
// acknowledged write, or nobody is.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { CommitMode, SyncRule } from '../../../twin/estate/estate.ts';
import { chooseCandidate, keepsEveryWrite } from '../../../twin/failover/candidate.ts';

const nodes = ['a', 'b', 'c', 'd'] as const;

const rules: fc.Arbitrary<SyncRule> = fc
  .record({ method: fc.constantFrom('first', 'any'), size: fc.integer({ min: 1, max: 4 }) })
  .chain(({ method, size }) =>
    fc.integer({ min: 1, max: size }).map((count): SyncRule => ({
      method,
      count,
      nodes: nodes.slice(0, size),
    })),
  );

const shardOf = (
  syncRule: SyncRule | null,
  commitMode: CommitMode = 'on',
): { syncRule: SyncRule | null; commitMode: CommitMode } => ({ syncRule, commitMode });

describe('the standby that is promoted', () => {
  it('has every write that as many standbys as the rule says had to have', () => {
    fc.assert(
      fc.property(
        rules,
        fc.tuple(...nodes.map(() => fc.nat(5))),
        fc.subarray([...nodes]),
        (rule, flushed, answering) => {
          const positions = nodes.map((node, index) => ({
            node,
            flushedBytes: flushed[index] ?? 0,
          }));
          const ofRule = positions.filter(({ node }) => rule.nodes.includes(node));
          // The latest byte that `count` members have: no later one can have been acknowledged.
          const acknowledged =
            ofRule.map(({ flushedBytes }) => flushedBytes).toSorted((a, b) => b - a)[
              rule.count - 1
            ] ?? 0;
          const choice = chooseCandidate(
            shardOf(rule),
            nodes,
            positions.filter(({ node }) => answering.includes(node)),
          );
          const answered = answering.filter((node) => rule.nodes.includes(node)).length;
          expect(choice.kind).toBe(
            answered >= rule.nodes.length - rule.count + 1 ? 'chosen' : 'none',
          );
          if (choice.kind === 'none') return;
          const chosen = positions.find(({ node }) => node === choice.node);
          expect(chosen?.flushedBytes).toBeGreaterThanOrEqual(acknowledged);
        },
      ),
      { numRuns: 500 },
    );
  });

  it('is the first in the rule among equals, whatever the order of answers', () => {
    const rule: SyncRule = { method: 'first', count: 1, nodes: ['a', 'c', 'b'] };
    const answered = ['b', 'c'].map((node) => ({ node, flushedBytes: 7 }));
    expect(chooseCandidate(shardOf(rule), ['b', 'c'], answered)).toMatchObject({ node: 'c' });
    expect(chooseCandidate(shardOf(null), ['b', 'c'], answered)).toMatchObject({ node: 'b' });
  });

  it('is not one that no commit waited for, even when it is further', () => {
    const rule: SyncRule = { method: 'first', count: 1, nodes: ['a', 'b'] };
    const answered = [
      { node: 'b', flushedBytes: 1 },
      { node: 'd', flushedBytes: 9 },
    ];
    expect(chooseCandidate(shardOf(rule), ['b', 'd'], answered)).toMatchObject({ node: 'b' });
    // Where nobody is waited for, the furthest loses least.
    expect(chooseCandidate(shardOf(rule, 'local'), ['b', 'd'], answered)).toMatchObject({
      node: 'd',
    });
  });

  it('is nobody when nobody answers', () => {
    expect(chooseCandidate(shardOf(null), ['b'], [])).toEqual({
      kind: 'none',
      because: 'no standby answers',
    });
  });
});

describe('a shard keeps every acknowledged write', () => {
  it.each<[CommitMode, boolean]>([
    ['off', false],
    ['local', false],
    ['remote_write', true],
    ['on', true],
    ['remote_apply', true],
  ])('with a rule and commits in mode %s: %s; without a rule never', (mode, keeps) => {
    const rule: SyncRule = { method: 'any', count: 1, nodes: ['b'] };
    expect(keepsEveryWrite(shardOf(rule, mode))).toBe(keeps);
    expect(keepsEveryWrite(shardOf(null, mode))).toBe(false);
  });
});
