// What a person signs about a plan: an in-toto statement whose subjects are the plan and everything it is bound to, by
// digest. Signing one thing therefore cannot be mistaken for signing another. No keys here: the envelope around the
// statement is made and checked in the live room.
import { z } from 'zod';
import { canonicalText, type Digest } from '../../engine/digest.ts';
import { digestSchema } from '../document.ts';
import { boundThings, type Plan } from './plan.ts';

export const statementPayloadType = 'application/vnd.in-toto+json';

/** Submission is signed by the author, so that authorship cannot be put on somebody else. */
const verdictsOnPlan = ['submit', 'approve', 'reject'] as const;
export type VerdictOnPlan = (typeof verdictsOnPlan)[number];

const statementSchema = z.strictObject({
  _type: z.literal('https://in-toto.io/Statement/v1'),
  subject: z.array(
    z.strictObject({ name: z.string(), digest: z.strictObject({ sha256: digestSchema }) }),
  ),
  predicateType: z.literal('urn:premortem:plan-verdict:v1'),
  predicate: z.strictObject({
    state: z.string(),
    verdict: z.enum(verdictsOnPlan),
    by: z.string(),
    key: digestSchema,
    at: z.iso.datetime(),
    expiresAt: z.iso.datetime(),
    costCapUsd: z.number(),
    reason: z.string(),
  }),
});
export type Statement = z.infer<typeof statementSchema>;

/** Who says what, when. `state` is the id of the state directory, so that a statement counts nowhere else. */
export interface Signing {
  readonly state: string;
  readonly verdict: VerdictOnPlan;
  readonly by: string;
  readonly key: Digest;
  readonly at: string;
  readonly reason: string;
}

/** The statement to sign. It ends when the plan does and caps the cost at what was predicted. */
export function makeStatement(plan: Plan, signing: Signing): Statement {
  return {
    _type: 'https://in-toto.io/Statement/v1',
    subject: subjectsOf(plan),
    predicateType: 'urn:premortem:plan-verdict:v1',
    predicate: { ...signing, expiresAt: plan.expiresAt, costCapUsd: plan.expected.costUsd },
  };
}

/** The statement in a payload whose signature was checked, or null when it is none. */
export function readStatement(payload: string): Statement | null {
  try {
    const result = statementSchema.safeParse(JSON.parse(payload));
    return result.success ? result.data : null;
  } catch {
    return null;
  }
}

/** Why a statement does not say `expected` about `plan`, or null when it does. */
export function statementObjection(
  statement: Statement,
  plan: Plan,
  expected: Pick<Signing, 'state' | 'verdict' | 'by' | 'key'>,
): string | null {
  const { predicate } = statement;
  if (canonicalText(statement.subject) !== canonicalText(subjectsOf(plan)))
    return 'it was signed for another plan, or for other documents';
  if (predicate.state !== expected.state) return 'it was signed for another state directory';
  if (predicate.verdict !== expected.verdict) return `it says ${predicate.verdict}`;
  if (predicate.by !== expected.by || predicate.key !== expected.key)
    return `it was signed by ${predicate.by}`;
  return null;
}

function subjectsOf(plan: Plan): Statement['subject'] {
  const bound = boundThings.flatMap((thing) => {
    const digest = plan.bound[thing];
    return digest === null ? [] : [{ name: thing, digest: { sha256: digest } }];
  });
  return [{ name: plan.id, digest: { sha256: plan.digest } }, ...bound];
}
