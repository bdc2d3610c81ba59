// Signed envelopes read back: is the signature of the registered key, and does it say just what the ledger claims? Used
// by the gate before an execution and by the audit.
import { UserError } from '../../engine/failure.ts';
import type { Digest } from '../../engine/digest.ts';
import {
  readStatement,
  statementObjection,
  statementPayloadType,
  type Statement,
  type VerdictOnPlan,
} from '../../twin/change/approval.ts';
import type { Plan } from '../../twin/change/plan.ts';
import type { Decision } from '../../twin/change/plan-standing.ts';
import type { Register } from '../../twin/change/register.ts';
import { openEnvelope } from '../store/envelope.ts';

/** One decision on a plan that the ledger tells of, with the kind of verdict it must hold. */
export interface ClaimedVerdict {
  readonly plan: Plan;
  readonly verdict: VerdictOnPlan;
  readonly decision: Decision;
}

/** The statement in `envelope`, or what is wrong with it as the claimed verdict. */
export function checkAttestation(
  envelope: string,
  { plan, verdict, decision }: ClaimedVerdict,
  register: Register,
): Statement | { readonly fault: string } {
  const fault = (text: string): { readonly fault: string } => ({
    fault: `the ${verdict} of ${plan.id} by ${decision.by}: ${text}`,
  });
  const identity = register.identities.get(decision.by);
  if (identity?.fingerprint !== decision.key) return fault('its key is not registered');
  const payload = openEnvelope(envelope, statementPayloadType, identity.publicKey);
  const statement = payload === null ? null : readStatement(payload);
  if (statement === null) return fault('its signature is not valid');
  const state = register.state?.id ?? '';
  const said = { state, verdict, by: decision.by, key: decision.key };
  const objection = statementObjection(statement, plan, said);
  return objection === null ? statement : fault(objection);
}

/** Runs a read of stored state; a UserError `state` about damage becomes its sentence in `damage`. */
export async function collectDamage<T>(
  damage: string[],
  read: () => Promise<T>,
): Promise<T | undefined> {
  try {
    return await read();
  } catch (cause) {
    if (!(cause instanceof UserError) || cause.code !== 'state') throw cause;
    damage.push(...cause.mistakes.map(({ message }) => message));
    return undefined;
  }
}

/** Every verdict on a plan that the ledger tells of. */
export function claimedVerdicts(
  plan: Plan,
  standing: {
    readonly submission: Decision;
    readonly approvals: readonly Decision[];
    readonly rejection: Decision | null;
  },
): readonly ClaimedVerdict[] {
  return [
    { plan, verdict: 'submit', decision: standing.submission },
    ...standing.approvals.map((decision) => ({ plan, verdict: 'approve' as const, decision })),
    ...(standing.rejection === null
      ? []
      : [{ plan, verdict: 'reject' as const, decision: standing.rejection }]),
  ];
}

/** When and up to which cost a verified approval counts, by the digest of its envelope. */
export type VerifiedApprovals = ReadonlyMap<
  Digest,
  { readonly expiresAt: string; readonly capUsd: number }
>;
