// The present, told from the past: folding the ledger's events gives every plan's standing, every identity, run and
// shard assignment. There is no second copy of these facts that could disagree with the ledger. `objection` says why
// an event may not follow, so the same rules guard writing and judge a ledger that is read back.
import type { Digest } from '../../engine/digest.ts';
import { unreachable } from '../../engine/failure.ts';
import { nameOf, type BodyOf, type LedgerBody, type Proposal } from './events.ts';
import { caseObjection, isCaseEvent, recordCaseEvent, type CaseStanding } from './case-standing.ts';
import { isPlanEvent, planObjection, recordPlanEvent, type PlanStanding } from './plan-standing.ts';

/** A person or service that may sign. `publicKey` is base64 of the SPKI bytes, `fingerprint` their SHA-256. */
export interface Identity {
  readonly name: string;
  readonly publicKey: string;
  readonly fingerprint: Digest;
  readonly since: string;
}

/** Files of one run, name → SHA-256 of their bytes. */
export interface RecordedRun {
  readonly id: string;
  readonly recordedAt: string;
  readonly files: Readonly<Record<string, Digest>>;
}

/** Who leads a shard. The epoch grows with every change of the primary. */
export interface ShardAssignment {
  readonly shard: string;
  readonly primary: string;
  readonly epoch: number;
}

/** Everything that the ledger says about the present. */
export interface Register {
  readonly identities: ReadonlyMap<string, Identity>;
  readonly runs: ReadonlyMap<string, RecordedRun>;
  readonly shards: ReadonlyMap<string, ShardAssignment>;
  readonly plans: ReadonlyMap<string, PlanStanding>;
  /** Cases of campaigns, by `<campaign>-<seed>/<case>`. */
  readonly cases: ReadonlyMap<string, CaseStanding>;
  /** Id of the state directory and fingerprint of its key; null before the first event. */
  readonly state: { readonly id: string; readonly key: Digest } | null;
}

/** A register that events are added to. Only this room's fold changes it. */
export class RegisterFold implements Register {
  readonly identities = new Map<string, Identity>();
  readonly runs = new Map<string, RecordedRun>();
  readonly shards = new Map<string, ShardAssignment>();
  readonly plans = new Map<string, PlanStanding>();
  readonly cases = new Map<string, CaseStanding>();
  state: { readonly id: string; readonly key: Digest } | null = null;

  /** Adds an event that `objection` has nothing against. */
  add(event: LedgerBody): void {
    if (isPlanEvent(event)) {
      this.plans.set(nameOf(event.subject), recordPlanEvent(this, event));
      return;
    }
    if (isCaseEvent(event)) {
      this.cases.set(nameOf(event.subject), recordCaseEvent(this, event));
      return;
    }
    switch (event.type) {
      case 'premortem.state.created':
        this.state = { id: nameOf(event.subject), key: event.data.key };
        return;
      case 'premortem.identity.registered':
        this.#addIdentity(event);
        return;
      case 'premortem.run.recorded':
      case 'premortem.run.extended':
        this.#addFiles(event);
        return;
      case 'premortem.shard.assigned': {
        const shard = nameOf(event.subject);
        this.shards.set(shard, { shard, ...event.data });
        return;
      }
      default:
        unreachable(event);
    }
  }

  #addIdentity(event: BodyOf<'premortem.identity.registered'>): void {
    const name = nameOf(event.subject);
    this.identities.set(name, { name, ...event.data, since: event.at });
  }

  #addFiles(event: BodyOf<'premortem.run.recorded' | 'premortem.run.extended'>): void {
    const id = nameOf(event.subject);
    const known = this.runs.get(id);
    this.runs.set(id, {
      id,
      recordedAt: known?.recordedAt ?? event.at,
      files: { ...known?.files, ...event.data.files },
    });
  }
}

/** Why an event may not happen now, as a sentence, or null when it may. */
export function objection(register: Register, event: Proposal): string | null {
  if ((register.state === null) !== (event.type === 'premortem.state.created'))
    return register.state === null ? 'the state was never created' : 'the state exists already';
  if (isPlanEvent(event)) return planObjection(register, event);
  if (isCaseEvent(event)) return caseObjection(register, event);
  switch (event.type) {
    case 'premortem.state.created':
      return null;
    case 'premortem.identity.registered':
      return identityObjection(register, nameOf(event.subject), event.data.fingerprint);
    case 'premortem.run.recorded':
      return register.runs.has(nameOf(event.subject)) ? 'a run of this id exists already' : null;
    case 'premortem.run.extended':
      return runObjection(register, nameOf(event.subject), Object.keys(event.data.files));
    case 'premortem.shard.assigned':
      return shardObjection(register.shards.get(nameOf(event.subject)), event.data);
    default:
      return unreachable(event);
  }
}

function identityObjection(register: Register, name: string, fingerprint: Digest): string | null {
  if (register.identities.has(name)) return `an identity "${name}" is registered already`;
  const twin = [...register.identities.values()].find((other) => other.fingerprint === fingerprint);
  return twin === undefined ? null : `this key is registered already, as "${twin.name}"`;
}

function runObjection(register: Register, id: string, names: readonly string[]): string | null {
  const run = register.runs.get(id);
  if (run === undefined) return `there is no run ${id}`;
  const kept = names.find((name) => Object.hasOwn(run.files, name));
  return kept === undefined ? null : `${kept} of this run is recorded already and never changes`;
}

function shardObjection(
  current: ShardAssignment | undefined,
  next: { readonly primary: string; readonly epoch: number },
): string | null {
  if (current === undefined || next.epoch > current.epoch) return null;
  return `the shard map is at epoch ${current.epoch} (primary ${current.primary}); epoch ${next.epoch} would go back`;
}
