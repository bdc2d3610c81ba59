// The load driver as a child of the lab: started with a configuration, asked over its control socket, stopped. It exists
// so that a load outlives the executor; what the driver does with its configuration is its own business.
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { UserError } from '../../engine/failure.ts';
import {
  connectControl,
  failureSchema,
  fromWireFailure,
  parseJson,
  type ControlClient,
} from '../control-socket.ts';
import { endProcess, identityOf, type ProcessIdentity } from '../processes.ts';

/** What the lab reads of a configuration; the rest is passed on. */
const configSchema = z.looseObject({
  run: z.string(),
  outDirectory: z.string(),
  shard: z.string(),
});

/** What the lab reads of the driver's own status. */
const statusSchema = z.looseObject({ startedAtEpochMs: z.number().nullish() });

/** The line by which a driver says why it ends. */
const failedSchema = z.looseObject({ kind: z.literal('failed'), error: failureSchema });

/** A driver that is ready. `startedAtEpochMs` is time 0 of its trace. */
export interface LoadStarted {
  readonly run: string;
  readonly pid: number;
  readonly controlSocket: string;
  readonly startedAtEpochMs: number;
}

/** What the drivers of a lab are told by it: all of them the socket, and for a shard what a configuration may say otherwise. */
export interface LabFacts {
  readonly controlSocket: string;
  readonly defaultsFor: (shard: string) => object;
}

/** What is prepared around a load, such as the machine's processors. */
export interface LoadSurroundings {
  /** A driver is about to start. */
  prepare(): void;
  /** It has opened its connections; its trace has not begun. */
  settle(): void;
  /** No driver runs any more. */
  restore(): void;
}

interface RunningLoad {
  readonly run: string;
  readonly child: ChildProcess;
  readonly identity: ProcessIdentity;
  readonly logFile: string;
}

/** The last run that was asked for. */
interface LatestRun {
  readonly run: string;
  readonly started: Promise<LoadStarted>;
  isWarming: boolean;
}

const warmLimitMs = 60_000;
const stopLimitMs = 10_000;
const graceMs = 5_000;
const pollEveryMs = 10;

export class LoadProcess {
  readonly #facts: LabFacts;
  readonly #surroundings: LoadSurroundings;
  readonly #onStarted: (identity: ProcessIdentity) => void;
  #running: RunningLoad | null = null;
  #latest: LatestRun | null = null;
  #ended: { readonly run: string; readonly exit: number | string } | null = null;

  constructor(
    facts: LabFacts,
    surroundings: LoadSurroundings,
    onStarted: (identity: ProcessIdentity) => void,
  ) {
    this.#facts = facts;
    this.#surroundings = surroundings;
    this.#onStarted = onStarted;
  }

