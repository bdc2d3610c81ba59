// Which parameters of the model the predictions of an estate rest on: those of the kinds of request that its classes
// have, and those of changes. What nobody needs is neither measured nor counted among what was not.
import { parameterPaths, type ParameterPath } from '../parameters.ts';
import {
  nodesOf,
  type CommitMode,
  type Estate,
  type Fleet,
  type OperationKind,
  type Shard,
} from './estate.ts';

/** The paths in the order of the registry. */
export function neededParameters({ fleets }: Pick<Estate, 'fleets'>): readonly ParameterPath[] {
  const kinds = new Set(fleets.flatMap(({ classes }) => classes.map(({ kind }) => kind)));
  const unneeded = Object.entries(parametersByKind)
    .filter(([kind]) => !kinds.has(kind as OperationKind))
    .flatMap(([, paths]) => paths);
  const shards = fleets.flatMap((fleet) => fleet.shards);
  const modes = new Set(shards.map(({ commitMode }) => commitMode));
  const unwanted = [
    ...unneeded,
    ...Object.entries(parametersByMode)
      .filter(([mode]) => !modes.has(mode as CommitMode))
      .flatMap(([, paths]) => paths),
    ...(shards.some(({ replicas }) => replicas.length > 0) ? [] : standbyParameters),
    ...(fleets.some(({ failover }) => failover !== null) ? [] : failoverParameters),
    ...(shards.some(canBeCopied) ? [] : copyParameters),
    ...(fleets.some(hasFarClients) ? [] : ['link.extraMs']),
    ...(fleets.some(hasContention) ? [] : contentionParameters),
    ...(fleets.some(canCopyTenants) ? [] : tenantParameters),
  ];
  return parameterPaths.filter((path) => !unwanted.includes(path));
}

/** What only shards with this commit mode ask for. */
const parametersByMode: Readonly<Record<CommitMode, readonly ParameterPath[]>> = {
  off: ['write.offMs'],
  local: [],
  remote_write: ['write.remoteWriteMs'],
  on: [],
  remote_apply: ['write.remoteApplyMs'],
};

/** What a standby that is built anew takes, where it is known how much there is to copy. */
const copyParameters = parameterPaths.filter((path) => /^(?:rebuild|copy)\./.test(path));

function canBeCopied({ replicas, dataBytes }: Shard): boolean {
  return replicas.length > 0 && dataBytes !== null;
}

/** Is there a node that some client asks over a link? Computations take so long that a link's extra is nothing beside them. */
function hasFarClients({ classes, tenants, shards }: Fleet): boolean {
  const regions = shards.flatMap(nodesOf).map(({ region }) => region);
  return (
    classes.some(({ kind }) => kind !== 'compute') &&
    tenants.some(({ home }) => regions.some((region) => region !== home))
  );
}

/** What a tenant's way to another shard takes, where there is one and it is known how much there is. */
const tenantParameters = parameterPaths.filter((path) => path.startsWith('copy-tenant.'));

function canCopyTenants({ shards, tenants }: Pick<Fleet, 'shards' | 'tenants'>): boolean {
  return shards.length > 1 && tenants.some(({ dataBytes }) => dataBytes !== null);
}

/** What follows a crash, where somebody replaces the dead. */
const failoverParameters = parameterPaths.filter((path) => path.startsWith('failover.'));

/** What is known of standbys, and asked for where there are any. */
const standbyParameters: readonly ParameterPath[] = [
  'standby.flushMs',
  'standby.replayBytesPerSec',
  'standby.receiveBytesPerSec',
  'lag.writtenMs',
  'lag.flushedMs',
  'lag.replayedMs',
  'wal.fixedBytes',
  'wal.bytesPerByte',
  'wal.partBytes',
];

/** What commits and computations feel of each other. */
const contentionParameters: readonly ParameterPath[] = [
  'cpu.sliceMs',
  'standby.sliceMs',
  'standby.cpuMs',
];

function hasContention({ classes, shards }: Fleet): boolean {
  const kinds = new Set(classes.map(({ kind }) => kind));
  return (
    kinds.has('compute') && kinds.has('write') && shards.some(({ syncRule }) => syncRule !== null)
  );
}

const parametersByKind: Readonly<Record<OperationKind, readonly ParameterPath[]>> = {
  write: [
    'write.localMs',
    'write.syncMs',
    'write.offMs',
    'write.remoteWriteMs',
    'write.remoteApplyMs',
    'write.cpuMs',
    'wal.flushMs',
    ...standbyParameters,
  ],
  job: ['job.overheadMs', 'job.cpuMs'],
  // Only computations fill processors so far that their number has to be measured.
  compute: ['compute.fixedMs', 'compute.rowMs', 'compute.waitMs', 'cpu.cores'],
  read: ['read.serviceMs', 'read.cpuMs'],
};
