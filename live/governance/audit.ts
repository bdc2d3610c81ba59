// The audit: reads the state directory as an outsider would, trusting nothing but the pinned key, and names everything
// that is not as it was recorded. It goes on after a finding, so that one report tells the whole damage.
import type { Transaction } from 'kysely';
import { digestOfBytes, type Digest } from '../../engine/digest.ts';
import type { AuditFinding, AuditReport } from '../../twin/change/audit.ts';
import { genesisHash, readLink, type LedgerEvent } from '../../twin/change/ledger-event.ts';
import { readPlan } from '../../twin/change/plan.ts';
import { objection, RegisterFold } from '../../twin/change/register.ts';
import { caseDamage } from '../prove/case-damage.ts';
import { guarded, type Tables } from '../store/database.ts';
import { missingGuards } from '../store/migrations.ts';
import type { State } from '../store/state.ts';
import { checkAttestation, claimedVerdicts } from './attestations.ts';

/** The database as one transaction saw it. */
interface Snapshot {
  readonly links: readonly Tables['ledger'][];
  readonly head: Tables['ledger_head'] | undefined;
  readonly documents: ReadonlyMap<string, Tables['documents']>;
  readonly missingGuards: readonly string[];
}

/** What the checks share: the state, what was read, what was found so far. */
interface Audit {
  readonly state: State;
  readonly snapshot: Snapshot;
  readonly events: LedgerEvent[];
  readonly register: RegisterFold;
  readonly findings: AuditFinding[];
  signatures: number;
  files: number;
}

/**
 * Checks ledger, signed head, documents, signatures, files and the database's own guards. UserError `state` only when
 * the database cannot be read at all.
 */
export async function verifyAudit(state: State): Promise<AuditReport> {
  const snapshot = await guarded(state.directory, () =>
    state.database.transaction().execute(takeSnapshot),
  );
  const audit: Audit = {
    state,
    snapshot,
    events: [],
    register: new RegisterFold(),
    findings: [],
    signatures: 0,
    files: 0,
  };
  checkChain(audit);
  checkHead(audit);
  checkDocuments(audit);
  checkVerdicts(audit);
  checkFiles(audit);
  for (const guard of snapshot.missingGuards)
    find(audit, 'guard', guard, 'this protection of the database was removed');
  return reportOf(audit);
}

async function takeSnapshot(transaction: Transaction<Tables>): Promise<Snapshot> {
  const documents = await transaction.selectFrom('documents').selectAll().execute();
  return {
    links: await transaction.selectFrom('ledger').selectAll().orderBy('seq').execute(),
    head: await transaction.selectFrom('ledger_head').selectAll().executeTakeFirst(),
    documents: new Map(documents.map((row) => [row.digest, row])),
    missingGuards: await missingGuards(transaction),
  };
}

/** After a broken link the next one is held against what is stored, so each damaged entry is named once. */
function checkChain(audit: Audit): void {
  let previous = { seq: 0, hash: genesisHash };
  let sound = true;
  for (const link of audit.snapshot.links) {
    const event = readLink(link, previous);
    previous = { seq: link.seq, hash: link.hash as Digest };
    if ('fault' in event) {
      find(audit, 'ledger', `entry ${link.seq}`, event.fault);
      sound = false;
      continue;
    }
    const refusal = objection(audit.register, event);
    if (refusal === null) {
      audit.register.add(event);
      audit.events.push(event);
    } else if (sound) find(audit, 'history', `entry ${event.seq}`, `was not allowed: ${refusal}`);
  }
  if (audit.snapshot.links.length === 0) find(audit, 'ledger', 'ledger', 'it is empty');
}

