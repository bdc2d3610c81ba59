// The configuration files of a lab server, as text. Chosen so that a run repeats itself (no parallel workers, no
// compilation, and no maintenance but what the estate asks for) while everything that a commit or a promotion pays for
// stays on.
import { digestOfBytes } from '../../engine/digest.ts';
import type { Maintenance, SyncRule } from '../../twin/estate/estate.ts';

/** Names inside every lab server. The administrator needs the lab's password; the others may connect on loopback. */
export const labDatabase = {
  name: 'premortem',
  user: 'premortem',
  adminUser: 'postgres',
  replicationUser: 'premortem_replication',
} as const;

/** What a server's settings depend on. */
export interface ServerFacts {
  readonly nodeId: string;
  readonly port: number;
  readonly majorVersion: number;
  readonly syncRule: SyncRule | null;
  readonly maintenance: Maintenance;
}

/** Where a standby gets its log from. */
export interface Upstream {
  readonly host: string;
  readonly port: number;
  readonly slot: string;
}

/** `FIRST 1 ("a", "b")`, or the empty text when nobody is waited for. */
function syncStandbyNames(rule: SyncRule | null): string {
  if (rule === null) return '';
  const names = rule.nodes.map((node) => `"${node.replaceAll('"', '""')}"`);
  return `${rule.method.toUpperCase()} ${rule.count} (${names.join(', ')})`;
}

/** A replication slot's name may hold lower-case letters, digits and underscores only; a digest keeps it unique. */
export function slotNameOf(nodeId: string): string {
  const readable = nodeId
    .toLowerCase()
    .replaceAll(/[^a-z0-9]/g, '_')
    .slice(0, 48);
  return `${readable}_${digestOfBytes(nodeId).slice(0, 8)}`;
}

/** The settings of one server, for a file that its `postgresql.conf` includes. */
export function serverSettings({
  nodeId,
  port,
  majorVersion,
  syncRule,
  maintenance,
}: ServerFacts): string {
  return settingsText({
    cluster_name: nodeId,
    listen_addresses: '127.0.0.1',
    port,
    unix_socket_directories: '',
    max_connections: 200,
    shared_buffers: '128MB',
    // One server of three is enough to fill a small machine with helpers; reads are served from memory anyway.
    ...(majorVersion >= 18 ? { io_method: 'sync' } : {}),
    jit: 'off',
    max_parallel_workers_per_gather: 0,
    autovacuum: maintenance.autovacuum ? 'on' : 'off',
    checkpoint_timeout: `${maintenance.checkpointTimeoutMs / 1_000}s`,
    max_wal_size: `${maintenance.maxWalBytes / 1024 ** 2}MB`,
    wal_level: 'logical',
    wal_log_hints: 'on',
    wal_keep_size: '512MB',
    max_slot_wal_keep_size: '1GB',
    max_wal_senders: 10,
    max_replication_slots: 10,
    synchronous_standby_names: syncStandbyNames(syncRule),
    hot_standby: 'on',
    hot_standby_feedback: 'off',
    wal_receiver_status_interval: '1s',
    wal_retrieve_retry_interval: '100ms',
    recovery_target_timeline: 'latest',
    track_wal_io_timing: 'off',
    log_checkpoints: 'on',
    log_line_prefix: '%m [%p] %b ',
  });
}

/** The settings that make a server a standby of `upstream`, or the empty text for none. */
export function upstreamSettings(nodeId: string, upstream: Upstream | null): string {
  if (upstream === null) return '';
  const conninfo = {
    host: upstream.host,
    port: upstream.port,
    user: labDatabase.replicationUser,
    application_name: nodeId,
    // Each kind of encryption that libpq asks for and is refused costs one more round trip on the link.
    sslmode: 'disable',
    gssencmode: 'disable',
    connect_timeout: 10,
  };
  const words = Object.entries(conninfo).map(([key, value]) => `${key}=${conninfoValue(value)}`);
  return settingsText({ primary_conninfo: words.join(' '), primary_slot_name: upstream.slot });
}

/** Who may connect: the application and the standbys without a password, the administrator with one. */
export function accessRules(): string {
  const { user, replicationUser, adminUser } = labDatabase;
  return [
    `host replication ${replicationUser} 127.0.0.1/32 trust`,
    // Subscriptions of other shards: they replicate within the database.
    `host ${labDatabase.name} ${replicationUser} 127.0.0.1/32 trust`,
    `host all ${user} 127.0.0.1/32 trust`,
    `host all ${adminUser} 127.0.0.1/32 scram-sha-256`,
    '',
  ].join('\n');
}

function settingsText(settings: Readonly<Record<string, string | number>>): string {
  const lines = Object.entries(settings).map(([name, value]) =>
    typeof value === 'number' ? `${name} = ${value}` : `${name} = '${value.replaceAll("'", "''")}'`,
  );
  return `${lines.join('\n')}\n`;
}

function conninfoValue(value: string | number): string {
  return `'${String(value).replaceAll(/['\\]/g, String.raw`\$&`)}'`;
}
