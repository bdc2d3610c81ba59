// Which confirmations count and when they are enough, against exact cases and a naive count.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { SyncRule } from '../../../twin/estate/estate.ts';
import { countedStandbys, moment } from '../../../twin/model/sync-rule.ts';

const ruleOf = (method: SyncRule['method'], count: number, nodes: readonly string[]): SyncRule => ({
  method,
  count,
  nodes,
});

/** When enough of those that count have confirmed: the first moment at which a count says so. */
function naiveMoment({ method, count, nodes }: SyncRule, confirmedMs: ReadonlyMap<string, number>) {
  const attached = nodes.filter((id) => confirmedMs.has(id));
  const counted = method === 'first' ? attached.slice(0, count) : attached;
  const moments = counted.map((id) => confirmedMs.get(id) ?? 0);
  const enough = moments.filter((at) => moments.filter((other) => other <= at).length >= count);
  return enough.length === 0 ? null : Math.min(...enough);
}

describe('a synchronous rule', () => {
  const all = ['p', 'a', 'b', 'c'];
  const attached =
    (...ids: string[]) =>
    (id: string) =>
      ids.includes(id);

  it.each([
    ['first', 1, ['a', 'b', 'c'], 30],
    ['first', 2, ['a', 'b', 'c'], 30],
    ['first', 3, ['a', 'b', 'c'], 50],
    ['first', 2, ['a', 'c'], 50],
    ['any', 1, ['a', 'b', 'c'], 10],
    ['any', 2, ['a', 'b', 'c'], 30],
    ['any', 3, ['a', 'b', 'c'], 50],
    ['any', 2, ['b', 'c'], 50],
  ] as const)('%s %i of %j is fulfilled at %i ms', (method, count, ids, atMs) => {
    const confirmedMs = new Map([
      ['a', 30],
      ['b', 10],
      ['c', 50],
    ]);
    const rule = ruleOf(method, count, all);
    const counted = countedStandbys(rule, attached(...ids)) ?? [];
    expect(
      moment(
        rule,
        counted.map((id) => confirmedMs.get(id) ?? Number.NaN),
      ),
    ).toBe(atMs);
  });

  it('cannot be fulfilled by too few', () => {
    expect(countedStandbys(ruleOf('first', 2, all), attached('b'))).toBeNull();
    expect(countedStandbys(ruleOf('any', 1, all), attached())).toBeNull();
  });

  it('counts as a naive reader of the manual would', () => {
    const ids = ['a', 'b', 'c', 'd'];
    const drawn = fc.record({
      method: fc.constantFrom('first' as const, 'any' as const),
      count: fc.integer({ min: 1, max: 4 }),
      nodes: fc.shuffledSubarray(['p', ...ids], { minLength: 1 }),
      confirmed: fc
        .subarray(ids)
        .chain((some) => fc.tuple(...some.map((id) => fc.tuple(fc.constant(id), fc.nat(100))))),
    });
    const seen = new Set<string>();
    fc.assert(
      fc.property(drawn, ({ method, count, nodes, confirmed }) => {
        const rule = ruleOf(method, count, nodes);
        const confirmedMs = new Map<string, number>(confirmed);
        const counted = countedStandbys(rule, (id) => confirmedMs.has(id));
        const atMs =
          counted === null
            ? null
            : moment(
                rule,
                counted.map((id) => confirmedMs.get(id) ?? 0),
              );
        seen.add(atMs === null ? 'hangs' : method);
        expect(atMs).toBe(naiveMoment(rule, confirmedMs));
      }),
      { numRuns: 500 },
    );
    expect([...seen].toSorted()).toEqual(['any', 'first', 'hangs']);
  });
});