function checkHead(audit: Audit): void {
  const { state, snapshot } = audit;
  const pin = state.key.pin();
  if (pin === null) {
    find(audit, 'head', 'key', `this machine has no pinned key for state ${state.id}`);
    return;
  }
  const last = snapshot.links.at(-1);
  const head = snapshot.head === undefined ? null : state.key.open(snapshot.head.envelope);
  if (head === null || head.seq !== snapshot.head?.seq)
    find(audit, 'head', 'head', 'it is not signed with the pinned key');
  else if (head.seq !== last?.seq || head.hash !== last.hash)
    find(
      audit,
      'head',
      'head',
      `entry ${head.seq} was signed as the newest one, entry ${last?.seq ?? 0} is`,
    );
  const created = audit.register.state;
  if (created !== null && (created.id !== state.id || created.key !== pin.fingerprint))
    find(audit, 'head', 'key', 'the ledger was begun for another state or key');
  const remembered = state.key.remembered();
  if (remembered === null) return;
  const there = snapshot.links.find(({ seq }) => seq === remembered.seq);
  if (there?.hash !== remembered.hash)
    find(audit, 'head', 'head', `the ledger was rolled back behind entry ${remembered.seq}`);
}

/** Every document that an event names is there and unchanged, and no other one is. */
function checkDocuments(audit: Audit): void {
  const named = new Map<string, string>();
  for (const event of audit.events)
    for (const digest of documentsOf(event)) named.set(digest, `${event.subject} of ${event.type}`);
  for (const [digest, subject] of named) {
    const row = audit.snapshot.documents.get(digest);
    if (row === undefined) find(audit, 'document', subject, `document ${digest} is gone`);
  }
  for (const row of audit.snapshot.documents.values()) {
    const subject = named.get(row.digest);
    if (digestOfBytes(row.text) !== row.digest)
      find(audit, 'document', subject ?? row.kind, `document ${row.digest} was changed`);
    else if (subject === undefined)
      find(audit, 'document', row.kind, `document ${row.digest} is not on the ledger`);
    else if (row.kind !== kindIn(row.text))
      find(audit, 'document', subject, `document ${row.digest} is not of kind ${row.kind}`);
  }
}

function checkVerdicts(audit: Audit): void {
  const { documents } = audit.snapshot;
  for (const standing of audit.register.plans.values()) {
    const plan = readPlan(documents.get(standing.digest)?.text ?? '');
    if (plan?.digest !== standing.digest) continue;
    for (const claim of claimedVerdicts(plan, standing)) {
      const envelope = documents.get(claim.decision.attestation)?.text;
      if (envelope === undefined) continue;
      audit.signatures++;
      const statement = checkAttestation(envelope, claim, audit.register);
      if ('fault' in statement) find(audit, 'signature', `plan/${plan.id}`, statement.fault);
    }
  }
}

function checkFiles(audit: Audit): void {
  for (const run of audit.register.runs.values())
    for (const [name, digest] of Object.entries(run.files)) {
      audit.files++;
      const damage = audit.state.runs.damageOf(run.id, name, digest);
      if (damage !== null) find(audit, 'file', `run/${run.id}`, damage);
    }
  const { files, findings } = caseDamage(audit.state.directory, audit.register.cases.values());
  audit.files += files;
  for (const { subject, message } of findings) find(audit, 'file', subject, message);
}

function documentsOf(event: LedgerEvent): readonly Digest[] {
  if (event.type === 'premortem.plan.submitted') return [event.data.plan, event.data.attestation];
  if (event.type === 'premortem.plan.approved' || event.type === 'premortem.plan.rejected')
    return [event.data.attestation];
  return [];
}

function kindIn(text: string): Tables['documents']['kind'] {
  return readPlan(text) === null ? 'attestation' : 'plan';
}

function reportOf({ state, snapshot, findings, signatures, files }: Audit): AuditReport {
  const last = snapshot.links.at(-1);
  return {
    schema: 'premortem/audit/v1',
    state: state.id,
    verifiedAt: state.now().toISOString(),
    head: last === undefined ? null : { seq: last.seq, hash: last.hash as Digest },
    checked: {
      entries: snapshot.links.length,
      documents: snapshot.documents.size,
      signatures,
      files,
    },
    findings,
    intact: findings.length === 0,
  };
}

function find(audit: Audit, kind: AuditFinding['kind'], subject: string, message: string): void {
  audit.findings.push({ kind, subject, message });
}
