// The address of a server as people give it: postgresql://user:password@host:port/database?sslmode=require. Whatever is
// wrong with it is told without repeating it, because a password may stand in it.
import { UserError, nearestNames } from '../../engine/failure.ts';
import type { ServerAddress } from '../bridge/postgres.ts';

const sslModes: Readonly<Record<string, NonNullable<ServerAddress['ssl']>>> = {
  disable: false,
  require: { rejectUnauthorized: false },
  'verify-full': true,
};

const defaultPort = 5432;

/** Throws UserError('usage') for anything that is not such an address. Without a password, PGPASSWORD is used. */
export function parseServerUrl(text: string): ServerAddress {
  const url = URL.canParse(text) ? new URL(text) : null;
  if (url === null || !/^postgres(ql)?:$/.test(url.protocol) || url.hostname === '') {
    throw badUrl('is not the address of a Postgres server');
  }
  const database = decoded(url.pathname.slice(1));
  const user = decoded(url.username);
  if (user === '') throw badUrl('names no user');
  if (database === '') throw badUrl('names no database');
  const password = decoded(url.password);
  const host = url.hostname.replace(/^\[(.*)\]$/, '$1');
  const port = url.port === '' ? defaultPort : Number(url.port);
  return {
    name: 'the server',
    host,
    port,
    database,
    user,
    ssl: sslOf(url.searchParams),
    ...(password === '' ? {} : { password }),
  };
}

function sslOf(parameters: URLSearchParams): NonNullable<ServerAddress['ssl']> {
  for (const name of parameters.keys()) {
    if (name !== 'sslmode') throw badUrl(`has a parameter "${name}" that is not understood`);
  }
  const mode = parameters.get('sslmode') ?? 'disable';
  const ssl = Object.hasOwn(sslModes, mode) ? sslModes[mode] : undefined;
  if (ssl !== undefined) return ssl;
  const [near] = nearestNames(mode, Object.keys(sslModes), 1);
  throw badUrl(
    `has the sslmode "${mode}"`,
    `${near === undefined ? '' : `did you mean ${near}? `}choose one of ${Object.keys(sslModes).join(', ')}`,
  );
}

/** A stray % is taken as it is. */
function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}

function badUrl(
  what: string,
  remedy = 'write postgresql://USER@HOST:PORT/DATABASE and give the password as PGPASSWORD',
): UserError {
  return new UserError('usage', { message: `the address of the server ${what}`, remedy });
}
