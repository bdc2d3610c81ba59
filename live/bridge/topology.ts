// What a shard looks like right now, asked of its servers: who leads, who follows whom, how far each has come. The
// digest of it binds plans to the topology that they were made for; it holds roles and rules, never positions.
import type { Client } from 'pg';
import { digestOf, type Digest } from '../../engine/digest.ts';
import { UserError } from '../../engine/failure.ts';
import { findShard, nodesOf, type Estate, type Node } from '../../twin/estate/estate.ts';
import type { LabInfo } from '../lab/lab-info.ts';
import { isUnreachable, openNode } from './postgres.ts';

/** How a primary counts a standby (Postgres' `sync_state`). */
type SyncState = 'sync' | 'quorum' | 'potential' | 'async';

/** One node as it was seen. Positions are Postgres' log sequence numbers ("0/3000060"); null where there is none. */
interface ObservedNode {
  readonly id: string;
  readonly state: 'primary' | 'standby' | 'down';
  readonly systemIdentifier: string | null;
  readonly serverVersion: string | null;
  readonly timeline: number | null;
  /** Primary: flushed. Standby: received and flushed. */
  readonly flushedLsn: string | null;
  readonly replayedLsn: string | null;
  /** The node that it streams from at this moment. */
  readonly upstream: string | null;
  /** How its primary counts it; null for the primary itself and for a node that does not stream. */
  readonly sync: SyncState | null;
}

export interface ObservedShard {
  readonly shard: string;
  /** The only node that takes writes, or null when none or several do. */
  readonly primary: string | null;
  /** `synchronous_standby_names` of the primary. */
  readonly syncStandbyNames: string | null;
  readonly nodes: readonly ObservedNode[];
}

/** One standby as its primary sees it. */
export interface AttachedStandby {
  readonly node: string;
  readonly state: string;
  readonly sync: SyncState;
  readonly sentLsn: string | null;
  readonly flushedLsn: string | null;
  readonly replayedLsn: string | null;
}

/** A node with what only its primary can add. */
interface Sighting {
  readonly node: ObservedNode;
  readonly syncStandbyNames: string;
  readonly attached: readonly AttachedStandby[];
}

/**
 * Looks at every node of a shard at once, over direct connections. A server that cannot be reached is `down`; a refused
 * log-in is an error, as nothing can be said then.
 */
export async function observeShard(
  lab: LabInfo,
  estate: Estate,
  shardId: string,
): Promise<ObservedShard> {
  const found = findShard(estate, shardId);
  if (found === undefined) {
    throw new UserError('missing', { message: `the estate has no shard "${shardId}"` });
  }
  const nodes = nodesOf(found.shard);
  const sightings = await Promise.all(nodes.map((node) => lookAt(lab, node)));
  const primaries = sightings.filter(({ node }) => node.state === 'primary');
  const primary = primaries.length === 1 ? primaries[0] : undefined;
  return {
    shard: shardId,
    primary: primary?.node.id ?? null,
    syncStandbyNames: primary?.syncStandbyNames ?? null,
    nodes: sightings.map(({ node }) => ({
      ...node,
      sync: primary?.attached.find((standby) => standby.node === node.id)?.sync ?? null,
    })),
  };
}

/** Roles, upstreams, sync rule, system identifiers and major versions: what plans are bound to. Positions change by the second. */
export function topologyFacts({ shard, primary, syncStandbyNames, nodes }: ObservedShard): object {
  return {
    shard,
    primary,
    syncStandbyNames,
    nodes: nodes.map(({ id, state, upstream, systemIdentifier, serverVersion }) => ({
      id,
      state,
      upstream,
      systemIdentifier,
      majorVersion: serverVersion === null ? null : Number.parseInt(serverVersion, 10),
    })),
  };
}

/** Digest of `topologyFacts`. */
export function topologyDigest(observed: ObservedShard): Digest {
  return digestOf(topologyFacts(observed));
}

/** The standbys that stream from this server or try to, by the names that they give themselves. */
export async function attachedStandbys(primary: Client): Promise<readonly AttachedStandby[]> {
  const { rows } = await primary.query<AttachedStandby>(
    `select application_name as node, state, sync_state as sync, sent_lsn::text as "sentLsn",
        flush_lsn::text as "flushedLsn", replay_lsn::text as "replayedLsn"
       from pg_stat_replication order by application_name`,
  );
  return rows;
}

/** A position as a number of bytes, for comparing and subtracting. */
export function lsnBytes(lsn: string): bigint {
  const [high = '0', low = '0'] = lsn.split('/');
  return (BigInt(`0x${high}`) << 32n) + BigInt(`0x${low}`);
}

async function lookAt(lab: LabInfo, node: Node): Promise<Sighting> {
  let client: Client;
  try {
    client = await openNode(lab, node.id);
  } catch (error) {
    if (isUnreachable(error))
      return { node: downNode(node.id), syncStandbyNames: '', attached: [] };
    throw error;
  }
  try {
    return await describeNode(client, lab, node);
  } finally {
    await client.end();
  }
}

interface NodeRow {
  readonly standby: boolean;
  readonly systemIdentifier: string;
  readonly serverVersion: string;
  readonly timeline: number;
  readonly flushedLsn: string | null;
  readonly replayedLsn: string | null;
  readonly senderPort: number | null;
  readonly syncStandbyNames: string;
}

/**
 * A primary's timeline is in the name of the log file that it writes, a standby's in what it receives: the control file
 * learns of a new one only with the next checkpoint.
 */
const nodeQuery = `
  select r.standby, c.system_identifier::text as "systemIdentifier",
    current_setting('server_version') as "serverVersion",
    case when r.standby
      then coalesce(w.received_tli, (select timeline_id from pg_control_checkpoint()))
      else ('x' || left(pg_walfile_name(pg_current_wal_lsn()), 8))::bit(32)::int
    end as timeline,
    (case when r.standby then pg_last_wal_receive_lsn() else pg_current_wal_flush_lsn() end)::text
      as "flushedLsn",
    (case when r.standby then pg_last_wal_replay_lsn() else pg_current_wal_flush_lsn() end)::text
      as "replayedLsn",
    w.sender_port as "senderPort",
    current_setting('synchronous_standby_names') as "syncStandbyNames"
  from (select pg_is_in_recovery() as standby) r
    cross join pg_control_system() c
    left join pg_stat_wal_receiver w on w.status = 'streaming'`;

async function describeNode(client: Client, lab: LabInfo, node: Node): Promise<Sighting> {
  const { rows } = await client.query<NodeRow>(nodeQuery);
  const row = rows[0];
  if (row === undefined) throw new Error(`${node.id} does not describe itself`);
  const upstream = lab.routes.find(
    ({ kind, port }) => kind === 'replication' && port === row.senderPort,
  );
  return {
    node: {
      id: node.id,
      state: row.standby ? 'standby' : 'primary',
      systemIdentifier: row.systemIdentifier,
      serverVersion: row.serverVersion,
      timeline: row.timeline,
      flushedLsn: row.flushedLsn,
      replayedLsn: row.replayedLsn,
      upstream: upstream?.to ?? null,
      sync: null,
    },
    syncStandbyNames: row.syncStandbyNames,
    attached: row.standby ? [] : await attachedStandbys(client),
  };
}

function downNode(id: string): ObservedNode {
  return {
    id,
    state: 'down',
    systemIdentifier: null,
    serverVersion: null,
    timeline: null,
    flushedLsn: null,
    replayedLsn: null,
    upstream: null,
    sync: null,
  };
}
