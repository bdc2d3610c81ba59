// What every station with servers of its own asks for.
import { assert } from '../failure.ts';

/** Throws when a station cannot have so many servers. */
export function checkServers(name: string, servers: number): void {
  assert(
    Number.isInteger(servers) && servers > 0,
    `station ${name} needs servers from 1, not ${servers}`,
  );
}
