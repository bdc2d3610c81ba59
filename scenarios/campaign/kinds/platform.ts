// The platform of a case: which standbys there are, how far away, what commits wait for, what the servers do beside
// requests. Shared by every kind of case.
import { z } from 'zod';
import {
  commitModes,
  shardsInUse,
  waitsForStandbys,
  type CommitMode,
  type Estate,
  type Shard,
  type SyncRule,
} from '../../../twin/estate/estate.ts';
import { assert } from '../../../engine/failure.ts';
import { onlyFleet } from '../../../twin/model/platform.ts';
import type { Dice, Range } from '../dice.ts';
import { quantityRange, shareSchema, wholeRange } from '../range-schema.ts';
import type { DrawContext } from './case-draft.ts';

/** `distance`: of the longest link, one way; the other links are drawn up to it. `maintained`: share of cases with it. */
export const platformShape = {
  distance: quantityRange('duration', 'non-negative'),
  standbys: wholeRange(1, 8),
  commitModes: z.array(z.enum(commitModes)).nonempty({ error: 'name at least one commit mode' }),
  maintained: shareSchema.default(0),
};

export interface PlatformRanges {
  readonly distance: Range;
  readonly standbys: Range;
  readonly commitModes: readonly CommitMode[];
  readonly maintained: number;
}

/** What is changed of a base estate. `delaysMs` follows its links, `replicas` are those that stay. */
export interface PlatformDraft {
  readonly delaysMs: readonly number[];
  readonly replicas: readonly string[];
  readonly syncRule: SyncRule | null;
  readonly commitMode: CommitMode;
  readonly maintained: boolean;
  /** Do all clients stand beside the primary? Otherwise where the base estate has them. */
  readonly clientsBeside: boolean;
  /** What the shard's tables take; null: nobody copies them. */
  readonly dataBytes: number | null;
  /** Whose rows are copied to another shard, and how; null: there is no other shard. */
  readonly tenantCopy: TenantCopyDraft | null;
  /** Who promotes when the primary dies; null: nobody. */
  readonly failover: { readonly heartbeatMs: number; readonly leaseMs: number } | null;
}

/** A tenant with rows, and where the empty shard is that it can go to. */
export interface TenantCopyDraft {
  readonly tenant: string;
  readonly dataBytes: number;
  readonly to: { readonly region: string; readonly zone: string };
  /** What the link to that region carries a second; null: it is the primary's own region. */
  readonly bytesPerSec: number | null;
}

/**
 * Draws a platform. `spare`: how many standbys must be left over when as many as the rule waits for are gone, so that a
 * case whose primary goes away does not hang.
 */
export function drawPlatform(
  { dice, base }: Pick<DrawContext, 'dice' | 'base'>,
  ranges: PlatformRanges,
  { spare }: { readonly spare: number },
): PlatformDraft {
  const shard = onlyShard(base);
  const longestMs = dice.between('platform/distance', ranges.distance);
  const delaysMs = base.links.map((_, link) =>
    tenths(dice.between(`platform/delay/${link}`, [ranges.distance[0], longestMs])),
  );
  const count = dice.whole('platform/standbys', ranges.standbys);
  const chosen = dice.shuffle('platform/replicas', shard.replicas).slice(0, count);
  const commitMode = dice.pick('platform/commit-mode', ranges.commitModes);
  const replicas = chosen.map(({ id }) => id);
  return {
    delaysMs,
    replicas,
    commitMode,
    syncRule: waitsForStandbys(commitMode) ? drawRule(dice, shard, replicas, spare) : null,
    maintained: dice.chance('platform/maintained', ranges.maintained),
    clientsBeside: false,
    dataBytes: null,
    tenantCopy: null,
    failover: null,
  };
}

/** The primary stands first, so that the rule goes on to hold when it becomes a standby. */
function drawRule(
  dice: Dice,
  { primary }: Shard,
  replicas: readonly string[],
  spare: number,
): SyncRule {
  const most = Math.max(1, Math.min(2, replicas.length - spare));
  return {
    method: dice.pick('platform/method', ['first', 'any'] as const),
    count: dice.whole('platform/count', [1, most]),
    nodes: [primary.id, ...replicas],
  };
}

/** Standbys that a planned promotion may go to: those that commits wait for, or any when they wait for none. */
export function standbysThatMayLead({ replicas, syncRule }: PlatformDraft): readonly string[] {
  if (syncRule === null || syncRule.method === 'any') return replicas;
  const standbys = syncRule.nodes.filter((id) => replicas.includes(id));
  return standbys.slice(0, syncRule.count);
}

/** The shard of an estate that everybody is on. */
export function onlyShard(estate: Estate): Shard {
  const shards = shardsInUse(onlyFleet(estate));
  const [shard] = shards;
  assert(shard !== undefined && shards.length === 1, 'a case is played on one shard');
  return shard;
}

/** One decimal is as much as people want to read. */
export function tenths(value: number): number {
  return Math.round(value * 10) / 10;
}

/** Bytes in whole mebibytes, which files say without a fraction. */
export function wholeMebibytes(bytes: number): number {
  return Math.max(1, Math.round(bytes / 1024 ** 2)) * 1024 ** 2;
}
