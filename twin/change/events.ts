// The registry of ledger events: everything that ever changes in a state directory, one schema per type. Types read
// `premortem.<thing>.<past participle>`, subjects `<thing>/<name>`. What an event means for the present is decided in
// `register.ts`; how events are chained and signed is decided in `ledger-event.ts` and by the store.
import { z } from 'zod';
import { digestSchema } from '../document.ts';

/** A process that executes a plan, named so that a reused pid is not mistaken for it. */
const holderSchema = z.strictObject({
  host: z.string(),
  pid: z.int().positive(),
  startTime: z.string(),
});
export type Holder = z.infer<typeof holderSchema>;

/** One reason why a plan may not run now. `lasting`: nothing that happens later can lift it. */
const refusalSchema = z.strictObject({
  code: z.enum([
    'state',
    'approvals',
    'policy',
    'expired',
    'prediction-age',
    'cost',
    'changed',
    'shard-map',
    'busy',
    'tampered',
  ]),
  message: z.string(),
  lasting: z.boolean(),
});
export type Refusal = z.infer<typeof refusalSchema>;

/** What was seen while a step ran: flat, so that it can be shown as it is. */
const evidenceSchema = z.record(z.string(), z.union([z.string(), z.number()]));
export type Evidence = z.infer<typeof evidenceSchema>;

const journalStates = ['intent', 'done', 'failed', 'compensating', 'compensated'] as const;
export type JournalState = (typeof journalStates)[number];

const filesSchema = z.record(z.string(), digestSchema);
const decision = { by: z.string(), key: digestSchema, attestation: digestSchema };
const generation = z.int().positive();
const attempt = z.int().positive();

/** The events, each with the kind of thing it is about and the shape of its data. */
const eventSchemas = [
  event('premortem.state.created', 'state', { key: digestSchema }),
  event('premortem.identity.registered', 'identity', {
    publicKey: z.string(),
    fingerprint: digestSchema,
  }),
  event('premortem.run.recorded', 'run', { files: filesSchema }),
  event('premortem.run.extended', 'run', { files: filesSchema }),
  event('premortem.shard.assigned', 'shard', {
    primary: z.string(),
    epoch: z.int().positive(),
  }),
  event('premortem.plan.submitted', 'plan', {
    ...decision,
    plan: digestSchema,
    run: z.string(),
    approvalsNeeded: z.int().positive(),
    blocked: z.boolean(),
    shards: z.array(z.string()),
    steps: z.array(z.string()).nonempty(),
  }),
  event('premortem.plan.approved', 'plan', decision),
  event('premortem.plan.rejected', 'plan', { ...decision, reason: z.string() }),
  event('premortem.plan.refused', 'plan', { refusals: z.array(refusalSchema).nonempty() }),
  event('premortem.plan.invalidated', 'plan', { refusals: z.array(refusalSchema).nonempty() }),
  event('premortem.plan.started', 'plan', { generation, holder: holderSchema }),
  event('premortem.plan.resumed', 'plan', { generation, holder: holderSchema }),
  event('premortem.plan.completed', 'plan', { generation }),
  event('premortem.plan.compensated', 'plan', { generation, reason: z.string() }),
  event('premortem.plan.halted', 'plan', { generation, reason: z.string() }),
  event('premortem.step.journalled', 'plan', {
    generation,
    step: z.string(),
    attempt,
    state: z.enum(journalStates),
    token: z.string(),
    evidence: evidenceSchema,
  }),
  event('premortem.case.begun', 'case', {
    attempt,
    campaign: digestSchema,
    estate: digestSchema,
    scenario: digestSchema,
  }),
  event('premortem.case.predicted', 'case', {
    attempt,
    calibration: digestSchema.nullable(),
    prediction: digestSchema,
    trace: digestSchema,
  }),
  event('premortem.case.measured', 'case', {
    attempt,
    repetition: z.int().positive(),
    measurement: digestSchema,
  }),
  event('premortem.case.scored', 'case', {
    attempt,
    status: z.enum(['scored', 'invalid', 'failed']),
    score: digestSchema,
  }),
] as const;

/** What is hashed: an event without its own hash. */
export const ledgerBodySchema = z.discriminatedUnion('type', eventSchemas);
export type LedgerBody = z.infer<typeof ledgerBodySchema>;
type LedgerEventType = LedgerBody['type'];

/** The body of one type of event, for functions that handle just that. */
export type BodyOf<T extends LedgerEventType> = Extract<LedgerBody, { type: T }>;

/** What a caller wants to happen; place in the chain, time and actor come from the store. */
export type Proposal = {
  [T in LedgerEventType]: Pick<BodyOf<T>, 'type' | 'subject' | 'data'>;
}[LedgerEventType];

/** The name behind `<thing>/<name>`. */
export function nameOf(subject: string): string {
  return subject.slice(subject.indexOf('/') + 1);
}

function event<T extends string, K extends string, D extends z.ZodRawShape>(
  type: T,
  thing: K,
  data: D,
): z.ZodObject<
  {
    seq: z.ZodInt;
    id: z.ZodString;
    type: z.ZodLiteral<T>;
    subject: z.ZodString;
    actor: z.ZodString;
    at: z.ZodISODateTime;
    data: z.ZodObject<D, z.core.$strict>;
    previous: typeof digestSchema;
  },
  z.core.$strict
> {
  return z.strictObject({
    seq: z.int().positive(),
    id: z.string(),
    type: z.literal(type),
    subject: z.string().startsWith(`${thing}/`),
    actor: z.string(),
    at: z.iso.datetime(),
    data: z.strictObject(data),
    previous: digestSchema,
  });
}
