// Ed25519 keys in files of the user's own configuration directory: one per person, one per state directory. Private
// keys never enter a state directory. Signing and checking happen here; what is signed is decided elsewhere.
import {
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  sign,
  verify,
  type KeyObject,
} from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { digestOfBytes, type Digest } from '../engine/digest.ts';
import { UserError } from '../engine/failure.ts';

/** A public key: base64 of its SPKI bytes, and their SHA-256. */
export interface PublicKey {
  readonly publicKey: string;
  readonly fingerprint: Digest;
}

/** A key that can sign. */
export interface SigningKey extends PublicKey {
  sign(bytes: Uint8Array): Uint8Array;
}

/** `$XDG_CONFIG_HOME/premortem`, or `~/.config/premortem`. */
export function configDirectory(): string {
  const configured = process.env['XDG_CONFIG_HOME'] ?? '';
  return join(configured === '' ? join(homedir(), '.config') : configured, 'premortem');
}

/** The key in a file; made first, readable for its owner alone, when there is none. */
export function obtainKey(file: string): SigningKey {
  if (!existsSync(file)) writeNewKey(file);
  return loadKey(file);
}

/** The key in a file. UserError `missing` without one, `refused` when others may read it, `state` when it is none. */
export function loadKey(file: string): SigningKey {
  const place = { file };
  if (!existsSync(file))
    throw new UserError('missing', { message: 'there is no private key here', place });
  if (process.platform !== 'win32' && (statSync(file).mode & 0o077) !== 0)
    throw new UserError('refused', {
      message: 'this private key is open to other users',
      place,
      remedy: `chmod 600 ${file}`,
    });
  try {
    return signingKey(createPrivateKey(readFileSync(file)));
  } catch (cause) {
    if (cause instanceof UserError) throw cause;
    throw new UserError('state', {
      message: `not an Ed25519 private key (${String(cause)})`,
      place,
    });
  }
}

/** Whether `signature` over `bytes` was made with the private half of a public key. */
export function verifySignature(
  publicKey: string,
  bytes: Uint8Array,
  signature: Uint8Array,
): boolean {
  try {
    return verify(null, bytes, publicKeyOf(publicKey), signature);
  } catch {
    // Not a key, or not a signature of its length: then it is no valid signature either.
    return false;
  }
}

/** The fingerprint of a public key in base64 SPKI. */
export function fingerprintOf(publicKey: string): Digest {
  return digestOfBytes(Buffer.from(publicKey, 'base64'));
}

function writeNewKey(file: string): void {
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
  const { privateKey } = generateKeyPairSync('ed25519');
  const pem = privateKey.export({ type: 'pkcs8', format: 'pem' });
  try {
    writeFileSync(file, pem, { flag: 'wx', mode: 0o600 });
  } catch (cause) {
    // Somebody else made it a moment ago: theirs is as good, and a key is never overwritten.
    if ((cause as NodeJS.ErrnoException).code !== 'EEXIST') throw cause;
  }
}

function signingKey(privateKey: KeyObject): SigningKey {
  if (privateKey.asymmetricKeyType !== 'ed25519')
    throw new TypeError(`it is of type ${privateKey.asymmetricKeyType ?? 'unknown'}`);
  const spki = createPublicKey(privateKey).export({ type: 'spki', format: 'der' });
  return {
    publicKey: spki.toString('base64'),
    fingerprint: digestOfBytes(spki),
    sign: (bytes) => sign(null, bytes, privateKey),
  };
}

function publicKeyOf(text: string): KeyObject {
  return createPublicKey({ key: Buffer.from(text, 'base64'), format: 'der', type: 'spki' });
}
