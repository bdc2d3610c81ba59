// A standby's data directory, copied from a running server by Postgres' low-level backup interface (the packaged
// binaries have no pg_basebackup): announce, copy files, end, keep the label. Both servers are on this host.
import { constants } from 'node:fs';
import { copyFile, mkdir, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Client } from 'pg';
import { giveTo, type HostUser } from './host-user.ts';

/** Directories whose contents a server makes anew; the same list that pg_basebackup leaves out. */
const emptied = new Set([
  'pg_wal',
  'pg_replslot',
  'pg_dynshmem',
  'pg_notify',
  'pg_serial',
  'pg_snapshots',
  'pg_stat_tmp',
  'pg_subtrans',
]);

/** Files that belong to one server, or to one start of it. */
const skipped = new Set([
  'postmaster.pid',
  'postmaster.opts',
  'upstream.conf',
  'standby.signal',
  'recovery.signal',
  'backup_label',
  'tablespace_map',
  'pg_internal.init',
  'pg_control',
]);

export interface ClonePaths {
  readonly from: string;
  readonly to: string;
}

/** Copies `from`, the data of the server behind `source`, to `to`, an empty directory. */
export async function cloneData(
  source: Client,
  paths: ClonePaths,
  user: HostUser | null,
): Promise<void> {
  await source.query(`select pg_backup_start('premortem', true)`);
  try {
    await copyDirectory(paths, user, true);
    // The control file last, as it may change while the rest is copied.
    await copyOne(paths, join('global', 'pg_control'), user);
  } finally {
    const label = await source.query<{ labelfile: string }>(
      'select labelfile from pg_backup_stop(false)',
    );
    const path = join(paths.to, 'backup_label');
    await writeFile(path, label.rows[0]?.labelfile ?? '', { mode: 0o600 });
    await giveTo(user, path);
  }
  for (const name of ['archive_status', 'summaries']) {
    await makeDirectory(join(paths.to, 'pg_wal', name), user);
  }
}

async function copyDirectory(
  { from, to }: ClonePaths,
  user: HostUser | null,
  isRoot: boolean,
): Promise<void> {
  for (const entry of await readdir(from, { withFileTypes: true })) {
    if (skipped.has(entry.name) || entry.name.startsWith('pgsql_tmp')) continue;
    if (!entry.isDirectory()) {
      await copyOne({ from, to }, entry.name, user);
      continue;
    }
    const inner = { from: join(from, entry.name), to: join(to, entry.name) };
    await makeDirectory(inner.to, user);
    if (!(isRoot && emptied.has(entry.name))) await copyDirectory(inner, user, false);
  }
}

async function makeDirectory(path: string, user: HostUser | null): Promise<void> {
  await mkdir(path, { mode: 0o700 });
  await giveTo(user, path);
}

/** A file that the running server removes meanwhile is not needed: the log that follows says so. */
async function copyOne(
  { from, to }: ClonePaths,
  name: string,
  user: HostUser | null,
): Promise<void> {
  try {
    await copyFile(join(from, name), join(to, name), constants.COPYFILE_FICLONE);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return;
    throw error;
  }
  await giveTo(user, join(to, name));
}
