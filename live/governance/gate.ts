// The gate before an execution: gathers what is true now (documents as they are, files as they lie there, signatures as
// they verify) and lets the pure rules say every reason against it at once.
import { digestOf, digestOfBytes, type Digest } from '../../engine/digest.ts';
import { UserError } from '../../engine/failure.ts';
import type { Scenario } from '../../scenarios/scenario.ts';
import { differences } from '../../twin/change/differences.ts';
import type { Refusal } from '../../twin/change/events.ts';
import type { BoundThing, Plan } from '../../twin/change/plan.ts';
import { refusalsOf, type Circumstances } from '../../twin/change/refusals.ts';
import type { Register } from '../../twin/change/register.ts';
import { calibrationDigest, type Calibration } from '../../twin/estate/calibration.ts';
import type { Estate } from '../../twin/estate/estate.ts';
import { predictionSchema } from '../../twin/prediction.ts';
import type { State } from '../store/state.ts';
import {
  checkAttestation,
  claimedVerdicts,
  collectDamage,
  type VerifiedApprovals,
} from './attestations.ts';
import { loadPlan, type ObservedTopology } from './plans.ts';

/** The world as it is now: documents read anew from where they are kept, and the platform observed anew. */
export interface PresentWorld {
  readonly scenario: Scenario;
  readonly estate: Estate;
  readonly calibration: Calibration | null;
  readonly topology: ObservedTopology;
}

/** Every reason why a plan may not be executed now; empty when it may. Damage of the state is a reason, not an error. */
export async function checkExecutable(
  state: State,
  planId: string,
  world: PresentWorld,
): Promise<readonly Refusal[]> {
  const damage: string[] = [];
  const known = await collectDamage(damage, () => loadPlan(state, planId));
  if (known === undefined)
    return damage.map((message) => ({ code: 'tampered', message, lasting: false }));
  const circumstances = await gather(state, known.plan, world);
  return refusalsOf(known.plan, await state.ledger.register(), circumstances);
}

/** What holds now for `plan`, for `refusalsOf`. */
export async function gather(
  state: State,
  plan: Plan,
  world: PresentWorld,
): Promise<Circumstances> {
  const register = await state.ledger.register();
  const run = register.plans.get(plan.id)?.run ?? '';
  const damage = [...(await state.runs.damage(run))];
  return {
    now: state.now().toISOString(),
    present: {
      scenario: digestOf(world.scenario),
      estate: digestOf(world.estate),
      calibration: world.calibration === null ? null : calibrationDigest(world.calibration),
      policy: digestOf(world.estate.policy),
      prediction: await predictionDigest(state, run),
      trace: await traceDigest(state, run),
      topology: world.topology.digest,
    },
    differences: await changesIn(state, run, world),
    verified: await verifiedApprovals(state, plan, register, damage),
    damage,
  };
}

async function predictionDigest(state: State, run: string): Promise<Digest | undefined> {
  const text = await collectDamage([], () => state.runs.readDocument(run, 'prediction.json'));
  const prediction = predictionSchema.safeParse(text);
  return prediction.success ? digestOf(prediction.data) : undefined;
}

async function traceDigest(state: State, run: string): Promise<Digest | undefined> {
  const bytes = await collectDamage([], () => state.runs.read(run, 'trace.bin'));
  return bytes && digestOfBytes(bytes);
}

/** Words for what differs between the documents of the plan's run and those of the present world. */
async function changesIn(
  state: State,
  run: string,
  world: PresentWorld,
): Promise<Circumstances['differences']> {
  const against = async (file: string, now: object | null): Promise<readonly string[]> => {
    const then = await ifRecorded(state, run, file);
    return then === undefined ? [] : differences(then, now ?? undefined);
  };
  const { scenario, estate, calibration, topology } = world;
  const changes: Partial<Record<BoundThing, readonly string[]>> = {
    scenario: await against('scenario.json', scenario),
    estate: await against('estate.json', estate),
    calibration: await against('calibration.json', calibration),
    topology: topology.facts === null ? [] : await against('topology.json', topology.facts),
  };
  const policy = changes.estate?.filter((change) => change.startsWith('policy'));
  return policy === undefined ? changes : { ...changes, policy };
}

async function ifRecorded(state: State, run: string, file: string): Promise<unknown> {
  try {
    return await state.runs.readDocument(run, file);
  } catch (cause) {
    // Not every run has every document, and a damaged one is named among the damage already.
    if (cause instanceof UserError && (cause.code === 'missing' || cause.code === 'state'))
      return undefined;
    throw cause;
  }
}

async function verifiedApprovals(
  state: State,
  plan: Plan,
  register: Register,
  damage: string[],
): Promise<VerifiedApprovals> {
  const verified = new Map<Digest, { expiresAt: string; capUsd: number }>();
  const standing = register.plans.get(plan.id);
  for (const claim of standing === undefined ? [] : claimedVerdicts(plan, standing)) {
    const { attestation } = claim.decision;
    const envelope = await collectDamage(damage, () => state.ledger.document(attestation));
    if (envelope === undefined) continue;
    const statement = checkAttestation(envelope, claim, register);
    if ('fault' in statement) damage.push(statement.fault);
    else if (claim.verdict === 'approve')
      verified.set(attestation, {
        expiresAt: statement.predicate.expiresAt,
        capUsd: statement.predicate.costCapUsd,
      });
  }
  return verified;
}