  /**
   * Starts a driver and waits until it knows when its trace begins. A run is played once: whoever asks again for the same
   * one, also while it warms up or after its end, gets the same answer. Another run is refused while one is playing.
   */
  start(config: unknown): Promise<LoadStarted> {
    const { run } = configSchema.parse(config);
    if (this.#latest?.run === run) return this.#latest.started;
    if (this.#latest !== null && (this.#running !== null || this.#latest.isWarming)) {
      throw new UserError('refused', {
        message: `the load of run ${this.#latest.run} is still playing`,
        remedy: 'stop it first, or wait for its end',
      });
    }
    const latest = { run, isWarming: true, started: this.#launch(config) };
    this.#latest = latest;
    const settled = (): void => {
      latest.isWarming = false;
    };
    latest.started.then(settled, () => {
      settled();
      // A run that did not begin may be tried again.
      if (this.#latest === latest) this.#latest = null;
    });
    return latest.started;
  }

  /** The driver's own status; when none is running, how the last one ended. */
  async status(): Promise<object> {
    const running = this.#running;
    if (running === null) return { running: false, ...this.#ended };
    try {
      const driver = await this.#ask('status');
      return { running: true, run: running.run, ...z.looseObject({}).parse(driver) };
    } catch (error) {
      // A driver that has written its files closes its socket a moment before its process is gone.
      await Promise.race([once(running.child, 'exit'), sleep(graceMs)]);
      if (this.#running === running) throw error;
      return { running: false, ...this.#ended };
    }
  }

  /** Sends the requests of a shard to another node from now on; without a running driver there are none. */
  async switchMap(shard: string, primary: string, epoch: number): Promise<{ told: boolean }> {
    if (this.#running === null) return { told: false };
    await this.#ask('switch-map', { shard, primary, epoch });
    return { told: true };
  }

  /** Asks the driver to stop, waits until it has written its files, and ends it when it does not. */
  async stop(): Promise<{ stopped: boolean }> {
    const running = this.#running;
    if (running === null) return { stopped: false };
    const gone = once(running.child, 'exit', { signal: AbortSignal.timeout(stopLimitMs) });
    // A driver that cannot be asked any more is ended below.
    await this.#ask('stop').catch(() => undefined);
    await gone.catch(() => endProcess(running.identity, 'SIGTERM', graceMs));
    return { stopped: true };
  }

  async #launch(config: unknown): Promise<LoadStarted> {
    const { run, outDirectory, shard, ...rest } = configSchema.parse(config);
    await mkdir(outDirectory, { recursive: true });
    const { controlSocket, defaultsFor } = this.#facts;
    const full = { ...defaultsFor(shard), run, outDirectory, shard, ...rest, controlSocket };
    const configFile = join(outDirectory, 'load.json');
    await writeFile(configFile, `${JSON.stringify(full, null, 2)}\n`);
    this.#surroundings.prepare();
    this.#running = this.#spawn(run, configFile, join(outDirectory, 'driver.log'));
    const started = await this.#waitUntilWarm(this.#running);
    this.#surroundings.settle();
    return started;
  }

  #spawn(run: string, configFile: string, logFile: string): RunningLoad {
    const log = openSync(logFile, 'a');
    const driver = new URL('../load/driver.ts', import.meta.url).pathname;
    const child = spawn(process.execPath, [driver, configFile], {
      // A driver follows its parent when the pipe on its stdin closes, however that happens.
      stdio: ['pipe', log, log],
      detached: true,
    });
    closeSync(log);
    const end = (exit: number | string): void => {
      if (this.#running?.child === child) {
        this.#running = null;
        this.#surroundings.restore();
      }
      this.#ended = { run, exit };
    };
    child.on('exit', (code, signal) => end(code ?? signal ?? 'unknown'));
    // A process that never came into being does not exit.
    child.on('error', (error) => end(error.message));
    child.stdin?.on('error', () => undefined);
    const identity = identityOf(child.pid ?? 0);
    if (child.pid !== undefined) this.#onStarted(identity);
    return { run, child, identity, logFile };
  }

  async #waitUntilWarm({ run, child, identity, logFile }: RunningLoad): Promise<LoadStarted> {
    const deadlineMs = performance.now() + warmLimitMs;
    while (this.#running?.child === child && performance.now() < deadlineMs) {
      const { startedAtEpochMs } = await this.#askWhileStarting();
      if (typeof startedAtEpochMs === 'number') {
        const { controlSocket } = this.#facts;
        return { run, pid: identity.pid, controlSocket, startedAtEpochMs };
      }
      await sleep(pollEveryMs);
    }
    await endProcess(identity, 'SIGTERM', graceMs);
    throw await failureIn(logFile);
  }

  /** While it starts, a driver may not listen yet, and it may end. */
  async #askWhileStarting(): Promise<z.infer<typeof statusSchema>> {
    const answer = await this.#ask('status').catch(() => ({}));
    return statusSchema.parse(answer);
  }

  async #ask(verb: string, args: object = {}): Promise<unknown> {
    let client: ControlClient | null = null;
    try {
      client = await connectControl(this.#facts.controlSocket, pollEveryMs);
      return await client.call(verb, args, stopLimitMs);
    } finally {
      client?.close();
    }
  }
}

/** Why a driver did not start: what it said itself, or else the end of its log. */
async function failureIn(logFile: string): Promise<Error> {
  const lines = (await readFile(logFile, 'utf8')).trim().split('\n');
  for (const line of lines.toReversed()) {
    const said = failedSchema.safeParse(parseJson(line));
    if (said.success) return fromWireFailure(said.data.error);
  }
  return new UserError('environment', {
    message: `the load driver did not start: ${lines.slice(-5).join(' ')}`,
    remedy: `its log is ${logFile}`,
  });
}
