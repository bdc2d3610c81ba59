// The ledger in the database: the only thing that changes a state. One transaction catches up with what other processes
// wrote (checking every new link of the chain and the signed head), lets the caller decide on the newest facts, appends
// one event with its documents, and signs the new head. Every fact about the present is folded from it in memory.
import { randomUUID } from 'node:crypto';
import type { Kysely, Transaction } from 'kysely';
import { digestOfBytes, type Digest } from '../../engine/digest.ts';
import { assert, UserError } from '../../engine/failure.ts';
import { nameOf, type LedgerBody, type Proposal } from '../../twin/change/events.ts';
import {
  genesisHash,
  readLink,
  sealEvent,
  type LedgerEvent,
  type LedgerHead,
  type StoredLink,
} from '../../twin/change/ledger-event.ts';
import { objection, RegisterFold, type Register } from '../../twin/change/register.ts';
import { guarded, type Tables } from './database.ts';
import type { StateKey } from './state-key.ts';

/** A text to keep with an event that names its digest. */
interface StoredDocument {
  readonly kind: 'plan' | 'attestation';
  readonly text: string;
}

/** What a caller wants to append. */
export interface Draft {
  readonly event: Proposal;
  readonly actor: string;
  readonly documents?: readonly StoredDocument[];
}

/** Where the ledger is and how it is signed and dated. */
export interface LedgerParts {
  readonly database: Kysely<Tables>;
  readonly file: string;
  readonly key: StateKey;
  readonly now: () => Date;
}

export class Ledger {
  readonly #parts: LedgerParts;
  readonly #register = new RegisterFold();
  readonly #events: LedgerEvent[] = [];

  constructor(parts: LedgerParts) {
    this.#parts = parts;
  }

  /** Everything that the ledger says about the present. UserError `state` when the ledger was tampered with. */
  async register(): Promise<Register> {
    await this.#guarded(() => this.#catchUp(this.#parts.database));
    return this.#register;
  }

  /** All events, oldest first. */
  async events(): Promise<readonly LedgerEvent[]> {
    await this.register();
    return [...this.#events];
  }

  /** The stored text with this digest. UserError `state` when it is gone or is not what the ledger names. */
  async document(digest: Digest): Promise<string> {
    const row = await this.#guarded(() =>
      this.#parts.database
        .selectFrom('documents')
        .select('text')
        .where('digest', '=', digest)
        .executeTakeFirst(),
    );
    if (row === undefined) throw this.#tampered(`the document ${digest.slice(0, 12)} is gone`);
    if (digestOfBytes(row.text) !== digest)
      throw this.#tampered(`the document ${digest.slice(0, 12)} was changed`);
    return row.text;
  }

  /**
   * Appends what `decide` wants on the newest facts, or nothing when it returns null. UserError `refused` when the rules
   * forbid the event now; whatever `decide` throws ends the transaction without a trace.
   */
  async append(decide: (register: Register) => Draft | null): Promise<LedgerEvent | null> {
    const { database, key } = this.#parts;
    const written = await this.#guarded(() =>
      database.transaction().execute(async (transaction) => {
        await this.#catchUp(transaction);
        this.#assertNotRolledBack();
        const draft = decide(this.#register);
        return draft === null ? null : this.#write(transaction, draft);
      }),
    );
    if (written === null) return null;
    key.remember(written.head, written.envelope);
    return written.event;
  }

  /** The first event of a new state, inside the transaction that makes the tables. */
  async create(transaction: Transaction<Tables>, actor: string): Promise<void> {
    const { key } = this.#parts;
    const event: Proposal = {
      type: 'premortem.state.created',
      subject: `state/${key.state}`,
      data: { key: key.create().fingerprint },
    };
    await this.#write(transaction, { event, actor });
  }

