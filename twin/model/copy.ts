// A server's data on its way to another: sent in slices as Postgres throttles a base backup, over a link that the log shares.
import { assert } from '../../engine/failure.ts';
import { delay, type Command } from '../../engine/process.ts';
import type { Simulation } from '../../engine/simulation.ts';
import type { Network } from './network.ts';

/**
 * A throttled backup sends an eighth of a second's bytes and then waits until that eighth is over, which the last, partial
 * slice does not (src/backend/backup/basebackup_throttle.c).
 */
export const throttleSliceMs = 125;

/** What is sent before it is looked at whether the link takes more. */
const pieceBytes = 256 * 1024;

/** Bytes that may be under way on one connection: as many as the lab's proxy takes (live/proxy/tunnel.ts). */
const windowBytes = 8 * 1024 * 1024;

export interface CopyOrder {
  readonly from: string;
  readonly to: string;
  readonly bytes: number;
  /** What was asked for at most, and what the server can do. */
  readonly limitPerSec: number;
  readonly serverPerSec: number;
}

/** A process that is over when the last byte has arrived. */
export function* copyBytes(
  { from, to, bytes, limitPerSec, serverPerSec }: CopyOrder,
  { simulation, network }: { readonly simulation: Simulation; readonly network: Network },
): Generator<Command, void, void> {
  assert(network.oneWayMs(from, to) < Infinity, `a link leads from ${from} to ${to}`);
  const sliceBytes = (limitPerSec * throttleSliceMs) / 1_000;
  const ahead = windowBytes / pieceBytes;
  const arrivals: number[] = [];
  let sliceStartMs = simulation.nowMs;
  let untilSliceEnd = sliceBytes;
  for (let left = bytes; left > 0;) {
    const piece = Math.min(left, pieceBytes, untilSliceEnd);
    yield* until(arrivals[arrivals.length - ahead] ?? 0, simulation);
    yield delay((piece / serverPerSec) * 1_000);
    arrivals.push(network.send(from, to, piece, simulation.nowMs));
    left -= piece;
    untilSliceEnd -= piece;
    if (untilSliceEnd > 0) continue;
    yield* until(sliceStartMs + throttleSliceMs, simulation);
    sliceStartMs = simulation.nowMs;
    untilSliceEnd = sliceBytes;
  }
  yield* until(arrivals.at(-1) ?? 0, simulation);
}

function* until(atMs: number, { nowMs }: Simulation): Generator<Command, void, void> {
  if (atMs > nowMs) yield delay(atMs - nowMs);
}
