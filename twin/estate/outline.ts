// The names in an estate file, read leniently: whatever is missing or of the wrong type is simply not there. So what one
// part says about another can be checked even while other parts of the file are wrong, and all mistakes come at once.
import { z } from 'zod';

const text = z.string().catch('');

const node = z
  .object({ id: text, region: text, zone: text, tier: text })
  .catch({ id: '', region: '', zone: '', tier: '' });
export type NodeOutline = z.infer<typeof node>;

const shard = z.object({
  id: text,
  primary: node,
  replicas: listOf(node),
  syncRule: z
    .object({ count: z.number().catch(0), nodes: listOf(text) })
    .nullable()
    .catch(null)
    .default(null),
});
export type ShardOutline = z.infer<typeof shard>;

const fleet = z.object({
  classes: tableOf(z.unknown()),
  shards: listOf(shard.catch({ id: '', primary: node.parse(null), replicas: [], syncRule: null })),
  tenants: tableOf(
    z.object({ home: text, share: text, shard: text }).catch({ home: '', share: '', shard: '' }),
  ),
  slos: listOf(z.object({ class: text }).catch({ class: '' })),
});
export type FleetOutline = z.infer<typeof fleet>;

const outlineSchema = z
  .object({
    regions: tableOf(z.object({ zones: listOf(text) }).catch({ zones: [] })),
    links: listOf(z.object({ between: listOf(text) }).catch({ between: [] })),
    tiers: tableOf(z.unknown()),
    fleets: tableOf(fleet.catch({ classes: {}, shards: [], tenants: {}, slos: [] })),
  })
  .catch({ regions: {}, links: [], tiers: {}, fleets: {} });

/** Names as written; '' where a name should be and is not, which the schema reports. */
export type EstateOutline = z.infer<typeof outlineSchema>;

/** Never fails. */
export function outlineOf(data: unknown): EstateOutline {
  return outlineSchema.parse(data);
}

function listOf<T>(item: z.ZodType<T>): z.ZodType<T[]> {
  return z.array(item).catch([]);
}

function tableOf<T>(member: z.ZodType<T>): z.ZodType<Record<string, T>> {
  return z.record(z.string(), member).catch({});
}
