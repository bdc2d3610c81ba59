// What the servers of a lab hold, and how it gets there: made from nothing, cloned from a neighbour's files, or received over
// the network as in earnest. Whom a server follows and whether it runs is the cluster's business.
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Estate, Shard } from '../../twin/estate/estate.ts';
import { openServer, type ServerAddress } from '../bridge/postgres.ts';
import { receiveBackup, type CopyWay } from './base-backup.ts';
import { cloneData } from './clone.ts';
import { giveTo } from './host-user.ts';
import { seedStatements } from './seed.ts';
import type { PostgresServer, ServerHost } from './server.ts';
import { labDatabase, serverSettings } from './settings.ts';

interface ContentsPlan {
  readonly estate: Pick<Estate, 'fleets'>;
  readonly directory: string;
  readonly adminPassword: string;
  readonly host: ServerHost;
}

/** A server and the shard that its settings come from. */
interface Place {
  readonly server: PostgresServer;
  readonly shard: Shard;
}

/** The administrator's way to a server, past the proxy. */
export function adminAddressOf(
  { nodeId, port }: PostgresServer,
  database: string,
  password: string,
): ServerAddress {
  const { adminUser: user } = labDatabase;
  return { name: nodeId, host: '127.0.0.1', port, database, user, password };
}

export class Contents {
  readonly #plan: ContentsPlan;

  constructor(plan: ContentsPlan) {
    this.#plan = plan;
  }

  /** A new server with roles, tables and data; it runs when this returns, and waits for nobody yet. */
  async create(server: PostgresServer, shard: Shard): Promise<void> {
    const { adminPassword, directory, host } = this.#plan;
    const passwordFile = join(directory, `${server.nodeId}.password`);
    await mkdir(directory, { recursive: true });
    await writeFile(passwordFile, `${adminPassword}\n`, { mode: 0o600 });
    await giveTo(host.user, passwordFile);
    await server.initialise(passwordFile);
    // Nobody is waited for until there are standbys; the rule is written with the first clone.
    await this.#writeSettings({ server, shard: { ...shard, syncRule: null } });
    await server.start();
    await this.#seed(server, shard);
    await this.#writeSettings({ server, shard });
  }

  /** A stopped server's data, cloned from a running one on this host. */
  async clone(place: Place, source: PostgresServer): Promise<void> {
    await place.server.makeDirectory();
    const client = await openServer(this.#address(source, labDatabase.name));
    try {
      const paths = { from: source.dataDirectory, to: place.server.dataDirectory };
      await cloneData(client, paths, this.#plan.host.user);
    } finally {
      await client.end();
    }
    await this.#writeSettings(place);
  }

  /** A stopped server's data, received over a way from a running one; its directory is there and holds nothing of worth. */
  async receive(
    place: Place,
    way: CopyWay,
    bytesPerSec: number,
  ): Promise<{ readonly bytes: number }> {
    const received = await receiveBackup({
      way,
      user: labDatabase.replicationUser,
      directory: place.server.dataDirectory,
      owner: this.#plan.host.user,
      bytesPerSec,
    });
    await this.#writeSettings(place);
    return received;
  }

  async #seed(server: PostgresServer, { id, commitMode, dataBytes }: Shard): Promise<void> {
    const { fleets } = this.#plan.estate;
    const everyone = fleets.flatMap((fleet) => fleet.tenants);
    const haveRows = everyone.some((tenant) => tenant.dataBytes !== null);
    const tenants = haveRows ? everyone.filter(({ shard }) => shard === id) : null;
    for (const { database, text } of seedStatements({ commitMode, dataBytes, tenants })) {
      const client = await openServer(this.#address(server, database));
      try {
        await client.query(text);
      } finally {
        await client.end();
      }
    }
  }

  #writeSettings({ server, shard: { syncRule, maintenance } }: Place): Promise<void> {
    const { nodeId, port } = server;
    const { majorVersion } = this.#plan.host.binaries;
    return server.writeSettings(
      serverSettings({ nodeId, port, majorVersion, syncRule, maintenance }),
    );
  }

  #address(server: PostgresServer, database: string): ServerAddress {
    return adminAddressOf(server, database, this.#plan.adminPassword);
  }
}
