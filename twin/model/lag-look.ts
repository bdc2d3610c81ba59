// One look at one stream of log, as its upstream sees it: what is confirmed of it, and how long the newest confirmation took.
import { lagPositions, type LagPosition, type LagSample } from '../lag.ts';
import type { WalStream } from './wal-stream.ts';

export interface Look {
  readonly atMs: number;
  /** What the upstream has on its own disk. */
  readonly flushedBytes: number;
  /** What a confirmation takes beyond what the stream reckons with. */
  readonly besideMs: (position: LagPosition) => number;
}

export function lookAt(stream: WalStream, { atMs, flushedBytes, besideMs }: Look): LagSample {
  const sample = { bytes: zeros(), ms: zeros() };
  for (const position of lagPositions) {
    const extraMs = besideMs(position);
    const piece = stream.confirmedPiece(position, atMs - extraMs);
    const bytes = stream.confirmedBytes(position, atMs - extraMs);
    const lastMs = stream.confirmedMs(position, piece) - stream.leftMs(piece) + extraMs;
    // A confirmation that is overdue counts for as long as it has been waited for.
    const waitedMs = piece < stream.last ? atMs - stream.leftMs(piece + 1) : 0;
    sample.bytes[position] = flushedBytes - bytes;
    sample.ms[position] = Math.max(lastMs, waitedMs);
  }
  return { atMs, replica: stream.standby, ...sample };
}

function zeros(): Record<LagPosition, number> {
  return { written: 0, flushed: 0, replayed: 0 };
}
