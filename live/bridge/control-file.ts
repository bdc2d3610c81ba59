// What a stopped server says about itself: the head of its `global/pg_control`. It is the witness that a primary was shut
// down cleanly and how far its log goes, which nobody can ask a server that is down. Read only, never written.
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { endianness } from 'node:os';
import { UserError } from '../../engine/failure.ts';

/** `shut-down`: ended as a primary, with a checkpoint as the last thing in its log. `stopped-standby`: so as a standby. */
type ServerEnd = 'shut-down' | 'stopped-standby' | 'running-standby' | 'not-shut-down';

export interface ControlFile {
  readonly systemIdentifier: string;
  readonly end: ServerEnd;
  /** Where the record of its last checkpoint begins. */
  readonly checkpointLsn: bigint;
  readonly timeline: number;
}

/**
 * Offsets in `ControlFileData` (src/include/catalog/pg_control.h), unchanged since version 12 of the server: system
 * identifier, state, time, location of the last checkpoint, then its copy (redo location, timeline).
 */
const offsets = { systemIdentifier: 0, state: 16, checkpointLsn: 32, timeline: 48 } as const;

/** `enum DBState`: what a killed server leaves there is what it was doing. */
const ends: Readonly<Record<number, ServerEnd>> = {
  1: 'shut-down',
  2: 'stopped-standby',
  5: 'running-standby',
};

/** Reads the control file of a server on this host. UserError('environment') when it is not there or too short. */
export async function readControlFile(dataDirectory: string): Promise<ControlFile> {
  const file = join(dataDirectory, 'global', 'pg_control');
  const bytes = await readFile(file).catch((error: unknown) => {
    throw unreadable(file, error instanceof Error ? error.message : String(error));
  });
  if (bytes.length < 64) throw unreadable(file, `${bytes.length} bytes`);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const isLittle = endianness() === 'LE';
  return {
    systemIdentifier: view.getBigUint64(offsets.systemIdentifier, isLittle).toString(),
    end: ends[view.getUint32(offsets.state, isLittle)] ?? 'not-shut-down',
    checkpointLsn: view.getBigUint64(offsets.checkpointLsn, isLittle),
    timeline: view.getUint32(offsets.timeline, isLittle),
  };
}

/** A position as Postgres writes it. */
export function formatLsn(lsn: bigint): string {
  const hex = (half: bigint): string => half.toString(16).toUpperCase();
  return `${hex(lsn >> 32n)}/${hex(lsn & 0xffff_ffffn)}`;
}

function unreadable(file: string, why: string): UserError {
  return new UserError('environment', {
    message: `the control file of a stopped server cannot be read: ${why}`,
    place: { file },
    remedy: 'check that the data directory is on this machine and readable',
  });
}
