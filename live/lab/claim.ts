// The claim on a state directory: who runs its lab, and which directories must go when that process is dead. Taken
// before anything is created, so that whatever a killed lab left behind can be found and removed by the next one.
import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { link, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { UserError } from '../../engine/failure.ts';
import { endProcess, identityOf, isRunning, startTimeOf } from '../processes.ts';

const claimSchema = z.strictObject({
  schema: z.literal('premortem/lab-claim/v1'),
  estate: z.string(),
  daemon: z.strictObject({ pid: z.int().positive(), startTime: z.string() }),
  /** Everything that the lab creates lies in these directories; no other lab ever has the same ones. */
  directories: z.array(z.string()),
  dataDirectories: z.array(z.string()),
});

export type LabClaim = z.infer<typeof claimSchema>;

const serverGraceMs = 10_000;

/** The claim on a state directory, or null. It says nothing about whether its holder is alive. */
export function readClaim(stateDir: string): LabClaim | null {
  try {
    return parseClaim(readFileSync(claimPath(stateDir), 'utf8'), stateDir);
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT') return null;
    if (code === 'ENOTDIR' || code === 'EACCES') throw unusable(stateDir, message);
    throw error;
  }
}

/** The mistake of naming something as a state directory that no lab can be kept in. */
export function unusable(stateDir: string, reason: string): UserError {
  return new UserError('state', {
    message: `no lab can be kept here (${reason})`,
    place: { file: stateDir },
    remedy: 'choose another directory with --state',
  });
}

/** Is the holder of the claim still there? */
export function isHeld(claim: LabClaim): boolean {
  return isRunning(claim.daemon);
}

/**
 * Takes the claim, removing what a dead lab left behind. Throws UserError('refused') when a living lab holds it. Of two
 * that try at once, one succeeds.
 */
export async function takeClaim(stateDir: string, claim: LabClaim): Promise<void> {
  await mkdir(join(stateDir, 'lab'), { recursive: true });
  const draft = `${claimPath(stateDir)}.${randomUUID()}`;
  await writeFile(draft, `${JSON.stringify(claim, null, 2)}\n`, { mode: 0o600 });
  try {
    while (!(await linkOnce(draft, claimPath(stateDir)))) {
      const present = readClaim(stateDir);
      if (present === null) continue;
      if (isHeld(present)) throw secondLab(stateDir, present);
      await removeStale(stateDir);
    }
  } finally {
    await rm(draft, { force: true });
  }
}

/**
 * Removes the lab of a dead daemon: servers that are still there, directories, claim. Returns false when there was
 * none. A claim that was taken anew in the meantime is left alone.
 */
export async function removeStale(stateDir: string): Promise<boolean> {
  const aside = `${claimPath(stateDir)}.stale-${randomUUID()}`;
  try {
    await rename(claimPath(stateDir), aside);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return false;
    throw error;
  }
  const claim = parseClaim(await readFile(aside, 'utf8'), stateDir);
  const held = isHeld(claim);
  if (held) await linkOnce(aside, claimPath(stateDir));
  else await removeLeftovers(claim);
  await rm(aside, { force: true });
  return !held;
}

/** Ends servers that outlived their lab and removes everything that the claim names. */
async function removeLeftovers({ dataDirectories, directories }: LabClaim): Promise<void> {
  await Promise.all(dataDirectories.map(endServerOf));
  for (const directory of directories) await rm(directory, { recursive: true, force: true });
}

/** Gives the claim back. */
export async function dropClaim(stateDir: string): Promise<void> {
  await rm(claimPath(stateDir), { force: true });
}

/** A server writes its pid and, on line 3, the time of its start into its data directory. */
async function endServerOf(dataDirectory: string): Promise<void> {
  let lines: readonly string[];
  try {
    lines = (await readFile(join(dataDirectory, 'postmaster.pid'), 'utf8')).split('\n');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return;
    throw error;
  }
  const pid = Number(lines[0]);
  if (!Number.isInteger(pid) || pid <= 0 || startTimeOf(pid) === null) return;
  if (commandOf(pid)?.includes(dataDirectory) === false) return;
  await endProcess(identityOf(pid), 'SIGQUIT', serverGraceMs);
}

/** The command line of a process where the system shows it (Linux); elsewhere null, and the pid file is believed. */
function commandOf(pid: number): string | null {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8');
  } catch {
    return null;
  }
}

function claimPath(stateDir: string): string {
  return join(stateDir, 'lab', 'claim.json');
}

function parseClaim(text: string, stateDir: string): LabClaim {
  try {
    return claimSchema.parse(JSON.parse(text));
  } catch {
    throw new UserError('state', {
      message: 'not a claim of a lab',
      place: { file: claimPath(stateDir) },
      remedy: 'remove the file when no lab of this directory is running',
    });
  }
}

async function linkOnce(from: string, to: string): Promise<boolean> {
  try {
    await link(from, to);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

function secondLab(stateDir: string, { estate, daemon }: LabClaim): UserError {
  return new UserError('refused', {
    message: `a lab of estate "${estate}" is already up in ${stateDir} (process ${daemon.pid})`,
    remedy: 'stop it with "premortem lab down", or choose another directory with --state',
  });
}
