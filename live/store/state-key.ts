// The key that signs a state directory's ledger head, and what is pinned about it, all outside that directory:
// `<id>.key` (private), `<id>.pin` (public key that heads are checked with) and `<id>.head` (the newest head that was
// signed here). Whoever can edit the database alone can then neither rewrite, shorten nor roll back the ledger unseen.
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { canonicalText } from '../../engine/digest.ts';
import { UserError } from '../../engine/failure.ts';
import { digestSchema } from '../../twin/document.ts';
import { ledgerHeadSchema, type LedgerHead } from '../../twin/change/ledger-event.ts';
import { fingerprintOf, loadKey, obtainKey, type PublicKey, type SigningKey } from '../identity.ts';
import { openEnvelope, sealEnvelope } from './envelope.ts';

const headPayloadType = 'application/vnd.premortem.ledger-head+json';

const pinSchema = z.strictObject({
  schema: z.literal('premortem/state-pin/v1'),
  state: z.string(),
  publicKey: z.base64(),
  fingerprint: digestSchema,
});

/** The key of one state directory, by the directory's id. */
export class StateKey {
  readonly state: string;
  readonly #directory: string;
  #private: SigningKey | null = null;
  #pin: PublicKey | null = null;
  /** The envelope that was checked or signed last: the same text need not be checked again. */
  #newest: { readonly envelope: string; readonly head: LedgerHead } | null = null;

  constructor(configDirectory: string, state: string) {
    this.#directory = join(configDirectory, 'state-keys');
    this.state = state;
  }

  /** Makes the key and pins it. Done once, when a state directory is created. */
  create(): PublicKey {
    mkdirSync(this.#directory, { recursive: true, mode: 0o700 });
    const { publicKey, fingerprint } = obtainKey(this.#file('key'));
    const pin = { schema: 'premortem/state-pin/v1', state: this.state, publicKey, fingerprint };
    writeFileSync(this.#file('pin'), canonicalText(pin), { mode: 0o600 });
    return { publicKey, fingerprint };
  }

  /** The pinned public key, or null when this machine knows none for the state directory. */
  pin(): PublicKey | null {
    this.#pin ??= readPin(this.#file('pin'), this.state);
    return this.#pin;
  }

  /** The envelope over a head. UserError when the private key is gone or is not the pinned one. */
  seal(head: LedgerHead): string {
    this.#private ??= loadKey(this.#file('key'));
    if (this.#private.fingerprint !== this.pin()?.fingerprint)
      throw new UserError('state', {
        message: 'the key of this state directory is not the pinned one',
        place: { file: this.#file('key') },
        remedy: 'put the right key back',
      });
    const envelope = sealEnvelope(headPayloadType, canonicalText(head), this.#private);
    this.#newest = { envelope, head };
    return envelope;
  }

  /** The head in an envelope that was signed with the pinned key for this state, or null. */
  open(envelope: string): LedgerHead | null {
    if (this.#newest?.envelope === envelope) return this.#newest.head;
    const pin = this.pin();
    const payload = pin && openEnvelope(envelope, headPayloadType, pin.publicKey);
    if (payload === null) return null;
    const result = ledgerHeadSchema.safeParse(JSON.parse(payload));
    if (!result.success || result.data.state !== this.state) return null;
    this.#newest = { envelope, head: result.data };
    return result.data;
  }

  /** The newest head that was committed here as far as is remembered; null without a readable, signed memory. */
  remembered(): LedgerHead | null {
    const file = this.#file('head');
    return existsSync(file) ? this.open(readFileSync(file, 'utf8')) : null;
  }

  /** Remembers a committed head. It may lag behind the ledger after a crash, which is harmless, but never leads it. */
  remember(head: LedgerHead, envelope: string): void {
    if ((this.remembered()?.seq ?? -1) >= head.seq) return;
    const temporary = `${this.#file('head')}.${process.pid}`;
    writeFileSync(temporary, envelope, { mode: 0o600 });
    renameSync(temporary, this.#file('head'));
  }

  #file(suffix: string): string {
    return join(this.#directory, `${this.state}.${suffix}`);
  }
}

function readPin(file: string, state: string): PublicKey | null {
  if (!existsSync(file)) return null;
  try {
    const pin = pinSchema.parse(JSON.parse(readFileSync(file, 'utf8')));
    return pin.state === state && fingerprintOf(pin.publicKey) === pin.fingerprint ? pin : null;
  } catch {
    // A damaged pin vouches for nothing; callers report that there is no usable one.
    return null;
  }
}
