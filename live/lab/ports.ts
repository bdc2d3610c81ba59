// Ports for servers that are stopped and started again. They lie below the range from which the system takes the local
// ports of outgoing connections; in there a port could be gone when its server comes back.
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { UserError } from '../../engine/failure.ts';

const lowestPort = 15_000;
const usualEphemeralStart = 32_768;

/**
 * Free loopback ports. With `firstPort` exactly that one and those behind it, and UserError('environment') when one is
 * taken; without, free ones from a random start.
 */
export async function choosePorts(count: number, firstPort?: number): Promise<readonly number[]> {
  if (firstPort !== undefined) return givenPorts(count, firstPort);
  const limit = await ephemeralStart();
  const span = limit - lowestPort;
  const start = Math.floor(Math.random() * span);
  const ports: number[] = [];
  for (let offset = 0; offset < span && ports.length < count; offset++) {
    const port = lowestPort + ((start + offset) % span);
    if (await isFree(port)) ports.push(port);
  }
  if (ports.length === count) return ports;
  throw new UserError('environment', {
    message: `there are no ${count} free ports between ${lowestPort} and ${limit}`,
    remedy: 'name the first of some free ports',
  });
}

async function givenPorts(count: number, firstPort: number): Promise<readonly number[]> {
  const ports = Array.from({ length: count }, (_, index) => firstPort + index);
  const taken = [];
  for (const port of ports) if (!(await isFree(port))) taken.push(port);
  if (taken.length === 0) return ports;
  throw new UserError(
    'environment',
    taken.map((port) => ({
      message: `port ${port} is taken by another process`,
      remedy: `the lab needs ${count} ports from ${firstPort} on: name another first port`,
    })),
  );
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = createServer();
    probe.once('error', () => resolve(false));
    probe.listen(port, '127.0.0.1', () => probe.close(() => resolve(true)));
  });
}

async function ephemeralStart(): Promise<number> {
  try {
    const text = await readFile('/proc/sys/net/ipv4/ip_local_port_range', 'utf8');
    return Math.max(Number.parseInt(text, 10), lowestPort + 1000);
  } catch {
    // Only Linux has this file; the usual start there is below that of the other systems.
    return usualEphemeralStart;
  }
}
