// Plans on their way to execution: submitting one with everything it was predicted from, and what others say about it.
// Each verdict is a signed envelope, kept with the ledger event that names it.
import { canonicalText, digestOf, digestOfBytes, type Digest } from '../../engine/digest.ts';
import { assert, nearestNames, UserError } from '../../engine/failure.ts';
import type { Scenario } from '../../scenarios/scenario.ts';
import type { Action, Step } from '../../twin/actions/action.ts';
import {
  makeStatement,
  statementPayloadType,
  type VerdictOnPlan,
} from '../../twin/change/approval.ts';
import type { Proposal } from '../../twin/change/events.ts';
import {
  bindingsOf,
  bindPlan,
  planText,
  readPlan,
  shardsOf,
  type Plan,
} from '../../twin/change/plan.ts';
import type { PlanStanding } from '../../twin/change/plan-standing.ts';
import { calibrationDigest, type Calibration } from '../../twin/estate/calibration.ts';
import type { Estate } from '../../twin/estate/estate.ts';
import type { Prediction } from '../../twin/prediction.ts';
import { writeTrace, type Trace } from '../../twin/trace.ts';
import { sealEnvelope } from '../store/envelope.ts';
import type { Signer } from '../store/identities.ts';
import type { RunFiles } from '../store/runs.ts';
import type { State } from '../store/state.ts';

/** The observed platform: the digest of its facts and, where they are at hand, the facts, to say later what changed. */
export interface ObservedTopology {
  readonly digest: Digest;
  readonly facts: object | null;
}

/** Everything that a plan is submitted with. `author` is the name of a registered identity with its key here. */
export interface Submission {
  readonly title: string;
  readonly author: string;
  readonly scenario: Scenario;
  readonly estate: Estate;
  readonly calibration: Calibration | null;
  readonly prediction: Prediction;
  readonly trace: Trace;
  readonly topology: ObservedTopology;
  readonly actions: readonly Action[];
  readonly steps: readonly Step[];
}

/** A plan with where it stands. */
export interface KnownPlan {
  readonly plan: Plan;
  readonly standing: PlanStanding;
}

/**
 * Binds, stores and signs a plan. Its documents are recorded as a run, which the measurement of its execution joins
 * later. UserError `input` when the documents do not belong together, `missing` or `refused` for the author's key.
 */
export async function submitPlan(state: State, submission: Submission): Promise<KnownPlan> {
  const signer = await state.identities.signer(submission.author);
  const plan = planOf(submission, signer, state.now());
  const run = await state.runs.record(filesOf(submission), signer.name);
  const envelope = sealVerdict(state, plan, signer, { verdict: 'submit', reason: '' });
  await state.ledger.append(() => ({
    event: {
      type: 'premortem.plan.submitted',
      subject: `plan/${plan.id}`,
      data: {
        ...decisionOf(signer, envelope),
        plan: plan.digest,
        run,
        approvalsNeeded: plan.approvalsNeeded,
        blocked: plan.blockers.length > 0,
        shards: [...shardsOf(plan.actions)],
        steps: stepIds(plan),
      },
    },
    actor: signer.name,
    documents: [
      { kind: 'plan', text: planText(plan) },
      { kind: 'attestation', text: envelope },
    ],
  }));
  return loadPlan(state, plan.id);
}

/**
 * Signs and records one more approval. UserError `refused` for the author's own, a second one of the same person or key,
 * a blocked or expired plan, or one that is past approval; `state` when the plan or a file it rests on was changed.
 */
export async function approvePlan(
  state: State,
  planId: string,
  identity: string,
): Promise<KnownPlan> {
  const { plan, standing } = await loadPlan(state, planId);
  await refuseToSign(state, plan, standing);
  await decide(state, plan, identity, { verdict: 'approve', reason: '' });
  return loadPlan(state, plan.id);
}

/** Signs and records that a plan must not run. Anybody registered may, the author included; there is no way back. */
export async function rejectPlan(
  state: State,
  planId: string,
  identity: string,
  reason: string,
): Promise<KnownPlan> {
  const { plan } = await loadPlan(state, planId);
  await decide(state, plan, identity, { verdict: 'reject', reason });
  return loadPlan(state, plan.id);
}

/** A plan by its id or the beginning of it. UserError `missing` for an unknown one, `state` for a changed text. */
export async function loadPlan(state: State, planId: string): Promise<KnownPlan> {
  const { plans } = await state.ledger.register();
  const wanted = planId.startsWith('plan-') ? planId : `plan-${planId}`;
  const found = [...plans.values()].filter(({ id }) => id.startsWith(wanted));
  const [standing] = found;
  if (standing === undefined || found.length > 1)
    throw unknownPlan(planId, found.length > 1 ? found.map(({ id }) => id) : [...plans.keys()]);
  const plan = readPlan(await state.ledger.document(standing.digest));
  assert(plan?.id === standing.id, 'a text with the digest of a plan is that plan');
  return { plan, standing };
}

