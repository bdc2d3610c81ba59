// The beating of one primary as its monitor hears it: a connection of the control plane, a question every heartbeat, and
// what follows from answers, resets and silence by the rules of `twin/failover/watch.ts`. It ends with one message: dead.
import type { Client } from 'pg';
import type { FailoverRule } from '../../../twin/estate/estate.ts';
import {
  beginWatch,
  leaseEndMs,
  observe,
  type Sign,
  type Watch,
} from '../../../twin/failover/watch.ts';
import { openServer, type ServerAddress } from '../../bridge/postgres.ts';

/** Why a primary was given up. */
export type Death = Extract<Watch, { kind: 'dead' }>;

export class Heart {
  readonly #address: ServerAddress;
  readonly #rule: FailoverRule;
  readonly #onDeath: (death: Death) => void;
  #beat: NodeJS.Timeout;
  #lease: NodeJS.Timeout | undefined;
  #client: Client;
  #watch: Watch;
  #isAsking = false;
  #isClosed = false;

  private constructor(
    client: Client,
    options: {
      readonly address: ServerAddress;
      readonly rule: FailoverRule;
      readonly onDeath: (death: Death) => void;
    },
  ) {
    this.#address = options.address;
    this.#rule = options.rule;
    this.#onDeath = options.onDeath;
    this.#client = client;
    this.#watch = beginWatch(performance.now());
    this.#listen(client);
    // A monitor keeps step with nobody: what it watches may die at any point of its period.
    const { heartbeatMs } = options.rule;
    this.#beat = setTimeout(() => {
      void this.#ask();
      this.#beat = setInterval(() => void this.#ask(), heartbeatMs);
    }, Math.random() * heartbeatMs);
    this.#armLease();
  }

  /** Connects and begins to listen. Rejects when the node does not answer now: whoever is not alive cannot die. */
  static async of(
    address: ServerAddress,
    rule: FailoverRule,
    onDeath: (death: Death) => void,
  ): Promise<Heart> {
    return new Heart(await openServer(address), { address, rule, onDeath });
  }

  close(): void {
    this.#isClosed = true;
    clearInterval(this.#beat);
    clearTimeout(this.#lease);
    // Not awaited: a primary that has fallen silent does not say goodbye.
    void this.#client.end().catch(() => undefined);
  }

  async #ask(): Promise<void> {
    // One question at a time: behind one that nobody answers, others would only queue.
    if (this.#isAsking) return;
    this.#isAsking = true;
    try {
      await this.#client.query('select 1');
      this.#see({ kind: 'answer', atMs: performance.now() });
    } catch {
      // The end of the connection has its own listener; a refused question is no answer, and the lease runs on.
    } finally {
      this.#isAsking = false;
    }
  }

  #listen(client: Client): void {
    client.once('end', () => void this.#reconnect());
  }

  /** A connection may break while the server lives; a server that takes no new one is dead. */
  async #reconnect(): Promise<void> {
    if (this.#isClosed) return;
    try {
      const client = await openServer(this.#address);
      if (this.#isClosed) {
        await client.end();
        return;
      }
      this.#client = client;
      this.#listen(client);
      this.#see({ kind: 'answer', atMs: performance.now() });
    } catch {
      this.#see({ kind: 'refused', atMs: performance.now() });
    }
  }

  #see(sign: Sign): void {
    if (this.#isClosed) return;
    const before = this.#watch;
    this.#watch = observe(before, sign, this.#rule);
    if (this.#watch.kind === 'trusted') {
      this.#armLease();
    } else if (before.kind === 'trusted') {
      const death = this.#watch;
      this.close();
      this.#onDeath(death);
    }
  }

  #armLease(): void {
    clearTimeout(this.#lease);
    const leftMs = leaseEndMs(this.#watch, this.#rule) - performance.now();
    // Timers may ring a moment early, and the lease has run out only when it has.
    this.#lease = setTimeout(
      () => {
        this.#see({ kind: 'clock', atMs: performance.now() });
        if (this.#watch.kind === 'trusted' && !this.#isClosed) this.#armLease();
      },
      Math.ceil(Math.max(0, leftMs)),
    );
  }
}
