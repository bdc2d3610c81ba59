// Actions, steps and effects: the vocabulary that the twin plays, the live bridge performs, the journal records and
// the report draws. An action is a pure function to steps; every choice is made there and none later.
import { z } from 'zod';
import type { Estate } from '../estate/estate.ts';
import { quantitySchema } from '../quantity-schema.ts';

/** Promote a standby of a shard to primary. `planned`: the old primary is healthy and hands over without loss. */
const promoteSchema = z.strictObject({
  kind: z.literal('promote'),
  shard: z.string().describe('the shard that gets another primary'),
  to: z.string().describe('the standby that becomes it'),
});

/** Slow enough that requests on the same server and link hardly feel the copy. */
const gentleRate = '20MB/s';

/** Throw a standby's data away and copy it anew from its primary, at no more than `rate`. */
const rebuildInputSchema = z
  .strictObject({
    kind: z.literal('rebuild'),
    shard: z.string().describe('the shard of the standby'),
    node: z.string().describe('the standby whose data is thrown away'),
    rate: quantitySchema('bandwidth', 'positive')
      .refine((bytesPerSec) => bytesPerSec >= 32 * 1024 && bytesPerSec <= 1024 ** 3, {
        error: 'Postgres sends copies at 32 KiB to 1 GiB a second',
      })
      .prefault(gentleRate)
      .describe('how fast it is copied at most, such as 40MB/s'),
  })
  .transform(({ rate, ...rest }) => ({ ...rest, bytesPerSec: rate }));

const rebuildSchema = z.strictObject({
  kind: z.literal('rebuild'),
  shard: z.string(),
  node: z.string(),
  bytesPerSec: z.number().positive(),
});

/**
 * Copy a tenant's rows to another shard of its fleet by logical replication, up to a moment at which requests are held and
 * both have the same. Nobody is sent there yet.
 */
const copyTenantSchema = z.strictObject({
  kind: z.literal('copy-tenant'),
  shard: z.string().describe('the shard that has its rows'),
  tenant: z.string().describe('whose rows are copied'),
  to: z.string().describe('the shard that gets them'),
});

/** An action as it stands in a scenario file, and what it resolves to. Grows by one member per file of this folder. */
export const actionInputSchema = z.discriminatedUnion('kind', [
  promoteSchema,
  rebuildInputSchema,
  copyTenantSchema,
]);

/** A resolved action, as plans hold it. */
export const actionSchema = z.discriminatedUnion('kind', [
  promoteSchema,
  rebuildSchema,
  copyTenantSchema,
]);
export type Action = z.infer<typeof actionSchema>;
export type PromoteAction = z.infer<typeof promoteSchema>;
export type RebuildAction = z.infer<typeof rebuildSchema>;
export type CopyTenantAction = z.infer<typeof copyTenantSchema>;

/** Whose rows are copied, and between which primaries. */
const tenantCopyShape = {
  shard: z.string(),
  tenant: z.string(),
  publisher: z.string(),
  to: z.string(),
  subscriber: z.string(),
};

/** What a step does to the platform. Fully bound: a driver decides nothing. */
const effectSchema = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('check-topology'),
    shard: z.string(),
    primary: z.string(),
    standbys: z.array(z.string()),
  }),
  z.strictObject({ kind: z.literal('hold-requests'), shard: z.string() }),
  z.strictObject({ kind: z.literal('drain-requests'), shard: z.string() }),
  z.strictObject({
    kind: z.literal('wait-replay'),
    shard: z.string(),
    primary: z.string(),
    standby: z.string(),
  }),
  z.strictObject({ kind: z.literal('stop-node'), shard: z.string(), node: z.string() }),
  z.strictObject({ kind: z.literal('promote-node'), shard: z.string(), node: z.string() }),
  z.strictObject({
    kind: z.literal('follow'),
    shard: z.string(),
    node: z.string(),
    upstream: z.string(),
  }),
  z.strictObject({
    kind: z.literal('switch-map'),
    shard: z.string(),
    primary: z.string(),
    epoch: z.int().positive(),
  }),
  z.strictObject({ kind: z.literal('release-requests'), shard: z.string() }),
  z.strictObject({
    kind: z.literal('rejoin'),
    shard: z.string(),
    node: z.string(),
    upstream: z.string(),
  }),
  z.strictObject({ kind: z.literal('stop-standby'), shard: z.string(), node: z.string() }),
  z.strictObject({
    kind: z.literal('copy-node'),
    shard: z.string(),
    node: z.string(),
    upstream: z.string(),
    bytesPerSec: z.number().positive(),
  }),
  z.strictObject({
    kind: z.literal('start-standby'),
    shard: z.string(),
    node: z.string(),
    upstream: z.string(),
  }),
  z.strictObject({ kind: z.literal('subscribe-tenant'), ...tenantCopyShape }),
  z.strictObject({ kind: z.literal('wait-applied'), ...tenantCopyShape }),
  z.strictObject({ kind: z.literal('unsubscribe-tenant'), ...tenantCopyShape }),
]);
export type Effect = z.infer<typeof effectSchema>;

/** One journalled step. `id` is `${ordinal}-${name}`; `fenced`: requests of the shard are held while it runs. */
export const stepSchema = z.strictObject({
  id: z.string(),
  action: z.int().nonnegative(),
  name: z.string(),
  effect: effectSchema,
  fenced: z.boolean(),
  reversible: z.boolean(),
  limitMs: z.number().positive(),
});
export type Step = z.infer<typeof stepSchema>;

/** A problem that makes an action impossible on an estate, found while planning. */
export interface Obstacle {
  readonly path: string;
  readonly message: string;
  readonly remedy: string;
}

/** What every kind of action tells about itself; members are listed by hand in `index.ts`. */
export interface ActionKind<A extends Action> {
  readonly kind: A['kind'];
  readonly summary: string;
  readonly dataLoss: 'none' | 'possible';
  /** Why the action cannot be done on this estate; empty when it can. */
  obstacles(action: A, estate: Estate): readonly Obstacle[];
  /** One sentence for people. */
  describe(action: A, estate: Estate): string;
  /** The steps in order, for a shard whose map stands at `epoch`. Call only without obstacles. */
  steps(action: A, estate: Estate, epoch: number): readonly Step[];
  /** The action that leads back, or null when there is none. */
  reverse(action: A, estate: Estate): Action | null;
}