  async #write(
    transaction: Transaction<Tables>,
    draft: Draft,
  ): Promise<{ event: LedgerEvent; head: LedgerHead; envelope: string }> {
    const refusal = objection(this.#register, draft.event);
    if (refusal !== null)
      throw new UserError('refused', { message: refusal, place: { path: draft.event.subject } });
    const previous = this.#last();
    const link = sealEvent({
      ...draft.event,
      seq: previous.seq + 1,
      id: randomUUID(),
      actor: draft.actor,
      at: this.#parts.now().toISOString(),
      previous: previous.hash,
    } as LedgerBody);
    const event = readLink(link, previous);
    assert(!('fault' in event), 'a link that was just made is sound');
    await transaction.insertInto('ledger').values(link).execute();
    for (const document of draft.documents ?? []) await insertDocument(transaction, document);
    return { event, ...(await this.#signHead(transaction, event)) };
  }

  async #signHead(
    transaction: Transaction<Tables>,
    { seq, hash }: LedgerEvent,
  ): Promise<{ head: LedgerHead; envelope: string }> {
    const { key } = this.#parts;
    const head: LedgerHead = { schema: 'premortem/ledger-head/v1', state: key.state, seq, hash };
    const envelope = key.seal(head);
    await transaction
      .insertInto('ledger_head')
      .values({ id: 1, seq, envelope })
      .onConflict((conflict) => conflict.column('id').doUpdateSet({ seq, envelope }))
      .execute();
    return { head, envelope };
  }

  /** Reads, checks and folds what was written since the last look. One statement, so links and head belong together. */
  async #catchUp(database: Kysely<Tables>): Promise<void> {
    const rows = await database
      .selectFrom('ledger')
      .leftJoin('ledger_head', (join) => join.onTrue())
      .select(['ledger.seq', 'ledger.hash', 'ledger.text', 'ledger_head.envelope'])
      .where('ledger.seq', '>', this.#last().seq)
      .orderBy('ledger.seq')
      .execute();
    // Another look may have folded some of them while this one waited for the database.
    const fresh = rows.filter(({ seq }) => seq > this.#last().seq);
    for (const row of fresh) this.#fold(row);
    const newest = fresh.at(-1);
    if (newest !== undefined) this.#checkHead(newest.envelope);
    else if (this.#last().seq === 0) throw this.#tampered('the ledger is empty');
  }

  #fold(link: StoredLink): void {
    const event = readLink(link, this.#last());
    if ('fault' in event) throw this.#tampered(event.fault);
    const refusal = objection(this.#register, event);
    if (refusal !== null) throw this.#tampered(`entry ${event.seq} was not allowed: ${refusal}`);
    this.#register.add(event);
    this.#events.push(event);
  }

  #checkHead(envelope: string | null): void {
    const { key } = this.#parts;
    if (key.pin() === null)
      throw new UserError('state', {
        message: 'this machine has no key for this state, so its ledger cannot be trusted',
        place: { file: this.#parts.file },
        remedy: `bring state-keys/${key.state}.* along from where the state was made`,
      });
    const head = envelope === null ? null : key.open(envelope);
    const { seq, hash } = this.#last();
    if (head === null || head.seq !== seq || head.hash !== hash)
      throw this.#tampered('the newest entry is not the one that was signed');
    const created = this.#events[0];
    if (created === undefined || nameOf(created.subject) !== key.state)
      throw this.#tampered('the ledger belongs to another state directory');
  }

  /** A head must never be signed twice for one place of the chain. */
  #assertNotRolledBack(): void {
    const remembered = this.#parts.key.remembered();
    if (remembered === null) return;
    const there = this.#events[remembered.seq - 1];
    if (there?.hash !== remembered.hash)
      throw this.#tampered(`the ledger was rolled back behind entry ${remembered.seq}`);
  }

  #last(): { readonly seq: number; readonly hash: Digest } {
    return this.#events.at(-1) ?? { seq: 0, hash: genesisHash };
  }

  #guarded<T>(work: () => Promise<T>): Promise<T> {
    return guarded(this.#parts.file, work);
  }

  #tampered(message: string): UserError {
    return new UserError('state', {
      message,
      place: { file: this.#parts.file },
      remedy: 'see `premortem audit verify` for everything that is wrong',
    });
  }
}

/** The same text twice is the same document. */
async function insertDocument(
  transaction: Transaction<Tables>,
  { kind, text }: StoredDocument,
): Promise<void> {
  await transaction
    .insertInto('documents')
    .values({ digest: digestOfBytes(text), kind, text })
    .onConflict((conflict) => conflict.column('digest').doNothing())
    .execute();
}
