// Which parameters of the model the predictions of an estate rest on: those of the kinds of request that its classes
// have, and those of changes. What nobody needs is neither measured nor counted among what was not.
import { parameterPaths, type ParameterPath } from '../parameters.ts';
import type { Estate, OperationKind } from './estate.ts';

/** The paths in the order of the registry. */
export function neededParameters({ fleets }: Pick<Estate, 'fleets'>): readonly ParameterPath[] {
  const kinds = new Set(fleets.flatMap(({ classes }) => classes.map(({ kind }) => kind)));
  const unneeded = Object.entries(parametersByKind)
    .filter(([kind]) => !kinds.has(kind as OperationKind))
    .flatMap(([, paths]) => paths);
  return parameterPaths.filter((path) => !unneeded.includes(path));
}

const parametersByKind: Readonly<Record<OperationKind, readonly ParameterPath[]>> = {
  write: ['write.localMs', 'write.syncMs', 'write.cpuMs', 'wal.flushMs'],
  job: ['job.overheadMs', 'job.cpuMs'],
  // Only computations fill processors so far that their number has to be measured.
  compute: ['compute.fixedMs', 'compute.rowMs', 'compute.waitMs', 'cpu.cores'],
  read: ['read.serviceMs', 'read.cpuMs'],
};
