// The registry of faults, listed by hand. A new kind is one file here, one in twin/model/faults and one in
// live/bridge/faults; the type-checker names the rooms that were forgotten.
import type { Estate } from '../estate/estate.ts';
import type { Finding } from '../findings.ts';
import { crash } from './crash.ts';
import type { Fault, FaultKind } from './fault.ts';
import { limitBandwidth } from './limit-bandwidth.ts';
import { pauseReplay } from './pause-replay.ts';

export const faultKinds: {
  readonly [K in Fault['kind']]: FaultKind<Extract<Fault, { kind: K }>>;
} = {
  crash,
  'pause-replay': pauseReplay,
  'limit-bandwidth': limitBandwidth,
};

/** Why a fault cannot be injected into this estate; empty when it can. */
export function faultObstacles(fault: Fault, estate: Estate): readonly Finding[] {
  return kindOf(fault).obstacles(fault, estate);
}

/** One sentence for people. */
export function describeFault(fault: Fault, estate: Estate): string {
  return kindOf(fault).describe(fault, estate);
}

/** Shards whose requests feel the fault. */
export function shardsOfFault(fault: Fault, estate: Estate): readonly string[] {
  return kindOf(fault).shards(fault, estate);
}

/** The table holds for each kind its own member; what TypeScript cannot tell is that this fault is of that kind. */
function kindOf(fault: Fault): FaultKind<Fault> {
  return faultKinds[fault.kind] as FaultKind<Fault>;
}
