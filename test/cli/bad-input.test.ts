// Bad input, as people get it wrong: one readable message per mistake, under --json one document, the exit code that a
// script can act on, and nothing written besides what was there.
import Database from 'better-sqlite3';
import { mkdirSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { digestOfBytes } from '../../engine/digest.ts';
import { calibrationDigest, type Calibration } from '../../twin/estate/calibration.ts';
import { Desk } from '../fixtures/program.ts';
import { edited, labEstateText, promoteText } from '../scenarios/library.ts';

const desk = new Desk(30_000);
afterAll(() => desk.remove());

beforeAll(async () => {
  desk.write('estate.yaml', labEstateText);
  desk.write('scenario.yaml', edited(promoteText, ['estate: lab', 'estate: estate.yaml']));
  desk.write('text.txt', 'hello\n');
  desk.write('bytes.yaml', '\u0000\u0001\u0002');
  desk.write('empty.yaml', '');
  for (const name of ['directory.yaml', 'damaged', 'foreign'])
    mkdirSync(join(desk.directory, name));
  desk.write('damaged/state.db', 'hello\n');
  const foreign = new Database(join(desk.directory, 'foreign', 'state.db'));
  foreign.exec('create table songs (title text)');
  foreign.close();
  await desk.run(['identity', 'new', 'ada', '--state', 'known']);
});

/** Every file and directory with what is in it. */
function contents(directory = desk.directory): readonly string[] {
  return readdirSync(directory, { recursive: true, encoding: 'utf8' })
    .toSorted()
    .map((name) => {
      const path = join(directory, name);
      return statSync(path).isFile() ? `${name} ${digestOfBytes(readFileSync(path))}` : name;
    });
}

/** Runs a command line and holds it against what it must tell; nothing may have been written. */
async function expectRefused(
  tokens: readonly string[],
  code: number,
  message: string | RegExp,
): Promise<void> {
  const before = contents();
  const finished = await desk.document(tokens);
  expect(finished.stderr).toMatch(message);
  expect(finished.code).toBe(code);
  expect(finished.document).toMatchObject({
    schema: 'premortem/failure/v1',
    mistakes: [expect.anything()],
  });
  expect(finished.stderr).not.toMatch(/fault of Premortem| at .*\.ts:/);
  expect(contents()).toEqual(before);
}

const overlay: Omit<Calibration, 'digest'> = {
  schema: 'premortem/calibration/v1',
  estate: 'lab',
  sessions: [
    { measuredAt: '2026-01-01T00:00:00Z', origin: 'experiments', method: 'test', host: {} },
  ],
  parameters: {},
};

function overlayText(changes: object): string {
  const changed = { ...overlay, ...changes };
  return JSON.stringify({ ...changed, digest: calibrationDigest(changed) });
}

describe('an estate with', () => {
  it.each<[string, [string, string], string | RegExp]>([
    ['an unknown key', ['timeout: 30s }', 'timeout: 30s, colour: red }'], 'unknown key "colour"'],
    ['a size for a delay', ['34ms', '34MiB'], '"34MiB" is not a quantity of this kind'],
    ['a bare number for a delay', ['34ms', '34'], '34 is a bare number; write a duration'],
    ['a delay beyond numbers', ['34ms', '1e400ms'], 'links[0].delay: "1e400ms"'],
    ['a negative delay', ['34ms', '-34ms'], '"-34ms" must not be negative'],
    ['an unknown zone', ['zone: us-east-1a', 'zone: us-east-1z'], 'unknown zone "us-east-1z"'],
    ['a replica in an unknown region', ['region: eu-west-1,', 'region: mars,'], 'region "mars"'],
    [
      'a replica in no region',
      ['checkout-0-eu, region: eu-west-1,', 'checkout-0-eu,'],
      'replicas[0].region: missing',
    ],
    ['a rate of zero', ['rate: 40/s', 'rate: 0/s'], '"0/s" must be above zero'],
    ['a negative rate', ['rate: 40/s', 'rate: -1/s'], 'classes.commit.rate: "-1/s"'],
    ['a schema of something else', ['estate/v1', 'scenario/v1'], 'write premortem/estate/v1'],
    ['half a document', ['kind: write,', 'kind: {'], /estate\.yaml:\d+: /],
  ])('%s', async (what, edit, message) => {
    const file = desk.write(
      `${what.replaceAll(' ', '-')}-estate.yaml`,
      edited(labEstateText, edit),
    );
    await expectRefused(['estate', 'check', file], 2, message);
  });
});

describe('a scenario with', () => {
  it.each<[string, [string, string], string]>([
    ['an unknown shard', ['shard: checkout-0', 'shard: chekout-0'], 'unknown shard "chekout-0"'],
    [
      'an unknown target',
      ['to: checkout-0-eu', 'to: checkout-0-ew'],
      'unknown node "checkout-0-ew"',
    ],
    ['the primary as target', ['to: checkout-0-eu', 'to: checkout-0-us'], 'is the primary'],
    ['an unknown action', ['kind: promote', 'kind: promot'], 'unknown kind "promot"'],
    ['a wrong unit', ['horizon: 60s', 'horizon: 60MiB'], '"60MiB" is not a quantity of this kind'],
    ['an action after its end', ['at: 25s', 'at: 2m'], '2m is not between'],
    ['an estate that is not there', ['estate: lab', 'estate: no.yaml'], 'there is no such file'],
    ['an unknown estate', ['estate: lab', 'estate: labs'], 'no estate is called "labs"'],
  ])('%s', async (what, edit, message) => {
    const file = desk.write(`${what.replaceAll(' ', '-')}.yaml`, edited(promoteText, edit));
    await expectRefused(['simulate', file], 2, message);
  });
});

describe('a calibration overlay', () => {
  it.each<[string, string, string]>([
    ['of another estate', overlayText({ estate: 'prod' }), 'was measured on estate "prod"'],
    ['that was edited', edited(overlayText({}), ['"test"', '"tests"']), 'the file was edited'],
    ['that is no document', '[1', 'overlay.json:1: '],
  ])('%s', async (_what, text, message) => {
    const file = desk.write('overlay.json', text);
    await expectRefused(['simulate', 'lab/promote-eu', '--calibration', file], 2, message);
  });
});

describe('a command line', () => {
  it.each<[readonly string[], number, string | RegExp]>([
    [['simulat', 'lab/promote-eu'], 2, 'unknown command "simulat"; did you mean simulate?'],
    [['lab', 'op'], 2, 'unknown verb of premortem lab "op"; did you mean up?'],
    [['simulate', 'lab/promote-eu', '--worker', '2'], 2, 'did you mean --workers?'],
    [['simulate', 'lab/promote-eu', '--workers', '0'], 2, '--workers cannot be "0"'],
    [['simulate', 'lab/promote-eu', '--precision', '0%'], 2, '--precision cannot be "0%"'],
    [['simulate', 'lab/promote-eu', '--at-most', '100'], 2, '--at-most bounds what --precision'],
    [['replay', 'lab/promote-eu', '--explain', 'tenant:a'], 2, '"tenant:a" is nothing that can be'],
    [['replay', 'lab/promote-eu', '--kind', 'rehersal'], 2, 'did you mean rehearsal?'],
    [['replay', 'lab/promote-eu', '--replication', '80'], 2, '--replication cannot be "80"'],
    [['replay', 'lab/promote-eu', '--until', 'noon'], 2, '--until cannot be "noon"'],
    [
      ['replay', 'lab/promote-eu', '--explain', 'request:99999999'],
      2,
      'there is no request 99999999',
    ],
    [['replay', 'lab/promote-eu', '--explain', 'shard:checkot-0'], 2, 'did you mean checkout-0?'],
    [['simulate', 'lab/promote-us'], 2, 'no scenario is called "lab/promote-us"'],
    [['simulate', 'scenari.yaml'], 2, 'there is no such file; did you mean scenario.yaml?'],
    [['simulate', 'directory.yaml'], 2, 'directory.yaml: is a directory'],
    [['simulate', 'scenario.yaml/x.yaml'], 2, 'leads through something that is no directory'],
    [['simulate', 'empty.yaml'], 2, 'empty.yaml:1: empty'],
    [['estate', 'check', 'bytes.yaml'], 2, 'bytes.yaml:1'],
    [
      ['simulate', 'scenario.yaml', '--calibration', 'no.json'],
      2,
      'no.json: there is no such file',
    ],
    [['lab', 'up', 'estate.yaml', '--first-port', '80'], 2, '--first-port cannot be "80"'],
    [['report', 'plan-1', '--format', 'pdf', '--state', 'known'], 2, 'unknown format "pdf"'],
    [['plan', 'scenario.yaml'], 2, 'a plan needs an author'],
    [['plan', 'scenario.yaml', '--as', 'ada', '--state', 'known'], 2, 'no lab is up'],
    [['execute', 'plan-1', '--state', 'known'], 2, 'no lab is up'],
    [['calibrate', '--state', 'known'], 2, 'no lab is up'],
    [['approve', 'plan-1', '--state', 'known'], 2, 'a decision needs a person'],
    [['approve', 'plan-1', '--as', 'ada', '--state', 'known'], 2, 'names no single plan here'],
    [['approve', 'plan-1', '--as', 'ada', '--reject', '--state', 'known'], 2, 'needs a reason'],
    [['verify', 'plan-1', '--state', 'known'], 2, 'names no single plan here'],
    [['report', 'plan-1', '--state', 'known'], 2, 'names no single plan here'],
    [['identity', 'new', 'Ada Lovelace'], 2, '"Ada Lovelace" cannot be the name'],
    [['identity', 'new', '../ada'], 2, '"../ada" cannot be the name'],
    [['audit', 'verify', '--state', 'nowhere'], 2, 'there is no Premortem state here'],
    [['prove', 'defalt'], 2, 'no campaign is called "defalt"; did you mean default?'],
    [['prove', 'empty.yaml'], 2, 'empty.yaml:1: empty'],
    [['prove', '--only', 'stedy'], 2, 'unknown kind of case "stedy"; did you mean steady?'],
    [['prove', '--cases', '0'], 2, '--cases cannot be "0"'],
    [['prove', '--hours', '-1'], 2, '--hours cannot be "-1"'],
    [['prove', '--seed', 'A seed'], 2, '--seed cannot be "A seed" here'],
    [['prove', '--case', '1-001-stedy'], 2, 'has no case "1-001-stedy"; did you mean 1-001-steady'],
    [['prove', '--calibration', 'no.yaml'], 2, 'no.yaml: there is no such file'],
  ])('%j', async (tokens, code, message) => {
    await expectRefused(tokens, code, message);
  });
});

describe('a state directory', () => {
  it.each<[string, readonly string[], string]>([
    ['that is a text file', ['identity', 'new', 'grace', '--state', 'text.txt'], 'text.txt'],
    ['that is a text file, for a lab', ['lab', 'up', '--state', 'text.txt'], 'no lab can be kept'],
    ['that is a text file, for no lab', ['lab', 'status', '--state', 'text.txt'], 'no lab can be'],
    ['with a text as database', ['audit', 'verify', '--state', 'damaged'], 'is not a database'],
    [
      'with a text, to write to',
      ['identity', 'new', 'bob', '--state', 'damaged'],
      'not a database',
    ],
    [
      'of another program',
      ['identity', 'list', '--state', 'foreign'],
      'belongs to another program',
    ],
    ['under a file, for results', ['simulate', 'scenario.yaml', '--out', 'text.txt'], 'be written'],
  ])('%s', async (_what, tokens, message) => {
    await expectRefused(tokens, 1, message);
  });
});
