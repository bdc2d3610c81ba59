// One lasting administrator's connection to each server, opened on first use and again after a loss, so that a step
// inside a fence does not pay for a log-in. Only the daemon has them.
import type { Client } from 'pg';
import { openServer, type ServerAddress } from '../bridge/postgres.ts';

export class AdminSessions {
  readonly #sessions = new Map<string, Promise<Client>>();

  /** The connection to a server, by the name in its address. */
  async use(address: ServerAddress): Promise<Client> {
    const present = this.#sessions.get(address.name);
    if (present !== undefined) return present;
    const opened = openServer(address);
    this.#sessions.set(address.name, opened);
    try {
      const client = await opened;
      client.once('end', () => this.#forget(address.name, opened));
      return client;
    } catch (error) {
      this.#forget(address.name, opened);
      throw error;
    }
  }

  /** Ends the connection to a server, if there is one. A lost one cannot be ended politely and need not be. */
  async close(name: string): Promise<void> {
    const session = this.#sessions.get(name);
    this.#sessions.delete(name);
    await session?.then((client) => client.end()).catch(() => undefined);
  }

  async closeAll(): Promise<void> {
    await Promise.all([...this.#sessions.keys()].map((name) => this.close(name)));
  }

  #forget(name: string, session: Promise<Client>): void {
    if (this.#sessions.get(name) === session) this.#sessions.delete(name);
  }
}
