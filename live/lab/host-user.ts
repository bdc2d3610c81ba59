// Who runs the lab's servers, and may this user enter a directory? Postgres refuses to run as root, so root hands its
// servers to an unprivileged user that the host already has; anyone else runs them as himself.
import { statSync } from 'node:fs';
import { chown, readFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { UserError } from '../../engine/failure.ts';

export interface HostUser {
  readonly name: string;
  readonly uid: number;
  readonly gid: number;
}

/** The least privileged first: a host's own Postgres user owns databases that are none of the lab's business. */
const unprivilegedNames = ['nobody', 'postgres', 'daemon'];

/** The user that servers run as, or null when they run as the one who asks. */
export async function chooseServerUser(): Promise<HostUser | null> {
  if (process.getuid?.() !== 0) return null;
  const users = parsePasswd(await readFile('/etc/passwd', 'utf8'));
  for (const name of unprivilegedNames) {
    const user = users.find((candidate) => candidate.name === name && candidate.uid !== 0);
    if (user !== undefined) return user;
  }
  throw new UserError('environment', {
    message: `Postgres does not run as root, and none of these users exists: ${unprivilegedNames.join(', ')}`,
    remedy: 'start the lab as an ordinary user',
  });
}

/** May the user go through every directory from the root down to this one? Null is the one who asks: yes. */
export function canEnter(directory: string, user: HostUser | null): boolean {
  if (user === null) return true;
  for (let path = resolve(directory); ; path = dirname(path)) {
    const { mode, uid, gid } = statSync(path);
    const shift = uid === user.uid ? 6 : gid === user.gid ? 3 : 0;
    if (((mode >> shift) & 1) === 0) return false;
    if (path === dirname(path)) return true;
  }
}

/** Gives a file or directory to the servers' user; nothing to do when that is the one who asks. */
export async function giveTo(user: HostUser | null, path: string): Promise<void> {
  if (user !== null) await chown(path, user.uid, user.gid);
}

function parsePasswd(text: string): HostUser[] {
  return text.split('\n').flatMap((line) => {
    const [name, , uid, gid] = line.split(':');
    if (name === undefined || uid === undefined || gid === undefined) return [];
    // macOS writes nobody's ids as negative numbers.
    return [{ name, uid: Number(uid) >>> 0, gid: Number(gid) >>> 0 }];
  });
}