/** Where every plan stands, oldest first. */
export async function listPlans(state: State): Promise<readonly PlanStanding[]> {
  return [...(await state.ledger.register()).plans.values()];
}

function planOf(submission: Submission, signer: Signer, now: Date): Plan {
  const { title, estate, prediction, actions, steps, topology, calibration, trace } = submission;
  const { operational } = estate.policy;
  assert(
    topology.facts === null || digestOf(topology.facts) === topology.digest,
    'the topology digest is that of the observed facts',
  );
  return bindPlan({
    title,
    author: { name: signer.name, key: signer.key.fingerprint },
    submittedAt: now.toISOString(),
    expiresAt: later(now.toISOString(), operational.planLifetimeMs),
    predictionExpiresAt: later(prediction.createdAt, operational.predictionMaxAgeMs),
    bound: bindingsOf({
      scenario: submission.scenario,
      estate,
      calibration: calibration === null ? null : calibrationDigest(calibration),
      prediction,
      trace: digestOfBytes(writeTrace(trace)),
      topology: topology.digest,
    }),
    policy: estate.policy,
    prediction,
    actions,
    steps,
  });
}

function filesOf({ calibration, topology, ...submission }: Submission): RunFiles {
  return {
    'scenario.json': submission.scenario,
    'estate.json': submission.estate,
    'prediction.json': submission.prediction,
    'trace.bin': writeTrace(submission.trace),
    ...(calibration === null ? {} : { 'calibration.json': calibration }),
    ...(topology.facts === null ? {} : { 'topology.json': topology.facts }),
  };
}

/** Nobody should put a signature under something that cannot run any more or is not what was submitted. */
async function refuseToSign(state: State, plan: Plan, standing: PlanStanding): Promise<void> {
  if (plan.expiresAt < state.now().toISOString())
    throw new UserError('refused', {
      message: `${plan.id} expired at ${plan.expiresAt}`,
      remedy: 'plan again',
    });
  if (plan.blockers.length > 0)
    throw new UserError(
      'refused',
      plan.blockers.map((blocker) => ({
        message: `policy blocks this plan: ${blocker}`,
        remedy: 'no approval lifts that; change the plan or the policy',
      })),
    );
  const damage = await state.runs.damage(standing.run);
  if (damage.length > 0)
    throw new UserError(
      'state',
      damage.map((message) => ({ message })),
    );
}

async function decide(
  state: State,
  plan: Plan,
  identity: string,
  saying: { readonly verdict: 'approve' | 'reject'; readonly reason: string },
): Promise<void> {
  const signer = await state.identities.signer(identity);
  const envelope = sealVerdict(state, plan, signer, saying);
  const decision = decisionOf(signer, envelope);
  const subject = `plan/${plan.id}`;
  const event: Proposal =
    saying.verdict === 'approve'
      ? { type: 'premortem.plan.approved', subject, data: decision }
      : {
          type: 'premortem.plan.rejected',
          subject,
          data: { ...decision, reason: saying.reason },
        };
  await state.ledger.append(() => ({
    event,
    actor: signer.name,
    documents: [{ kind: 'attestation', text: envelope }],
  }));
}

function sealVerdict(
  state: State,
  plan: Plan,
  signer: Signer,
  saying: { readonly verdict: VerdictOnPlan; readonly reason: string },
): string {
  const statement = makeStatement(plan, {
    ...saying,
    state: state.id,
    by: signer.name,
    key: signer.key.fingerprint,
    at: state.now().toISOString(),
  });
  return sealEnvelope(statementPayloadType, canonicalText(statement), signer.key);
}

function decisionOf(
  signer: Signer,
  envelope: string,
): { by: string; key: Digest; attestation: Digest } {
  return {
    by: signer.name,
    key: signer.key.fingerprint,
    attestation: digestOfBytes(envelope),
  };
}

function stepIds({ steps }: Plan): [string, ...string[]] {
  const [first, ...rest] = steps.map(({ id }) => id);
  assert(first !== undefined, 'a plan has steps');
  return [first, ...rest];
}

function later(time: string, byMs: number): string {
  return new Date(Date.parse(time) + byMs).toISOString();
}

function unknownPlan(planId: string, known: readonly string[]): UserError {
  const near = known.length > 3 ? nearestNames(planId, known) : known;
  return new UserError('missing', {
    message: `"${planId}" names no single plan here`,
    remedy: near.length === 0 ? 'make one with `premortem plan`' : `plans here: ${near.join(', ')}`,
  });
}
