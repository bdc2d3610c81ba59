// What performs a fault on the lab, and what it is given. Faults live in the daemon, so that they end by themselves whatever
// becomes of the process that asked for them.
import type { StepEvent } from '../../../twin/measurement.ts';
import type { Proxy } from '../../proxy/proxy.ts';
import type { Cluster } from '../cluster.ts';
import type { Monitor } from '../failover/monitor.ts';

/** A step event in wall-clock time: the daemon knows no load's time 0. */
export interface FaultEvent extends Omit<StepEvent, 'atMs'> {
  readonly atEpochMs: number;
}

export interface FaultContext {
  readonly cluster: Cluster;
  readonly proxy: Proxy;
  readonly monitor: Monitor;
  /** Resolves when the fault has to end: its time is over, somebody asked, or the lab closes. */
  readonly lease: Promise<void>;
  /** Notes that a step began or came to its end, now or at `atEpochMs`. */
  readonly report: (step: string, state: 'started' | 'done', more?: FaultReport) => void;
}

interface FaultReport {
  readonly evidence?: StepEvent['evidence'];
  readonly atEpochMs?: number;
}
