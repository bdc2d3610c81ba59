// One link of the ledger's chain: how an event is written down, hashed and joined to the one before, and how a stored
// link is read back with every doubt named. Pure; the store keeps the links, signs the newest and passes them here.
import { z } from 'zod';
import { canonicalText, digestOfBytes, type Digest } from '../../engine/digest.ts';
import { digestSchema } from '../document.ts';
import { ledgerBodySchema, type LedgerBody } from './events.ts';

/** One entry of the ledger: its body and the SHA-256 over the RFC 8785 text of the body. */
export type LedgerEvent = LedgerBody & { readonly hash: Digest };

/** An entry as it is stored: `text` is exactly what was hashed. */
export interface StoredLink {
  readonly seq: number;
  readonly hash: string;
  readonly text: string;
}

/** Newest entry of a ledger; signed by the store, so that a cut-off tail is found. */
export const ledgerHeadSchema = z.strictObject({
  schema: z.literal('premortem/ledger-head/v1'),
  state: z.string(),
  seq: z.int().nonnegative(),
  hash: digestSchema,
});
export type LedgerHead = z.infer<typeof ledgerHeadSchema>;

/** What the first entry names as the one before it. */
export const genesisHash = '0'.repeat(64) as Digest;

/** The link to store for a body. Throws if the body is not a well-formed event: a bug of ours. */
export function sealEvent(body: LedgerBody): StoredLink {
  const text = canonicalText(ledgerBodySchema.parse(body));
  return { seq: body.seq, hash: digestOfBytes(text), text };
}

/** The event in a stored link, or what is wrong with it as the successor of entry `seq` with hash `hash`. */
export function readLink(
  link: StoredLink,
  previous: { readonly seq: number; readonly hash: Digest },
): LedgerEvent | { readonly fault: string } {
  if (link.seq !== previous.seq + 1) return fault(`entry ${previous.seq + 1} is missing`);
  const hash = digestOfBytes(link.text);
  if (hash !== link.hash) return fault(`entry ${link.seq} does not match its own hash`);
  const body = parseBody(link.text);
  if (body === null) return fault(`entry ${link.seq} is not an event of this version`);
  if (body.seq !== link.seq) return fault(`entry ${link.seq} says it is entry ${body.seq}`);
  if (body.previous !== previous.hash)
    return fault(`entry ${link.seq} does not follow entry ${previous.seq}`);
  return { ...body, hash };
}

function fault(text: string): { readonly fault: string } {
  return { fault: text };
}

function parseBody(text: string): LedgerBody | null {
  try {
    const result = ledgerBodySchema.safeParse(JSON.parse(text));
    return result.success ? result.data : null;
  } catch {
    return null;
  }
}
