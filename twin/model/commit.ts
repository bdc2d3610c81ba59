// What a commit costs by its mode: the log that it makes, and what waiting for a standby takes beyond the way there and
// back and the standby's own work, so that at zero delay all of it adds up to the distribution that was calibrated.
import { unreachable } from '../../engine/failure.ts';
import type { CommitMode, Shard } from '../estate/estate.ts';
import type { LagPosition } from '../lag.ts';
import type { ParameterPath } from '../parameters.ts';
import type { ParameterSet } from './parameter-set.ts';

/**
 * A row of more than about 2 kB is stored in parts of its own, each with its entry in an index (TOAST_TUPLE_THRESHOLD is
 * 2032 bytes, of which some 50 are the other columns and headers; TOAST_MAX_CHUNK_SIZE is 1996 bytes; both for pages of
 * 8 KiB).
 */
const largestWholeBytes = 1_984;
const storedPartBytes = 1_996;

/** Bytes of log of a write by the size of its row, whose text does not compress. */
export function makeWalBytes(parameters: ParameterSet): (sizeBytes: number) => number {
  const fixedBytes = parameters.draw('wal.fixedBytes', 0.5);
  const bytesPerByte = parameters.draw('wal.bytesPerByte', 0.5);
  const partBytes = parameters.draw('wal.partBytes', 0.5);
  return (sizeBytes) => {
    const parts = sizeBytes > largestWholeBytes ? Math.ceil(sizeBytes / storedPartBytes) : 0;
    return fixedBytes + bytesPerByte * sizeBytes + partBytes * parts;
  };
}

/** What the wait of a commit takes beside the model's own reckoning, in ms; `u` in [0, 1) is the request's own draw. */
export function makeCommitWaits(
  parameters: ParameterSet,
  { commitMode, syncRule }: Pick<Shard, 'commitMode' | 'syncRule'>,
): (u: number) => number {
  const path = calibratedAs(commitMode);
  if (path === null || syncRule === null) return () => 0;
  // A standby that is at rest flushes once; how long it replays one commit is too little to tell.
  const modelledMs = commitMode === 'remote_write' ? 0 : parameters.draw('standby.flushMs', 0.5);
  // One u for both times, so that local and standby work add up to the distribution that was calibrated.
  return (u) => {
    const localMs = parameters.draw('write.localMs', u);
    return Math.max(0, parameters.draw(path, u) - localMs - modelledMs);
  };
}

/** The time of a whole write in a mode, at zero delay; null: no standby is waited for. */
function calibratedAs(mode: CommitMode): ParameterPath | null {
  switch (mode) {
    case 'off':
    case 'local':
      return null;
    case 'remote_write':
      return 'write.remoteWriteMs';
    case 'on':
      return 'write.syncMs';
    case 'remote_apply':
      return 'write.remoteApplyMs';
    default:
      return unreachable(mode);
  }
}

/** What a standby must have done with a commit before it is answered; null: nothing. */
export function awaitedPosition(mode: CommitMode): LagPosition | null {
  switch (mode) {
    case 'off':
    case 'local':
      return null;
    case 'remote_write':
      return 'written';
    case 'on':
      return 'flushed';
    case 'remote_apply':
      return 'replayed';
    default:
      return unreachable(mode);
  }
}
