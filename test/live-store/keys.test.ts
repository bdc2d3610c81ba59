// Keys and envelopes: files that only their owner may read, signatures that stand for exact bytes.
import fc from 'fast-check';
import { chmodSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { loadKey, obtainKey } from '../../live/identity.ts';
import { openEnvelope, sealEnvelope } from '../../live/store/envelope.ts';
import { failureOf, Place } from './place.ts';

let place: Place;
beforeEach(() => {
  place = new Place();
});
afterEach(() => place.remove());

describe('a private key', () => {
  it('is made once, for its owner alone, and stays', () => {
    const file = join(place.config, 'identities', 'ada.key');
    const made = obtainKey(file);
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(statSync(join(place.config, 'identities')).mode & 0o777).toBe(0o700);
    expect(obtainKey(file).fingerprint).toBe(made.fingerprint);
    expect(readFileSync(file, 'utf8')).toMatch(/^-----BEGIN PRIVATE KEY-----/);
  });

  it('is refused when others may read it', async () => {
    const file = join(place.config, 'ada.key');
    obtainKey(file);
    chmodSync(file, 0o640);
    expect(await failureOf(Promise.resolve().then(() => loadKey(file)))).toEqual({
      code: 'refused',
      messages: ['this private key is open to other users'],
    });
  });

  it('is refused when the file holds something else', async () => {
    mkdirSync(place.config, { recursive: true });
    const file = join(place.config, 'ada.key');
    writeFileSync(file, 'not a key', { mode: 0o600 });
    expect(await failureOf(Promise.resolve().then(() => loadKey(file)))).toMatchObject({
      code: 'state',
    });
  });
});

describe('an envelope', () => {
  const type = 'application/vnd.test+json';

  it('opens with the right key and type only', () => {
    const [ada, bob] = ['ada', 'bob'].map((name) => obtainKey(join(place.config, name)));
    if (ada === undefined || bob === undefined) throw new Error('two keys were made');
    const envelope = sealEnvelope(type, '{"é":1}', ada);
    expect(openEnvelope(envelope, type, ada.publicKey)).toBe('{"é":1}');
    expect(openEnvelope(envelope, type, bob.publicKey)).toBeNull();
    expect(openEnvelope(envelope, 'application/other', ada.publicKey)).toBeNull();
    expect(openEnvelope(envelope, type, 'no key')).toBeNull();
    expect(openEnvelope('no envelope', type, ada.publicKey)).toBeNull();
  });

  it('signs `DSSEv1 <length> <type> <length> <payload>`, so that other tools can check it', () => {
    const key = obtainKey(join(place.config, 'ada'));
    const envelope = JSON.parse(sealEnvelope(type, 'hello', key)) as {
      signatures: readonly [{ sig: string }];
    };
    const expected = key.sign(Buffer.from(`DSSEv1 25 ${type} 5 hello`));
    expect(envelope.signatures[0].sig).toBe(Buffer.from(expected).toString('base64'));
  });

  it('never opens after a character was changed, the hint at the key included', () => {
    const key = obtainKey(join(place.config, 'ada'));
    const payload = '{"verdict":"approve"}';
    const envelope = sealEnvelope(type, payload, key);
    fc.assert(
      fc.property(fc.nat(envelope.length - 1), fc.integer({ min: 32, max: 126 }), (at, code) => {
        const touched = envelope.slice(0, at) + String.fromCharCode(code) + envelope.slice(at + 1);
        fc.pre(touched !== envelope);
        expect(openEnvelope(touched, type, key.publicKey)).toBeNull();
      }),
    );
  });
});
