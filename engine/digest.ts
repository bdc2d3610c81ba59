// Digests: SHA-256 over the canonical JSON (RFC 8785) of a document, so that two machines that hold the same
// facts name them the same way. The one place of the core that touches node:crypto.
import { createHash } from 'node:crypto';
import canonicalize from 'canonicalize';
import { assert } from './failure.ts';

/** Lower-case hexadecimal SHA-256. The only branded type: a digest must never be a name or an id by accident. */
export type Digest = string & { readonly __digest: 'sha256' };

/** Keys that say when, where or under which name a document was made; they are never part of what it says. */
const outsideDigest = new Set(['digest', 'id', 'createdAt', 'timings', 'host']);

/** SHA-256 of bytes or of a UTF-8 string. */
export function digestOfBytes(bytes: Uint8Array | string): Digest {
  return createHash('sha256').update(bytes).digest('hex') as Digest;
}

/** RFC 8785 text of a value. Throws on NaN and infinities, which documents must not hold. */
export function canonicalText(value: unknown): string {
  const text = canonicalize(value);
  assert(text !== undefined, 'only JSON values have a canonical text');
  return text;
}

/** Digest of a document without its own top-level `digest`, `id`, `createdAt`, `timings` and `host`. */
export function digestOf(document: object): Digest {
  const kept = Object.entries(document).filter(([key]) => !outsideDigest.has(key));
  return digestOfBytes(canonicalText(Object.fromEntries(kept)));
}
