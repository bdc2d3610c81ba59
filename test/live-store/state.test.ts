// A state directory: created, shared between processes, and refused with one clear message when it cannot be used.
import Database from 'better-sqlite3';
import { existsSync, mkdirSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openState } from '../../live/store/state.ts';
import { failureOf, Place, settle } from './place.ts';

let place: Place;
beforeEach(() => {
  place = new Place();
});
afterEach(() => place.remove());

describe('a state directory', () => {
  it('is made on first use, with its signing key outside of it', async () => {
    const state = await place.open();
    const events = await state.ledger.events();
    expect(events).toMatchObject([
      { seq: 1, type: 'premortem.state.created', subject: `state/${state.id}`, actor: 'tester' },
    ]);
    expect(readdirSync(join(place.config, 'state-keys')).toSorted()).toEqual([
      `${state.id}.key`,
      `${state.id}.pin`,
    ]);
    expect(statSync(join(place.config, 'state-keys', `${state.id}.key`)).mode & 0o777).toBe(0o600);
  });

  it('is not made when it must exist', async () => {
    expect(await failureOf(place.open({ mustExist: true }))).toMatchObject({ code: 'missing' });
    expect(existsSync(place.directory)).toBe(false);
  });

  it('keeps what it was told, for whoever opens it next', async () => {
    await settle(await place.open(), 'ada');
    await place.close();
    const again = await place.open({ mustExist: true });
    expect((await again.identities.list()).map(({ name }) => name)).toEqual(['ada']);
    expect(await again.shardMap.get('checkout-0')).toMatchObject({ epoch: 1 });
  });

  it('lets two processes write without losing or mixing anything', async () => {
    const [one, two] = [await place.open(), await place.open()];
    const names = Array.from({ length: 12 }, (_, index) => `person-${index}`);
    await Promise.all(
      names.map((name, index) => (index % 2 === 0 ? one : two).identities.create(name)),
    );
    expect((await one.identities.list()).map(({ name }) => name).toSorted()).toEqual(
      names.toSorted(),
    );
    expect(await two.ledger.events()).toEqual(await one.ledger.events());
    expect((await one.ledger.events()).map(({ seq }) => seq)).toEqual([
      1,
      ...names.map((_, index) => index + 2),
    ]);
  });

  it('writes nothing for what is so already', async () => {
    const state = await place.open();
    await settle(state, 'ada');
    const before = (await state.ledger.events()).length;
    await settle(state, 'ada');
    expect((await state.ledger.events()).length).toBe(before);
  });

  it('refuses a shard map that goes back, and another primary in the same epoch', async () => {
    const state = await place.open();
    await state.shardMap.switch('checkout-0', 'checkout-0-eu', 2);
    for (const [primary, epoch] of [
      ['checkout-0-us', 1],
      ['checkout-0-us', 2],
    ] as const) {
      const failure = await failureOf(state.shardMap.switch('checkout-0', primary, epoch));
      expect(failure).toMatchObject({ code: 'refused' });
    }
    expect(await state.shardMap.get('checkout-0')).toEqual({
      shard: 'checkout-0',
      primary: 'checkout-0-eu',
      epoch: 2,
    });
  });

  it('refuses names of identities that could be paths', async () => {
    const state = await place.open();
    for (const name of ['../ada', 'Ada', '', '.hidden', 'a/b'])
      expect(await failureOf(state.identities.create(name))).toMatchObject({ code: 'input' });
  });

  it('asks for the nearest name when an identity is unknown', async () => {
    const state = await place.open();
    await settle(state, 'grace');
    await expect(state.identities.signer('grcae')).rejects.toThrow('did you mean grace?');
  });

  it('refuses a private key that is not the registered one', async () => {
    const state = await place.open();
    await settle(state, 'ada');
    rmSync(join(place.config, 'identities', 'ada.key'));
    expect(await failureOf(state.identities.signer('ada'))).toMatchObject({ code: 'missing' });
    const failure = await failureOf(state.identities.create('ada'));
    expect(failure.messages).toEqual(['an identity "ada" is registered already']);
    expect(await failureOf(state.identities.signer('ada'))).toMatchObject({ code: 'refused' });
  });
});

describe('files of runs', () => {
  it('are recorded once and never change', async () => {
    const state = await place.open();
    const run = await state.runs.record({ 'a.json': { x: 1 }, 'b.bin': Uint8Array.of(1) }, 'ada');
    await state.runs.extend(run, { 'c.json': { y: 2 } }, 'ada');
    await state.runs.extend(run, { 'c.json': { y: 2 } }, 'ada');
    expect(await state.runs.readDocument(run, 'c.json')).toEqual({ y: 2 });
    expect(await failureOf(state.runs.extend(run, { 'c.json': { y: 3 } }, 'ada'))).toMatchObject({
      code: 'refused',
    });
    expect(await state.runs.readDocument(run, 'c.json')).toEqual({ y: 2 });
    expect(readdirSync(state.runs.directory(run)).toSorted()).toEqual([
      'a.json',
      'b.bin',
      'c.json',
    ]);
    expect(await failureOf(state.runs.read(run, 'd.json'))).toMatchObject({ code: 'missing' });
    expect(await failureOf(state.runs.read('no-run', 'd.json'))).toMatchObject({ code: 'missing' });
  });
});

describe('a state that cannot be used', () => {
  const reopened = (): Promise<{ code: string; messages: readonly string[] }> =>
    failureOf(openState(place.directory, { configDirectory: place.config }));
  const file = (): string => join(place.directory, 'state.db');

  it('is no database', async () => {
    mkdirSync(place.directory, { recursive: true });
    writeFileSync(
      file(),
      'this is certainly not a database, and long enough to be looked at'.repeat(9),
    );
    const failure = await reopened();
    expect(failure.code).toBe('state');
    expect(failure.messages[0]).toMatch(/file is not a database/);
  });

  it('belongs to another program', async () => {
    mkdirSync(place.directory, { recursive: true });
    const other = new Database(file());
    other.exec('create table songs (title text)');
    other.close();
    expect(await reopened()).toEqual({
      code: 'state',
      messages: ['this database belongs to another program'],
    });
    const still = new Database(file());
    expect(still.pragma('journal_mode', { simple: true })).toBe('delete');
    still.close();
  });

  it('was written by a newer version', async () => {
    await place.open();
    await place.close();
    const newer = new Database(file());
    newer.pragma('user_version = 99');
    newer.close();
    const failure = await reopened();
    expect(failure.code).toBe('state');
    expect(failure.messages[0]).toMatch(/has version 99, this program knows versions up to 1/);
  });

  it('lies in a place where nothing can be written', async () => {
    writeFileSync(place.directory, 'a file where the directory should be');
    expect(await reopened()).toMatchObject({ code: 'state' });
  });

  it('is not trusted on a machine that does not have its key', async () => {
    await place.open();
    await place.close();
    const elsewhere = await place.open({ configDirectory: join(place.root, 'elsewhere') });
    const failure = await failureOf(elsewhere.ledger.register());
    expect(failure.code).toBe('state');
    expect(failure.messages[0]).toMatch(/this machine has no key for this state/);
  });
});
