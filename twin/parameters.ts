// The registry of the model's parameters: path, unit, meaning and documented default. A value comes from calibration,
// from the estate or from the default here, and every prediction says which, parameter by parameter.
import { z } from 'zod';
import { intervalSchema } from './document.ts';
import {
  bytesSessionCv,
  computeSessionCv,
  coresSessionCv,
  failover,
  lag,
  linkSessionCv,
  rebuildStep,
  replaySessionCv,
  serviceSessionCv,
  slice,
  step,
  tenantStep,
  type ParameterKind,
} from './parameter-kind.ts';

/**
 * One parameter as a prediction used it. `interval90` is the calibration's own uncertainty of `value`; `doubts` are
 * reasons not to trust it now and here (its age, another host), left out when there is none.
 */
export const parameterSchema = z.strictObject({
  path: z.string(),
  value: z.number(),
  unit: z.string(),
  origin: z.enum(['calibrated', 'production statistics', 'given', 'default']),
  source: z.string(),
  n: z.int().positive().optional(),
  date: z.string().optional(),
  interval90: intervalSchema.optional(),
  doubts: z.array(z.string()).min(1).optional(),
});
export type Parameter = z.infer<typeof parameterSchema>;

/**
 * Everything that calibration can measure. Service times are wall times from sending a statement to its
 * answer, less what links added, so they hold what the client, the server and the loopback add; link delays come on top in
 * the model.
 */
