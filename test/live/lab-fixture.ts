// A small estate for lab tests: one shard with a synchronous and an asynchronous standby in three regions, and the
// state directory of one test, which is removed with whatever lab is in it.
import type { Distances } from '../../live/calibrate/distances.ts';
import type { Bench } from '../../live/calibrate/experiment.ts';
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { defaultPolicy } from '../../twin/policy/policy.ts';
import type { Estate, Node } from '../../twin/estate/estate.ts';
import { labDown } from '../../live/lab/lab.ts';

export const [us, eu, ec] = ['checkout-0-us', 'checkout-0-eu', 'checkout-0-ec'] as const;

export const labEstate: Estate = {
  schema: 'premortem/estate/v1',
  name: 'lab-test',
  why: 'tests',
  regions: ['us', 'eu', 'ec'].map((id) => ({ id, zones: [`${id}-a`] })),
  links: [
    { between: ['us', 'eu'], delayMs: 3, bandwidthBytesPerSec: null },
    { between: ['us', 'ec'], delayMs: 2, bandwidthBytesPerSec: null },
    { between: ['eu', 'ec'], delayMs: 1, bandwidthBytesPerSec: null },
  ],
  tiers: [],
  fleets: [
    {
      id: 'checkout',
      classes: [],
      tenants: [],
      slos: [],
      failover: null,
      pool: { size: 1, timeoutMs: 1000 },
      shards: [
        {
          id: 'checkout-0',
          primary: node(us, 'us'),
          replicas: [
            { ...node(eu, 'eu'), lane: 'streaming', sync: true },
            { ...node(ec, 'ec'), lane: 'streaming', sync: false },
          ],
          syncRule: { method: 'first', count: 1, nodes: [us, eu, ec] },
          commitMode: 'on',
          maintenance: {
            autovacuum: false,
            checkpointTimeoutMs: 1_800_000,
            maxWalBytes: 2 * 1024 ** 3,
          },
          dataBytes: null,
        },
      ],
    },
  ],
  policy: defaultPolicy,
};

function node(id: string, region: string): Node {
  return { id, region, zone: `${region}-a`, tier: 'small' };
}

/** A new state directory, and its end. */
export async function makeStateDir(): Promise<{ stateDir: string; remove: () => Promise<void> }> {
  const stateDir = await mkdtemp(join(tmpdir(), 'premortem-test-'));
  // So that servers of another user keep their data and programs where they are; one test takes this away.
  await chmod(stateDir, 0o755);
  return {
    stateDir,
    remove: async () => {
      await labDown(stateDir);
      await rm(stateDir, { recursive: true, force: true });
    },
  };
}

/** Everybody stands beside everybody. */
export const noDistance: Distances = {
  ofClient: () => 0,
  ofCommit: () => 0,
  ofStandby: () => 0,
};

/** Nobody may practise anything. */
export const refusePractice = (
  why: string,
): Pick<Bench, 'practise' | 'practiseCrashes' | 'practiseRebuilds' | 'practiseTenantCopies'> => ({
  practise: () => Promise.reject(new Error(why)),
  practiseCrashes: () => Promise.reject(new Error(why)),
  practiseRebuilds: () => Promise.reject(new Error(why)),
  practiseTenantCopies: () => Promise.reject(new Error(why)),
});
