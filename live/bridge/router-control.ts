// The router of a shard, as a step sees it: the load driver behind its control socket. A driver whose trace has ended
// answers nothing any more; then there are no requests to hold or to send elsewhere, and every order is fulfilled.
import { z } from 'zod';
import { UserError } from '../../engine/failure.ts';
import { connectControl, type ControlClient } from '../control-socket.ts';
import type { LabControl } from '../lab/lab-control.ts';

const stateSchema = z.object({
  run: z.string(),
  held: z.boolean(),
  inFlight: z.int().nonnegative(),
  queued: z.int().nonnegative(),
  sent: z.int().nonnegative(),
  done: z.int().nonnegative(),
  primary: z.string(),
  epoch: z.int().nonnegative(),
  lostConnections: z.int().nonnegative(),
});

/** The router's own counters at the moment of the answer. */
export type RouterState = z.infer<typeof stateSchema>;

const loadSchema = z.looseObject({ running: z.boolean(), run: z.string().optional() });

const connectLimitMs = 2_000;
const answerLimitMs = 5_000;

/** Orders to the router of one run. Each answers with the state afterwards, or null when the run's load has ended. */
export class RouterControl {
  readonly #control: LabControl;
  readonly #run: string;
  readonly #socketPath: string;
  #client: ControlClient | null = null;

  constructor(control: LabControl, run: string, socketPath: string) {
    this.#control = control;
    this.#run = run;
    this.#socketPath = socketPath;
  }

  state(): Promise<RouterState | null> {
    return this.#order('status', {}, answerLimitMs);
  }

  hold(shard: string): Promise<RouterState | null> {
    return this.#order('hold', { shard }, answerLimitMs);
  }

  /** Resolves when nothing is in flight; rejects after `limitMs`. */
  drained(limitMs: number): Promise<RouterState | null> {
    return this.#order('drained', { limitMs }, limitMs + answerLimitMs);
  }

  switchMap(shard: string, primary: string, epoch: number): Promise<RouterState | null> {
    return this.#order('switch-map', { shard, primary, epoch }, answerLimitMs);
  }

  release(shard: string): Promise<RouterState | null> {
    return this.#order('release', { shard }, answerLimitMs);
  }

  close(): void {
    this.#client?.close();
    this.#client = null;
  }

  async #order(verb: string, args: object, limitMs: number): Promise<RouterState | null> {
    try {
      this.#client ??= await this.#connect();
      return this.#client === null
        ? null
        : stateSchema.parse(await this.#client.call(verb, args, limitMs));
    } catch (error) {
      this.close();
      // What looks like a fault is none when the load came to its end in this moment.
      if (!(await this.#isPlaying())) return null;
      throw error;
    }
  }

  async #connect(): Promise<ControlClient | null> {
    if (!(await this.#isPlaying())) return null;
    return connectControl(this.#socketPath, connectLimitMs);
  }

  async #isPlaying(): Promise<boolean> {
    const { running, run } = loadSchema.parse(await this.#control.loadStatus());
    if (!running) return false;
    if (run === this.#run) return true;
    throw new UserError('refused', {
      message: `the lab plays the load of another run (${run ?? 'unnamed'})`,
      remedy: 'wait for its end',
    });
  }
}
