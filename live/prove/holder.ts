// Who works on a campaign: one process at a time, known by pid and start time, so that a campaign whose process was killed
// can be gone on with at once, and two processes never play the same cases.
import { linkSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { z } from 'zod';
import { UserError } from '../../engine/failure.ts';
import { identityOf, isRunning, type ProcessIdentity } from '../processes.ts';

const holderSchema = z.strictObject({ pid: z.int().positive(), startTime: z.string() });

/** Works on the campaign of a directory. UserError `refused` while another process does. */
export async function holdCampaign<T>(directory: string, work: () => Promise<T>): Promise<T> {
  const file = join(directory, 'holder.json');
  mkdirSync(directory, { recursive: true });
  take(file);
  try {
    return await work();
  } finally {
    rmSync(file, { force: true });
  }
}

/** Linking fails when the file is there, so of two that try at once one succeeds. */
function take(file: string): void {
  const draft = `${file}.${randomUUID()}`;
  writeFileSync(draft, JSON.stringify(identityOf(process.pid)));
  try {
    while (!linked(draft, file)) {
      const holder = readHolder(file);
      if (holder !== null && isRunning(holder)) throw held(file, holder);
      // Moved before it is removed: whoever moves it has it, and nobody removes a newer one.
      removeStale(file);
    }
  } finally {
    rmSync(draft, { force: true });
  }
}

function linked(draft: string, file: string): boolean {
  try {
    linkSync(draft, file);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

function readHolder(file: string): ProcessIdentity | null {
  try {
    return holderSchema.parse(JSON.parse(readFileSync(file, 'utf8')));
  } catch {
    // Gone meanwhile, or not ours to understand: either way nobody alive is named in it.
    return null;
  }
}

function removeStale(file: string): void {
  const aside = `${file}.stale-${randomUUID()}`;
  try {
    renameSync(file, aside);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return;
    throw error;
  }
  rmSync(aside, { force: true });
}

function held(file: string, { pid }: ProcessIdentity): UserError {
  return new UserError('refused', {
    message: `process ${pid} is playing this campaign`,
    place: { file },
    remedy: 'wait for it or stop it, or choose another --seed or --state',
  });
}
