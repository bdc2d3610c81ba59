// One Postgres server of the lab: its data directory and its process. It exists to start and stop servers to the
// millisecond and to say in one sentence why one did not start. Roles and replication are cluster.ts's business.
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, fstatSync, openSync } from 'node:fs';
import { appendFile, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { assert, UserError } from '../../engine/failure.ts';
import { pinnedCommand } from '../placement/host-means.ts';
import { childrenOf, identityOf, killProcess, type ProcessIdentity } from '../processes.ts';
import type { Binaries } from './binaries.ts';
import { giveTo, type HostUser } from './host-user.ts';
import { accessRules, labDatabase } from './settings.ts';

/** How a server is stopped: `fast` hands all log to its standbys first, `immediate` does not even write a checkpoint. */
export type StopMode = 'fast' | 'immediate';

/** What all servers of a lab have in common. */
export interface ServerHost {
  readonly binaries: Binaries;
  readonly user: HostUser | null;
  readonly logDirectory: string;
  /** Processors that servers are bound to; null: any. */
  readonly processors: readonly number[] | null;
  /** Told of each process that must not outlive the lab. */
  readonly onStarted: (identity: ProcessIdentity) => void;
}

const startLimitMs = 30_000;
const stopLimitMs = 60_000;
const pollEveryMs = 2;
const stopSignals = { fast: 'SIGINT', immediate: 'SIGQUIT' } as const;

/** Line of `postmaster.pid` that says how far the server is (src/backend/utils/init/miscinit.c). */
const statusLine = 7;

export class PostgresServer {
  readonly nodeId: string;
  readonly port: number;
  readonly dataDirectory: string;
  readonly #host: ServerHost;
  #process: ChildProcess | null = null;

  constructor(nodeId: string, port: number, dataDirectory: string, host: ServerHost) {
    this.nodeId = nodeId;
    this.port = port;
    this.dataDirectory = dataDirectory;
    this.#host = host;
  }

  /** The pid of the running server, or null. */
  get pid(): number | null {
    return this.#process?.pid ?? null;
  }

  /** Makes a new, empty cluster. The password file must be readable for the servers' user. */
  async initialise(passwordFile: string): Promise<void> {
    await this.makeDirectory();
    const log = this.#openLog();
    const child = spawn(
      this.#host.binaries.initdb,
      [
        `--pgdata=${this.dataDirectory}`,
        `--username=${labDatabase.adminUser}`,
        `--pwfile=${passwordFile}`,
        '--auth=scram-sha-256',
        '--encoding=UTF8',
        '--no-locale',
        '--no-sync',
      ],
      { ...this.#spawnOptions(), stdio: ['ignore', log, log] },
    );
    closeSync(log);
    const code = await exitCodeOf(child);
    if (code !== 0) throw await this.#startFailure(`initdb ended with ${code}`, 0);
    await this.#write('pg_hba.conf', accessRules());
    const includes = `include 'premortem.conf'\ninclude_if_exists 'upstream.conf'\n`;
    await appendFile(join(this.dataDirectory, 'postgresql.conf'), includes);
  }

  /** An empty data directory that only the servers' user may enter. */
  async makeDirectory(): Promise<void> {
    assert(this.pid === null, `${this.nodeId} runs, its data must not go`);
    await rm(this.dataDirectory, { recursive: true, force: true });
    await mkdir(this.dataDirectory, { recursive: true, mode: 0o700 });
    await giveTo(this.#host.user, this.dataDirectory);
  }

  /** Writes the server's own settings; they count from the next start on. */
  async writeSettings(text: string): Promise<void> {
    await this.#write('premortem.conf', text);
  }

  /** Writes where the log comes from. A running server is told; a stopped one starts as a standby next time. */
  async writeUpstream(text: string): Promise<void> {
    await this.#write('upstream.conf', text);
    if (this.pid === null) await this.#write('standby.signal', '');
    else process.kill(this.pid, 'SIGHUP');
  }

  /** Starts the server and waits until it accepts connections. A running one is left alone. */
  async start(): Promise<{ durationMs: number }> {
    const beganMs = performance.now();
    if (this.pid === null) await this.#launch();
    return { durationMs: performance.now() - beganMs };
  }

  /** Stops the server and waits until its process is gone. A stopped one is left alone. */
  async stop(mode: StopMode): Promise<{ durationMs: number }> {
    const beganMs = performance.now();
    const child = this.#process;
    if (child !== null) {
      const gone = once(child, 'exit', { signal: AbortSignal.timeout(stopLimitMs) });
      child.kill(stopSignals[mode]);
      await gone;
    }
    return { durationMs: performance.now() - beganMs };
  }

  /** Kills the server with all its processes, at once; it has no time to tell anybody. A stopped one is left alone. */
  kill(): void {
    const { pid } = this;
    if (pid === null) return;
    // Found before the first dies: orphans have another parent. They would go on for a moment, writing and answering.
    const all = [pid, ...childrenOf(pid)];
    for (const one of all) killProcess(one);
  }

  /** Resolves when the process of a killed server is gone. */
  async gone(): Promise<void> {
    const child = this.#process;
    if (child !== null) await once(child, 'exit', { signal: AbortSignal.timeout(stopLimitMs) });
  }

  async #launch(): Promise<void> {
    const log = this.#openLog();
    const logStart = fstatSync(log).size;
    const { binaries, processors } = this.#host;
    const [command, args] = pinnedCommand(processors, binaries.postgres, [
      '-D',
      this.dataDirectory,
    ]);
    const child = spawn(command, args, {
      ...this.#spawnOptions(),
      stdio: ['ignore', log, log],
      // A session of its own: Ctrl-C in a terminal must not stop servers behind the lab's back.
      detached: true,
    });
    closeSync(log);
    let ended: string | null = null;
    child.on('error', (error) => (ended = error.message));
    child.on('exit', (code, signal) => {
      ended = `the server ended with ${signal ?? code ?? 'an error'}`;
      this.#process = null;
    });
    if (child.pid !== undefined) {
      this.#process = child;
      this.#host.onStarted(identityOf(child.pid));
    }
    const deadlineMs = performance.now() + startLimitMs;
    while (!(await this.#acceptsConnections())) {
      if (ended !== null) throw await this.#startFailure(ended, logStart);
      if (performance.now() > deadlineMs) {
        throw await this.#startFailure(`not ready after ${startLimitMs} ms`, logStart);
      }
      await sleep(pollEveryMs);
    }
  }

  /** The server writes its state into its pid file, so that nobody has to knock at its port. */
  async #acceptsConnections(): Promise<boolean> {
    if (this.pid === null) return false;
    try {
      const lines = (await readFile(join(this.dataDirectory, 'postmaster.pid'), 'utf8')).split(
        '\n',
      );
      return lines[0] === String(this.pid) && lines[statusLine]?.trim() === 'ready';
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return false;
      throw error;
    }
  }

  /** One sentence that says why, from the server's own log. */
  async #startFailure(what: string, logStart: number): Promise<UserError> {
    const log = (await readFile(this.#logFile(), 'utf8')).slice(logStart);
    if (log.includes('Address already in use')) {
      return new UserError('environment', {
        message: `port ${this.port} of ${this.nodeId} is taken by another process`,
        remedy: 'start the lab again, or give it other ports',
      });
    }
    const reasons = log.split('\n').filter((line) => /FATAL|PANIC|error:/.test(line));
    return new UserError('environment', {
      message: `Postgres of ${this.nodeId} did not start: ${reasons.at(-1)?.trim() ?? what}`,
      remedy: `its log is ${this.#logFile()}`,
    });
  }

  async #write(name: string, text: string): Promise<void> {
    const path = join(this.dataDirectory, name);
    await writeFile(`${path}.new`, text, { mode: 0o600 });
    await giveTo(this.#host.user, `${path}.new`);
    await rename(`${path}.new`, path);
  }

  #logFile(): string {
    return join(this.#host.logDirectory, `${this.nodeId}.log`);
  }

  #openLog(): number {
    return openSync(this.#logFile(), 'a');
  }

  #spawnOptions(): { cwd: string; env: NodeJS.ProcessEnv; uid?: number; gid?: number } {
    const { user } = this.#host;
    // No variable of the caller's (PGPORT, PGDATA, a locale) may reach a server.
    const env = { PATH: process.env['PATH'] ?? '', LC_ALL: 'C', TZ: 'UTC' };
    const identity = user === null ? {} : { uid: user.uid, gid: user.gid };
    return { cwd: this.dataDirectory, env, ...identity };
  }
}

async function exitCodeOf(child: ChildProcess): Promise<number | string> {
  return new Promise((resolve) => {
    child.on('error', (error) => resolve(error.message));
    child.on('exit', (code, signal) => resolve(code ?? signal ?? 'an error'));
  });
}
