// Signed envelopes after DSSE 1.0.2 (https://github.com/secure-systems-lab/dsse): the signature covers the payload's type
// and bytes, and what is used afterwards is exactly the bytes that were checked.
import { z } from 'zod';
import { canonicalText } from '../../engine/digest.ts';
import { fingerprintOf, verifySignature, type SigningKey } from '../identity.ts';

const envelopeSchema = z.strictObject({
  payload: z.base64(),
  payloadType: z.string(),
  signatures: z.tuple([z.strictObject({ keyid: z.string(), sig: z.base64() })]),
});

/** The text of an envelope around `payload`, signed with `key`. */
export function sealEnvelope(payloadType: string, payload: string, key: SigningKey): string {
  const bytes = Buffer.from(payload, 'utf8');
  const signature = key.sign(preAuthentication(payloadType, bytes));
  return written(payloadType, bytes, { keyid: key.fingerprint, signature });
}

/**
 * The payload of an envelope of this type signed with the private half of `publicKey`, or null when it is not. Only the
 * very text that `sealEnvelope` writes is accepted: base64 and JSON have many spellings, and a touched one is no original.
 */
export function openEnvelope(text: string, payloadType: string, publicKey: string): string | null {
  const envelope = parseEnvelope(text);
  if (envelope === null) return null;
  const bytes = Buffer.from(envelope.payload, 'base64');
  const signature = Buffer.from(envelope.signatures[0].sig, 'base64');
  const keyid = fingerprintOf(publicKey);
  if (written(payloadType, bytes, { keyid, signature }) !== text) return null;
  const valid = verifySignature(publicKey, preAuthentication(payloadType, bytes), signature);
  return valid ? bytes.toString('utf8') : null;
}

function written(
  payloadType: string,
  payload: Buffer,
  signed: { readonly keyid: string; readonly signature: Uint8Array },
): string {
  const sig = Buffer.from(signed.signature).toString('base64');
  return canonicalText({
    payload: payload.toString('base64'),
    payloadType,
    signatures: [{ keyid: signed.keyid, sig }],
  });
}

/** `DSSEv1 SP length(type) SP type SP length(body) SP body`, lengths in bytes. */
function preAuthentication(payloadType: string, body: Uint8Array): Uint8Array {
  const head = `DSSEv1 ${Buffer.byteLength(payloadType)} ${payloadType} ${body.length} `;
  return Buffer.concat([Buffer.from(head, 'utf8'), body]);
}

function parseEnvelope(text: string): z.infer<typeof envelopeSchema> | null {
  try {
    const result = envelopeSchema.safeParse(JSON.parse(text));
    return result.success ? result.data : null;
  } catch {
    return null;
  }
}
