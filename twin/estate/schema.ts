// The human form of an estate: what stands in estate.yaml. Keys are those of the resolved estate without their unit
// (`delay: 34ms` becomes `delayMs: 34`); names are keys where order means nothing and lists where it does. Only shape, units
// and ranges are checked here; what one part says about another is checked in `references.ts`.
import { z } from 'zod';
import { commitModes } from './estate.ts';
import { defaultPolicy, type Policy } from '../policy/policy.ts';
import { distributionSchema, nameSchema, proseSchema, quantitySchema } from '../quantity-schema.ts';

const mebibyte = 1024 ** 2;
const walSegmentBytes = 16 * mebibyte;

const wholeNumber = z.int().positive({ error: 'write a whole number above zero' });

const regionSchema = z.strictObject({ zones: z.array(nameSchema).min(1) });

const linkSchema = z.strictObject({
  between: z.tuple([nameSchema, nameSchema], { error: 'write the two regions: [A, B]' }),
  delay: quantitySchema('duration', 'non-negative'),
  bandwidth: quantitySchema('bandwidth', 'positive').nullable().default(null),
});

const tierSchema = z.strictObject({
  vcpus: z.number({ error: 'write a number above zero' }).positive(),
  memory: quantitySchema('size', 'positive'),
  maxConnections: wholeNumber,
  price: quantitySchema('price', 'non-negative'),
});

const classSchema = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('write'),
    rate: quantitySchema('rate', 'positive'),
    size: distributionSchema('size'),
  }),
  z.strictObject({
    kind: z.literal('job'),
    rate: quantitySchema('rate', 'positive'),
    size: distributionSchema('duration'),
  }),
  z.strictObject({
    kind: z.literal('compute'),
    rate: quantitySchema('rate', 'positive'),
    size: distributionSchema('count'),
  }),
  z.strictObject({ kind: z.literal('read'), rate: quantitySchema('rate', 'positive') }),
]);

const nodeSchema = z.strictObject({
  id: nameSchema,
  region: nameSchema,
  zone: nameSchema,
  tier: nameSchema,
});

const syncRuleSchema = z.strictObject({
  method: z.enum(['first', 'any']),
  count: wholeNumber,
  nodes: z.array(nameSchema).min(1),
});

/** Defaults are Postgres' own. */
const maintenanceSchema = z.strictObject({
  autovacuum: z.enum(['on', 'off']).default('on'),
  checkpointTimeout: quantitySchema('duration', 'positive')
    .refine((ms) => ms >= 30_000 && ms <= 86_400_000 && ms % 1_000 === 0, {
      error: 'Postgres takes whole seconds from 30s to 1d',
    })
    .prefault('5m'),
  maxWal: quantitySchema('size', 'positive')
    .refine((bytes) => bytes >= 2 * walSegmentBytes && bytes % mebibyte === 0, {
      error: 'Postgres takes whole MiB from 32MiB (two segments of its log)',
    })
    .prefault('1GiB'),
});

const shardSchema = z.strictObject({
  id: nameSchema,
  primary: nodeSchema,
  replicas: z.array(nodeSchema.extend({ lane: z.literal('streaming').default('streaming') })),
  syncRule: syncRuleSchema.nullable().default(null),
  commitMode: z.enum(commitModes).default('on'),
  maintenance: maintenanceSchema.prefault({}),
  data: quantitySchema('size', 'positive').nullable().default(null),
});

const tenantSchema = z.strictObject({
  home: nameSchema,
  share: quantitySchema('share', 'positive'),
  shard: nameSchema.exactOptional(),
  data: quantitySchema('size', 'positive').nullable().default(null),
});

const sloSchema = z.strictObject({
  class: nameSchema,
  stat: z.enum(['p50', 'p95', 'p99']),
  limit: quantitySchema('duration', 'positive'),
});

/** A lease that a single late heartbeat could outlive would take healthy primaries for dead ones. */
const failoverSchema = z
  .strictObject({
    heartbeat: quantitySchema('duration', 'positive'),
    lease: quantitySchema('duration', 'positive'),
  })
  .refine(({ heartbeat, lease }) => lease >= 2 * heartbeat, {
    path: ['lease'],
    error: 'a lease holds for at least two heartbeats',
  });