export const parameterKinds = {
  'write.localMs': {
    unit: 'ms',
    meaning: 'one small insert committed without waiting for a standby',
    defaultValue: 1.5,
    source: 'measured on a 2-core virtual machine with a local disk at 20 commits/s',
    sessionCv: serviceSessionCv,
  },
  'write.syncMs': {
    unit: 'ms',
    meaning: 'the same, waiting for one standby to flush',
    defaultValue: 2.1,
    source: 'measured on a 2-core virtual machine with a local disk at 20 commits/s',
    sessionCv: serviceSessionCv,
  },
  'write.offMs': {
    unit: 'ms',
    meaning: 'the same, answered before its own flush',
    defaultValue: 0.7,
    source: 'measured on a 2-core virtual machine at 20 commits/s',
    sessionCv: serviceSessionCv,
  },
  'write.remoteWriteMs': {
    unit: 'ms',
    meaning: 'the same, waiting for one standby to write',
    defaultValue: 2,
    source: 'measured on a 2-core virtual machine at 20 commits/s',
    sessionCv: serviceSessionCv,
  },
  'write.remoteApplyMs': {
    unit: 'ms',
    meaning: 'the same, waiting for one standby to apply',
    defaultValue: 2.4,
    source: 'measured on a 2-core virtual machine at 20 commits/s',
    sessionCv: serviceSessionCv,
  },
  'wal.fixedBytes': {
    unit: 'bytes',
    meaning:
      'log that one small insert makes beside its row, after the first full pages of a checkpoint',
    defaultValue: 205,
    source: 'differences of log positions on Postgres 18, with one index',
    sessionCv: bytesSessionCv,
  },
  'wal.bytesPerByte': {
    unit: 'bytes/byte',
    meaning: 'log that one such insert makes for each byte of its row',
    defaultValue: 1,
    source: 'differences of log positions on Postgres 18, rows of up to 2 kB',
    sessionCv: bytesSessionCv,
  },
  'wal.partBytes': {
    unit: 'bytes',
    meaning:
      'log that each part of a row makes beside its bytes, where a row is too large to be stored in one piece',
    defaultValue: 143,
    source: 'differences of log positions on Postgres 18, rows of 2 to 8 kB',
    sessionCv: bytesSessionCv,
  },
  'standby.flushMs': {
    unit: 'ms',
    meaning: 'one flush of the log on a standby (fdatasync of 8 KiB)',
    defaultValue: 0.15,
    source: 'fdatasync probe on a virtual machine with a local disk: median 0.10 to 0.19 ms',
    sessionCv: serviceSessionCv,
  },
  'standby.replayBytesPerSec': {
    unit: 'bytes/s',
    meaning: 'log of small commits that a standby replays when it has a backlog',
    defaultValue: 1e8,
    source: 'pause and resumption of the replay on a 2-core virtual machine: 88 to 106 MB/s',
    sessionCv: replaySessionCv,
  },
  'standby.receiveBytesPerSec': {
    unit: 'bytes/s',
    meaning: 'log that a standby receives and flushes when there is a lot of it at once',
    defaultValue: 1.9e8,
    source: 'rests of segments after a switch of the log, 2-core virtual machine: 154 to 211 MB/s',
    sessionCv: replaySessionCv,
  },
  'lag.writtenMs': lag('written', 0.3),
  'lag.flushedMs': lag('flushed', 0.7),
  'lag.replayedMs': lag('replayed', 0.85),
  'wal.flushMs': {
    unit: 'ms',
    meaning: 'one flush of the write-ahead log (fdatasync of 8 KiB)',
    defaultValue: 0.15,
    source: 'fdatasync probe on a virtual machine with a local disk: median 0.10 to 0.19 ms',
    sessionCv: serviceSessionCv,
  },
  'job.overheadMs': {
    unit: 'ms',
    meaning: 'what a job takes beyond its declared service time',
    defaultValue: 0.9,
    source: 'pg_sleep at 30 % load on a 2-core virtual machine',
    sessionCv: serviceSessionCv,
  },
  'write.cpuMs': {
    unit: 'ms',
    meaning: 'processor time of one small insert on its primary, on average',
    defaultValue: 0.2,
    source: 'scheduler statistics of the backends on a 2-core virtual machine at 20 commits/s',
    sessionCv: serviceSessionCv,
  },
  'job.cpuMs': {
    unit: 'ms',
    meaning: 'processor time of one job beside its declared time, on average',
    defaultValue: 0.1,
    source: 'scheduler statistics of the backends on a 2-core virtual machine',
    sessionCv: serviceSessionCv,
  },
  'read.serviceMs': {
    unit: 'ms',
    meaning: 'one row looked up by its key',
    defaultValue: 0.5,
    source: 'measured on a 2-core virtual machine at 50 reads/s',
    sessionCv: serviceSessionCv,
  },
  'read.cpuMs': {
    unit: 'ms',
    meaning: 'processor time of one such read, on average',
    defaultValue: 0.05,
    source: 'scheduler statistics of the backends on a 2-core virtual machine',
    sessionCv: serviceSessionCv,
  },
  'link.extraMs': {
    unit: 'ms',
    meaning:
      'what a request from another region takes beyond the declared delay of its link, there and back',
    defaultValue: 0.3,
    source: 'requests over links of 3 ms on a 2-core virtual machine, beside those without a link',
    sessionCv: linkSessionCv,
  },
  'compute.fixedMs': {
    unit: 'ms',
    meaning: 'what a computation takes whatever its rows: the constant of the regression on rows',
    defaultValue: 0.4,
    source: 'regression on a 2-core virtual machine with a warm processor',
    sessionCv: computeSessionCv,
  },
  'compute.rowMs': {
    unit: 'ms/row',
    meaning: 'what a computation takes per row: the slope of the same regression',
    defaultValue: 0.00038,
    source: 'regression on a 2-core virtual machine with a warm processor',
    sessionCv: computeSessionCv,
  },
  'compute.waitMs': {
    unit: 'ms',
    meaning: 'the part of the constant that is no processor time of the server',
    defaultValue: 0.2,
    source: 'one connection in a closed loop on a 2-core virtual machine: wall less processor time',
    sessionCv: computeSessionCv,
  },
  'cpu.cores': {
    unit: 'cores',
    meaning: 'processors that the requests of a server can keep busy',
    defaultValue: 1,
    source: 'one processor; an estate that was not measured has those of its tier',
    sessionCv: coresSessionCv,
  },
  'standby.cpuMs': {
    unit: 'ms',
    meaning:
      'processor time of one commit in those who send it to a standby and receive it there, where both share processors',
    defaultValue: 0,
    source: 'standbys are machines of their own unless it was measured that they are not',
    sessionCv: serviceSessionCv,
  },
  'cpu.sliceMs': slice('who waited for a flush of its primary', 4),
  'standby.sliceMs': slice('a standby that flushed and shares the processors of its primary', 4),
  'promote.check-topologyMs': step('roles and replication looked up', 10),
  'promote.hold-requestsMs': step('the router stops dispatching', 2),
  'promote.drain-requestsMs': step('noticing that the last request in flight was answered', 2),
  'promote.wait-replayMs': step('the standby has replayed what the primary flushed', 5),
  'promote.stop-nodeMs': step('fast shutdown, with its checkpoint', 60),
  'promote.promote-nodeMs': step('end of recovery and the new timeline', 60),
  'promote.followMs': step('the other standby streams from the new primary', 150),
  'promote.switch-mapMs': step('the shard map is written and told to the router', 5),
  'promote.release-requestsMs': step('the router dispatches again', 2),
  'promote.first-useMs': {
    unit: 'ms',
    meaning: 'processor time that the first write on each connection costs a new primary beside',
    defaultValue: 0.3,
    source:
      'first writes on connections to promoted servers on a 2-core virtual machine: 0.2 to 0.4',
    sessionCv: serviceSessionCv,
  },
  'promote.rejoinMs': step('the old primary starts as a standby and streams', 250),
  'rebuild.stop-standbyMs': rebuildStep('a standby shuts down', 27),
  'rebuild.copy-nodeMs': rebuildStep('what a copy takes beside its bytes', 450),
  'rebuild.start-standbyMs': rebuildStep('the copy starts and streams', 265),
  'copy.bytesPerSec': {
    unit: 'bytes/s',
    meaning: 'bytes of a copy that a server sends and a standby keeps when nothing holds them up',
    defaultValue: 6.5e7,
    source: 'base backups of 60 to 100 MB on a 2-core virtual machine: 44 to 78 MB/s',
    sessionCv: replaySessionCv,
  },
  'copy.otherBytes': {
    unit: 'bytes',
    meaning: 'what a server copies beside the declared data: system catalogues and empty databases',
    defaultValue: 3.4e7,
    source: 'base backups of Postgres 18 servers beyond their declared data: 32 to 35 MB',
    sessionCv: bytesSessionCv,
  },
  'copy-tenant.subscribe-tenantMs': tenantStep('what a copy takes beside its bytes', 75),
  'copy-tenant.wait-appliedMs': tenantStep('the other shard has all that was written', 4),
  'copy-tenant.unsubscribe-tenantMs': tenantStep('the subscription and its slot are dropped', 18),
  'copy-tenant.bytesPerSec': {
    unit: 'bytes/s',
    meaning: 'bytes of rows that one shard sends and another keeps when nothing holds them up',
    defaultValue: 1e8,
    source: 'subscriptions to 64 MiB of rows of 2 kB on a 2-core virtual machine: 92 to 115 MB/s',
    sessionCv: replaySessionCv,
  },
  'failover.strikeMs': failover('from its time in the scenario to the death of the primary', 4),
  'failover.detectMs': failover('the monitor sees its connection reset, and a new one refused', 10),
  'failover.fenceMs': failover('a server that still runs is killed, and gone', 6),
  'failover.promote-nodeMs': failover('the standbys say how far they are, and one is promoted', 60),
  'failover.followMs': failover('another standby streams from the new primary', 150),
  'failover.switch-mapMs': failover('the router is told', 3),
  'failover.rejoinMs': failover('the old primary is built anew as a standby and streams', 800),
} as const satisfies Record<string, ParameterKind>;

export type ParameterPath = keyof typeof parameterKinds;

export const parameterPaths = Object.keys(parameterKinds) as ParameterPath[];
