// Signed envelopes after DSSE 1.0.2 (https://github.com/secure-systems-lab/dsse): the signature covers the payload's type
// and bytes, and what is used afterwards is exactly the bytes that were checked.
import { z } from 'zod';
import { canonicalText } from '../../engine/digest.ts';
import { verifySignature, type SigningKey } from '../identity.ts';

const envelopeSchema = z.strictObject({
  payload: z.base64(),
  payloadType: z.string(),
  signatures: z.array(z.strictObject({ keyid: z.string(), sig: z.base64() })).length(1),
});

/** The text of an envelope around `payload`, signed with `key`. */
export function sealEnvelope(payloadType: string, payload: string, key: SigningKey): string {
  const bytes = Buffer.from(payload, 'utf8');
  const signature = Buffer.from(key.sign(preAuthentication(payloadType, bytes)));
  return canonicalText({
    payload: bytes.toString('base64'),
    payloadType,
    signatures: [{ keyid: key.fingerprint, sig: signature.toString('base64') }],
  });
}

/** The payload of an envelope of this type signed with the private half of `publicKey`, or null when it is not. */
export function openEnvelope(text: string, payloadType: string, publicKey: string): string | null {
  const envelope = parseEnvelope(text);
  const signature = envelope?.signatures[0];
  if (envelope?.payloadType !== payloadType || signature === undefined) return null;
  const bytes = Buffer.from(envelope.payload, 'base64');
  const valid = verifySignature(
    publicKey,
    preAuthentication(payloadType, bytes),
    Buffer.from(signature.sig, 'base64'),
  );
  return valid ? bytes.toString('utf8') : null;
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