const fleetSchema = z.strictObject({
  classes: tableOf(classSchema),
  pool: z.strictObject({ size: wholeNumber, timeout: quantitySchema('duration', 'positive') }),
  shards: z.array(shardSchema).min(1),
  tenants: tableOf(tenantSchema),
  slos: z.array(sloSchema).default([]),
  failover: failoverSchema.nullable().default(null),
});

const { durability, performance, operational, risk } = defaultPolicy;
const approvals = (given: number): z.ZodDefault<z.ZodInt> => wholeNumber.default(given);

/** A policy of the estate's own: what it leaves out is as in the default policy. */
const policyInputSchema = z
  .strictObject({
    name: nameSchema,
    version: wholeNumber,
    durability: z
      .strictObject({
        lostAcknowledgedWrites: z.int().nonnegative().default(durability.lostAcknowledgedWrites),
      })
      .default(durability),
    performance: z
      .strictObject({ fence: quantitySchema('duration', 'positive').default(performance.fenceMs) })
      .prefault({}),
    operational: z
      .strictObject({
        approvals: approvals(operational.approvals),
        approvalsAtHighRisk: approvals(operational.approvalsAtHighRisk),
        highRiskScore: z.number().min(0).max(100).default(operational.highRiskScore),
        predictionMaxAge: quantitySchema('duration', 'positive').default(
          operational.predictionMaxAgeMs,
        ),
        calibrationMaxAge: quantitySchema('duration', 'positive').default(
          operational.calibrationMaxAgeMs,
        ),
        planLifetime: quantitySchema('duration', 'positive').default(operational.planLifetimeMs),
      })
      .prefault({}),
    risk: z.strictObject({ weights: weightsSchema() }).default(risk),
  })
  .transform(toPolicy);

export const estateInputSchema = z.strictObject({
  schema: z.literal('premortem/estate/v1'),
  name: nameSchema,
  why: proseSchema,
  regions: tableOf(regionSchema),
  links: z.array(linkSchema).default([]),
  tiers: tableOf(tierSchema),
  fleets: tableOf(fleetSchema),
  policy: policyInputSchema.default(defaultPolicy),
});
export type EstateInput = z.infer<typeof estateInputSchema>;
export type FleetInput = EstateInput['fleets'][string];
export type ShardInput = FleetInput['shards'][number];

type PolicyInput = Pick<Policy, 'name' | 'version' | 'durability' | 'risk'> & {
  readonly performance: { readonly fence: number };
  readonly operational: Pick<
    Policy['operational'],
    'approvals' | 'approvalsAtHighRisk' | 'highRiskScore'
  > & {
    readonly predictionMaxAge: number;
    readonly calibrationMaxAge: number;
    readonly planLifetime: number;
  };
};

function toPolicy(input: PolicyInput): Policy {
  const { predictionMaxAge, calibrationMaxAge, planLifetime, ...counts } = input.operational;
  return {
    schema: 'premortem/policy/v1',
    name: input.name,
    version: input.version,
    durability: input.durability,
    performance: { fenceMs: input.performance.fence },
    operational: {
      ...counts,
      predictionMaxAgeMs: predictionMaxAge,
      calibrationMaxAgeMs: calibrationMaxAge,
      planLifetimeMs: planLifetime,
    },
    risk: input.risk,
  };
}

/** Only weights that exist: a misspelt one would silently keep its default. */
function weightsSchema(): z.ZodType<Record<string, number>> {
  const weights = Object.entries(risk.weights).map(
    ([name, weight]) => [name, z.number().min(0).max(1).default(weight)] as const,
  );
  return z.strictObject(Object.fromEntries(weights));
}

/** A map from names to members, with at least one. */
function tableOf<T>(member: z.ZodType<T>): z.ZodType<Record<string, T>> {
  return z
    .record(nameSchema, member)
    .refine((table) => Object.keys(table).length > 0, { message: 'must have at least one member' });
}
