// What a request asks of its server: processor time, which all requests there share, and time that passes beside it (the
// client's and the network's part, sleeping, waiting for locks). Calibrated wall times hold both; the split keeps high
// rates from being charged for work that no processor does.
import { unreachable } from '../../engine/failure.ts';
import type { CommitMode, OperationKind } from '../estate/estate.ts';
import type { ParameterPath } from '../parameters.ts';
import type { ParameterSet } from './parameter-set.ts';

/** Milliseconds without any other request on the server. A write's flush and its standbys come on top. */
export interface Service {
  readonly cpuMs: number;
  readonly besideMs: number;
}

/** The service of a request of this kind and size; `u` in [0, 1) is the request's own draw. */
export type Services = (kind: OperationKind, size: number, u: number) => Service;

/**
 * Services by these parameters. Of wall times the distribution of single requests is known, of processor times only means
 * over many requests; so the first are drawn and the second cut to what was drawn.
 */
export function makeServices(parameters: ParameterSet, commitMode: CommitMode): Services {
  const typical = (path: ParameterPath): number => parameters.draw(path, 0.5);
  const flushMs = typical('wal.flushMs');
  const writeCpuMs = typical('write.cpuMs');
  const jobCpuMs = typical('job.cpuMs');
  const readCpuMs = typical('read.cpuMs');
  const [fixedMs, waitMs] = [typical('compute.fixedMs'), typical('compute.waitMs')];
  const rowMs = typical('compute.rowMs');
  return (kind, size, u) => {
    switch (kind) {
      case 'write':
        if (commitMode === 'off') return split(parameters.draw('write.offMs', u), writeCpuMs);
        // The calibrated time holds one flush; the log adds it (and what waiting for a shared one costs) again.
        return split(Math.max(0, parameters.draw('write.localMs', u) - flushMs), writeCpuMs);
      case 'job': {
        const { cpuMs, besideMs } = split(parameters.draw('job.overheadMs', u), jobCpuMs);
        return { cpuMs, besideMs: besideMs + size };
      }
      case 'read':
        return split(parameters.draw('read.serviceMs', u), readCpuMs);
      case 'compute': {
        // Rows cost a processor what they cost; the few computations that take far longer were kept from theirs meanwhile.
        const drawnMs = parameters.draw('compute.rowMs', u);
        const keptMs = size * Math.max(0, drawnMs - rowMs);
        const totalMs = fixedMs + size * drawnMs;
        return split(totalMs, Math.max(0, totalMs - keptMs - waitMs));
      }
      default:
        return unreachable(kind);
    }
  };
}

function split(totalMs: number, cpuMs: number): Service {
  const ownMs = Math.min(cpuMs, totalMs);
  return { cpuMs: ownMs, besideMs: totalMs - ownMs };
}
