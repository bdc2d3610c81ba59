// What links add while services are measured, against sums by hand; and that links are put back.
import { expect, test } from 'vitest';
import { apartMs, distancesOf, whileApart } from '../../live/calibrate/distances.ts';
import type { Link, Shard } from '../../twin/estate/estate.ts';
import { makeEstate, replicaIn } from '../fixtures/estate.ts';

function shardWith(changes: Partial<Shard>): Shard {
  const [shard] = makeEstate({ shard: changes }).fleets.flatMap(({ shards }) => shards);
  if (shard === undefined) throw new Error('the estate has a shard');
  return shard;
}

const roundTripMs = 2 * apartMs;

test('a request from the region of the primary crosses no link, any other one there and back', () => {
  const { ofClient, ofStandby } = distancesOf(shardWith({}));
  expect([ofClient('east'), ofClient('west')]).toEqual([0, roundTripMs]);
  expect([ofStandby('s-west'), ofStandby('nobody')]).toEqual([roundTripMs, 0]);
});

test('a commit crosses as many links as the standbys that it waits for are away', () => {
  const { ofCommit } = distancesOf(shardWith({}));
  expect([ofCommit('on'), ofCommit('remote_write')]).toEqual([roundTripMs, roundTripMs]);
  expect([ofCommit('local'), ofCommit('off')]).toEqual([0, 0]);
  expect(distancesOf(shardWith({ syncRule: null })).ofCommit('on')).toBe(0);
  // One standby stands beside the primary: it is enough for a rule that asks for any one, and not for one that asks for two.
  const beside = {
    replicas: [{ ...replicaIn('east', true), id: 's-beside' }, replicaIn('west', true)],
  };
  const any = (count: number): Partial<Shard> => ({
    ...beside,
    syncRule: { method: 'any', count, nodes: ['s-beside', 's-west'] },
  });
  expect(distancesOf(shardWith(any(1))).ofCommit('on')).toBe(0);
  expect(distancesOf(shardWith(any(2))).ofCommit('on')).toBe(roundTripMs);
});

test('no two standbys of other regions are as far away, so that they do not work at the same moment', () => {
  const { ofClient, ofCommit, ofStandby } = distancesOf(
    shardWith({ syncRule: { method: 'first', count: 2, nodes: ['s-west', 's-north'] } }),
  );
  expect([ofStandby('s-west'), ofStandby('s-north')]).toEqual([6, 10]);
  expect(ofClient('north')).toBe(10);
  expect(ofCommit('on')).toBe(10);
});

test('links are this long meanwhile, and afterwards as before, whatever happens', async () => {
  const before: readonly Link[] = [
    { between: ['east', 'west'], delayMs: 0, bandwidthBytesPerSec: null },
    { between: ['north', 'east'], delayMs: 0, bandwidthBytesPerSec: null },
    { between: ['west', 'north'], delayMs: 0, bandwidthBytesPerSec: null },
  ];
  let links = before;
  const control = {
    status: () => Promise.resolve({ nodes: [], links: [...links], load: { running: false } }),
    setLinks: (next: readonly Link[]) => {
      links = next;
      return Promise.resolve();
    },
  } as unknown as Parameters<typeof whileApart>[0];
  const seen = await whileApart(control, shardWith({}), () =>
    Promise.resolve(links.map(({ delayMs }) => delayMs)),
  );
  expect(seen).toEqual([apartMs, 5, 5]);
  expect(links).toEqual(before);
  await expect(
    whileApart(control, shardWith({}), () => Promise.reject(new Error('no'))),
  ).rejects.toThrow('no');
  expect(links).toEqual(before);
});
