// One connection of the load driver: opened, warmed (statement prepared, caches filled), then one request at a time.
// It survives the promotion of the standby that it leads to. A lost one reports itself once; reopening is the
// pool's business.
import { Client, type ClientConfig, type QueryConfig } from 'pg';
import type { Outcome } from '../../twin/samples.ts';
import type { Backend } from './backend-cpu.ts';
import type { LoadClass } from './config.ts';
import type { Seat } from './lane.ts';
import { isConnectionLost, isReservation, outcomeOfError, statementOf } from './statements.ts';

const connectLimitMs = 5000;
const warmRounds = 3;

/** What a new connection tries its statement with. */
const trial = { request: 0, key: 0, tenant: 'warm-up', size: 0 };

/** Where a connection leads, and which statements it will carry. */
export interface Target {
  readonly lane: string;
  readonly node: string;
  readonly kind: LoadClass['kind'];
  readonly client: ClientConfig;
}

/** How a request on a connection ended; `usable` when the connection can carry the next one. */
export interface Answer {
  readonly outcome: Outcome;
  readonly error: Error | null;
  readonly usable: boolean;
}

export class LoadConnection implements Seat, Backend {
  readonly lane: string;
  readonly node: string;
  readonly #kind: LoadClass['kind'];
  readonly #client: Client;
  #reserved = false;
  #lost = false;

  private constructor(target: Target) {
    this.lane = target.lane;
    this.node = target.node;
    this.#kind = target.kind;
    this.#client = new Client({ ...target.client, connectionTimeoutMillis: connectLimitMs });
    this.#client.on('notice', (notice) => {
      if (isReservation(notice)) this.#reserved = true;
    });
    // A server that dies under an idle connection reports here first; 'end' follows and is what counts.
    this.#client.on('error', () => undefined);
  }

  /** Connects and warms up; rejects when the node cannot be reached. `onLost` is called at most once, later. */
  static async open(
    target: Target,
    onLost: (connection: LoadConnection) => void,
  ): Promise<LoadConnection> {
    const connection = new LoadConnection(target);
    try {
      await connection.#client.connect();
      await connection.#warm();
    } catch (error) {
      await connection.close();
      throw error;
    }
    connection.#client.once('end', () => {
      if (!connection.#lost) onLost(connection);
      connection.#lost = true;
    });
    return connection;
  }

  /** The process behind this connection, as the server named it when it was opened. */
  get serverPid(): number | null {
    // The client knows it from the server's greeting; its type does not say so.
    return (this.#client as Client & { readonly processID?: number | null }).processID ?? null;
  }

  get lost(): boolean {
    return this.#lost;
  }

  /** Sends one request; `onAnswer` is called exactly once, when its fate is known. */
  execute(statement: QueryConfig, onAnswer: (answer: Answer) => void): void {
    this.#reserved = false;
    this.#client.query(statement, (error: Error | null) => {
      if (error === null) {
        onAnswer({ outcome: this.#reserved ? 'in-doubt' : 'acknowledged', error, usable: true });
        return;
      }
      const outcome = outcomeOfError(this.#kind, error);
      if (isConnectionLost(error)) onAnswer({ outcome, error, usable: false });
      // The server is ready for the next statement only after the rest of its answer.
      else this.#client.once('drain', () => onAnswer({ outcome, error, usable: true }));
    });
  }

  /** Says goodbye; a server that does not answer is left after a moment. */
  async close(): Promise<void> {
    this.#lost = true;
    const goodbye = this.#client.end().catch(() => undefined);
    const patience = new Promise<void>((resolve) => setTimeout(resolve, 300).unref());
    await Promise.race([goodbye, patience]);
  }

  /** Prepares the statement and lets the backend load its catalogue; the trial row is rolled back. */
  async #warm(): Promise<void> {
    for (let round = 0; round < warmRounds; round++) {
      if (this.#kind === 'write') await tryWrite(this.#client);
      else await this.#client.query(statementOf(this.#kind, trial));
    }
  }
}

/** One write that is rolled back. A standby prepares the statement and then refuses to run it (25006): that is enough of it. */
export async function tryWrite(client: Client): Promise<void> {
  await client.query('begin');
  try {
    await client.query(statementOf('write', trial));
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === '25006')) throw error;
  } finally {
    await client.query('rollback');
  }
}
