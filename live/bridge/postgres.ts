// Connections of the control plane to Postgres servers: direct, with bounded statements, and with one clear message for
// everything that can be wrong with an address or a password. What is asked over them is the business of the callers.
import { Client, DatabaseError } from 'pg';
import { UserError } from '../../engine/failure.ts';
import type { LabInfo } from '../lab/lab-info.ts';

/** Where a server is and as whom to speak to it. */
export interface ServerAddress {
  /** What people call it, for messages. */
  readonly name: string;
  readonly host: string;
  readonly port: number;
  readonly database: string;
  readonly user: string;
  readonly password?: string;
  /** Encryption; none unless given. */
  readonly ssl?: boolean | { readonly rejectUnauthorized: boolean };
}

const connectLimitMs = 5_000;
const statementLimitMs = 10_000;

/** SQLSTATE of a server that is starting, stopping or not yet consistent. */
const cannotConnectNow = '57P03';

/** SQLSTATE codes of refused log-ins and unknown databases. */
const refusedRemedies: Readonly<Record<string, string>> = {
  '28P01': 'check the password',
  '28000': 'check the user and the access rules of the server (pg_hba.conf)',
  '3D000': 'check the name of the database',
};

/** The administrator's address of a node of a lab. Throws UserError('missing') for a node that it does not have. */
export function adminAddress(lab: LabInfo, nodeId: string): ServerAddress {
  const node = lab.nodes.find(({ id }) => id === nodeId);
  if (node === undefined) {
    throw new UserError('missing', {
      message: `the lab has no node "${nodeId}"`,
      remedy: `nodes here: ${lab.nodes.map(({ id }) => id).join(', ')}`,
    });
  }
  const { name: database, adminUser: user, adminPassword: password } = lab.database;
  return { name: nodeId, host: node.host, port: node.port, database, user, password };
}

/** Connects the administrator to a node of a lab. The caller ends the client. */
export function openNode(lab: LabInfo, nodeId: string): Promise<Client> {
  return openServer(adminAddress(lab, nodeId));
}

/**
 * Connects to any server. Throws UserError('environment') when it cannot be reached or refuses the log-in. A connection
 * that is lost later fails its next query; it never ends the process.
 */
export async function openServer(address: ServerAddress): Promise<Client> {
  const { name, ...target } = address;
  const client = new Client({
    ...target,
    application_name: 'premortem',
    connectionTimeoutMillis: connectLimitMs,
    statement_timeout: statementLimitMs,
    keepAlive: true,
  });
  // Without a listener a server that is killed would end this process, too.
  client.on('error', () => undefined);
  try {
    await client.connect();
    return client;
  } catch (error) {
    await client.end().catch(() => undefined);
    const failure = new UserError('environment', connectMistake(name, address, error));
    failure.cause = error;
    throw failure;
  }
}

/** Did connecting fail because nobody answers there, or only a server that is starting or stopping? */
export function isUnreachable(error: unknown): boolean {
  if (!(error instanceof UserError) || error.cause === undefined) return false;
  return !(error.cause instanceof DatabaseError) || error.cause.code === cannotConnectNow;
}

function connectMistake(
  name: string,
  { host, port, user, database }: ServerAddress,
  error: unknown,
): { message: string; remedy: string } {
  const where = `${name} (${host}:${port})`;
  if (error instanceof DatabaseError) {
    const remedy = refusedRemedies[error.code ?? ''] ?? 'look at the log of the server';
    return {
      message: `${where} refuses user "${user}" on "${database}": ${error.message}`,
      remedy,
    };
  }
  const reason = error instanceof Error ? error.message : String(error);
  return {
    message: `${where} cannot be reached as user "${user}": ${reason}`,
    remedy: 'check that the server is up and that host, port and password are right',
  };
}
