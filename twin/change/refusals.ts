// May this plan run now? Every reason against it at once, each readable: who has not approved, what changed since it was
// predicted and how, what expired, what was tampered with. Pure; the live room gathers the circumstances.
import type { Digest } from '../../engine/digest.ts';
import type { Refusal } from './events.ts';
import { boundThings, shardsOf, type Bindings, type BoundThing, type Plan } from './plan.ts';
import { plansHolding, type Decision, type PlanStanding } from './plan-standing.ts';
import type { Register } from './register.ts';
import { nextState } from './workflow.ts';

/** What holds at the moment of the decision. */
export interface Circumstances {
  /** UTC, as `Date.toISOString` writes it. */
  readonly now: string;
  /** Digests of the bound things as they are now; undefined where one could not be looked at. */
  readonly present: { readonly [T in BoundThing]: Bindings[T] | undefined };
  /** What differs, in words, for the things whose documents are at hand. */
  readonly differences: Readonly<Partial<Record<BoundThing, readonly string[]>>>;
  /** Envelopes of approvals whose signature, key and subjects were checked, by digest. */
  readonly verified: ReadonlyMap<Digest, { readonly expiresAt: string; readonly capUsd: number }>;
  /** Stored documents, files or ledger entries that are not what the ledger says. */
  readonly damage: readonly string[];
}

/** Every reason why `plan` may not start now; empty when it may. */
export function refusalsOf(plan: Plan, register: Register, at: Circumstances): readonly Refusal[] {
  const standing = register.plans.get(plan.id);
  if (standing === undefined) return [refusal('tampered', `the ledger has no plan ${plan.id}`)];
  const move = nextState(standing.state, 'start');
  return [
    ...at.damage.map((message) => refusal('tampered', message)),
    ...('refusal' in move && standing.state !== 'submitted'
      ? [refusal('state', move.refusal)]
      : []),
    ...approvalRefusals(plan, standing, at),
    ...plan.blockers.map((blocker) => lasting('policy', `policy blocks this plan: ${blocker}`)),
    ...ageRefusals(plan, at.now),
    ...changeRefusals(plan, at),
    ...shardRefusals(plan, standing, register),
  ];
}

/** Approvals that count: verified, not expired, of distinct keys and names, never the author's. */
function countedApprovals(
  plan: Plan,
  approvals: readonly Decision[],
  at: Pick<Circumstances, 'now' | 'verified'>,
): readonly Decision[] {
  const seen = new Set<string>([`by ${plan.author.name}`, `key ${plan.author.key}`]);
  return approvals.filter((approval) => {
    const envelope = at.verified.get(approval.attestation);
    if (envelope === undefined || envelope.expiresAt < at.now) return false;
    const [by, key] = [`by ${approval.by}`, `key ${approval.key}`];
    if (seen.has(by) || seen.has(key)) return false;
    seen.add(by).add(key);
    return true;
  });
}

function approvalRefusals(
  plan: Plan,
  standing: PlanStanding,
  at: Circumstances,
): readonly Refusal[] {
  const counted = countedApprovals(plan, standing.approvals, at);
  const capped = counted
    .filter(
      ({ attestation }) => plan.expected.costUsd > (at.verified.get(attestation)?.capUsd ?? 0),
    )
    .map(({ by }) => refusal('cost', `it costs more than ${by} agreed to`));
  if (counted.length >= plan.approvalsNeeded) return capped;
  const who = counted.map(({ by }) => by).join(', ');
  const given = counted.length === 0 ? 'nobody has approved it' : `approved by ${who} only`;
  const missing = plan.approvalsNeeded - counted.length;
  const people = missing === 1 ? 'one more person' : `${missing} more people`;
  return [
    ...capped,
    refusal(
      'approvals',
      `${given}; ${people} other than its author ${plan.author.name} must approve`,
    ),
  ];
}

function ageRefusals(plan: Plan, now: string): readonly Refusal[] {
  const reasons: Refusal[] = [];
  if (plan.expiresAt < now)
    reasons.push(lasting('expired', `the plan expired at ${plan.expiresAt}`));
  if (plan.predictionExpiresAt < now)
    reasons.push(
      lasting(
        'prediction-age',
        `its prediction is too old since ${plan.predictionExpiresAt}; plan again`,
      ),
    );
  return reasons;
}

function changeRefusals(plan: Plan, at: Circumstances): readonly Refusal[] {
  return boundThings.flatMap((thing) => {
    const [then, now] = [plan.bound[thing], at.present[thing]];
    if (then === now) return [];
    if (now === undefined) return [refusal('changed', `the ${thing} could not be looked at`)];
    const what = at.differences[thing] ?? [];
    const detail = what.length > 0 ? what.join(', ') : `digest ${short(then)} is now ${short(now)}`;
    return [refusal('changed', `the ${thing} changed since the prediction: ${detail}`)];
  });
}

function shardRefusals(plan: Plan, standing: PlanStanding, register: Register): readonly Refusal[] {
  const busy = plansHolding(register, standing.shards, plan.id).map((other) =>
    refusal('busy', `${other.id} is ${other.state} on the same shard`),
  );
  return [
    ...busy,
    ...shardsOf(plan.actions).flatMap((shard) => mapRefusals(plan, shard, register)),
  ];
}

/** The steps of a plan move the map one epoch at a time, beginning right after the present one. */
function mapRefusals(plan: Plan, shard: string, register: Register): readonly Refusal[] {
  const first = plan.steps
    .map(({ effect }) => effect)
    .find((effect) => effect.kind === 'switch-map' && effect.shard === shard);
  if (first?.kind !== 'switch-map') return [];
  const epoch = register.shards.get(shard)?.epoch ?? 0;
  if (first.epoch === epoch + 1) return [];
  const text = `the plan moves the map of ${shard} to epoch ${first.epoch}, but it is at epoch ${epoch}`;
  return [first.epoch <= epoch ? lasting('shard-map', text) : refusal('shard-map', text)];
}

function short(digest: Digest | null): string {
  return digest === null ? 'none' : digest.slice(0, 12);
}

function refusal(code: Refusal['code'], message: string): Refusal {
  return { code, message, lasting: false };
}

function lasting(code: Refusal['code'], message: string): Refusal {
  return { code, message, lasting: true };
}
