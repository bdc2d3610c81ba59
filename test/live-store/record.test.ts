// The record of a state directory: read back as it was written, and never better than what the ledger saw.
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { runCommandLine } from '../../cli/run.ts';
import type { Printout } from '../../cli/document.ts';
import { digestOfBytes } from '../../engine/digest.ts';
import { CaseLedger } from '../../live/prove/case-ledger.ts';
import { CaseStore } from '../../live/prove/case-store.ts';
import { readRecord } from '../../live/prove/read-record.ts';
import type { State } from '../../live/store/state.ts';
import { loadRecord } from '../../scenarios/load-record.ts';
import type { CaseScore } from '../../twin/record/case.ts';
import { summariseRecord } from '../../twin/record/summary.ts';
import { sampleCases } from '../fixtures/record.ts';
import { measurementOf, predictionOf } from '../fixtures/verification.ts';
import { failureOf, Place } from './place.ts';

let place: Place;
let state: State;

beforeEach(async () => {
  place = new Place();
  process.env['XDG_CONFIG_HOME'] = place.root;
  state = await place.open({ configDirectory: join(place.root, 'premortem') });
});
afterEach(async () => {
  delete process.env['XDG_CONFIG_HOME'];
  await place.remove();
});

function directoryOf({ campaign, seed, id, attempt }: CaseScore): string {
  const store = CaseStore.of(state.directory, `${campaign}-${seed}`);
  return attempt === 1 ? store.caseDirectory(id) : store.otherDirectory(id, attempt);
}

function fileOf(score: CaseScore): string {
  return join(directoryOf(score), 'case.json');
}

function ledgerOf({ campaign, seed }: CaseScore): CaseLedger {
  return new CaseLedger(state, `${campaign}-${seed}`);
}

/** Begins the next attempt at a case, as a campaign does. */
function begin(score: CaseScore): Promise<number> {
  const drawn = { id: score.id, estateText: 'an estate', scenarioText: 'a scenario' };
  return ledgerOf(score).begin(
    drawn as Parameters<CaseLedger['begin']>[0],
    digestOfBytes('a campaign'),
  );
}

/** Writes a score and everything that stands before it on the ledger. */
async function play(score: CaseScore): Promise<CaseScore> {
  const ledger = ledgerOf(score);
  const numbered = { ...score, attempt: await begin(score) };
  const { id, attempt } = numbered;
  if (score.status !== 'failed') {
    await ledger.predicted(id, attempt, predictionOf());
    await ledger.measured(id, { attempt, repetition: 1 }, measurementOf({}));
  }
  const { campaign, seed } = score;
  CaseStore.of(state.directory, `${campaign}-${seed}`).writeScore(directoryOf(numbered), numbered);
  await ledger.scored(numbered);
  return numbered;
}

async function playAll(count: number, campaign = 'default'): Promise<CaseScore[]> {
  const played: CaseScore[] = [];
  for (const one of sampleCases({ cases: count, campaign })) played.push(await play(one));
  return played;
}

describe('the record of a state', () => {
  it('is that of every case that was played', async () => {
    const played = await playAll(6);
    const { record, cases } = await readRecord(state);
    expect(cases).toEqual(expect.arrayContaining(played));
    expect(record).toEqual(summariseRecord(played));
  });

  it('is empty before any campaign', async () => {
    expect((await readRecord(state)).record).toEqual(summariseRecord([]));
  });

  it('counts attempts that were cut off and attempts that came later, by the one that counts', async () => {
    const [first, second, third] = sampleCases({ cases: 3 });
    if (first === undefined || second === undefined || third === undefined)
      throw new Error('three');
    await begin(first);
    CaseStore.of(state.directory, `${first.campaign}-${first.seed}`).setAside(first.id, 1);
    await play(first);
    const counting = await play(second);
    await play(second);
    // Being played at the moment: not cut off.
    await begin(third);
    const { record } = await readRecord(state);
    expect(record.cases).toMatchObject({ of: 2, repeated: 1, cutOff: 1, unfinished: 1 });
    expect(counting.attempt).toBe(1);
  });

  it('is of one campaign or of one kind of case when asked for', async () => {
    await playAll(5);
    await playAll(2, 'other');
    const kinds = (await readRecord(state, { campaign: 'other', kind: null })).record.kinds;
    expect(kinds.map(({ kind }) => kind)).toEqual(['compute', 'steady']);
    const steady = (await readRecord(state, { campaign: null, kind: 'steady' })).record;
    expect(steady.campaigns.map(({ campaign }) => campaign)).toEqual(['default', 'other']);
    expect(steady.cases.of).toBe(2);
  });

  it('knows nothing of a score that was written but not recorded, as while a campaign runs', async () => {
    const [first, second] = sampleCases({ cases: 2 });
    if (first === undefined || second === undefined) throw new Error('two');
    await play(first);
    const attempt = await begin(second);
    const { campaign, seed } = second;
    const store = CaseStore.of(state.directory, `${campaign}-${seed}`);
    store.writeScore(directoryOf(second), { ...second, attempt });
    expect((await readRecord(state)).record.cases).toMatchObject({
      of: 1,
      cutOff: 0,
      unfinished: 1,
    });
  });

  it('is refused when a score was made better, was taken away or was never played', async () => {
    const [one, two] = await playAll(2);
    if (one === undefined || two === undefined) throw new Error('two cases were played');
    const text = readFileSync(fileOf(one), 'utf8');
    writeFileSync(fileOf(one), JSON.stringify({ ...one, reason: 'all is well' }));
    expect(await failureOf(readRecord(state))).toEqual({
      code: 'state',
      messages: [expect.stringContaining(`${one.id} of default-7, attempt 1, was changed`)],
    });
    writeFileSync(fileOf(one), text);
    rmSync(fileOf(two));
    expect((await failureOf(readRecord(state))).messages).toEqual([
      `the score of case ${two.id} of default-7, attempt 1, is gone`,
    ]);
    const invented = { ...two, id: '7-900-steady', index: 900 };
    CaseStore.of(state.directory, 'default-7').writeScore(directoryOf(invented), invented);
    expect((await failureOf(readRecord(state))).messages).toContainEqual(
      expect.stringContaining('7-900-steady of default-7, attempt 1, is not on the ledger'),
    );
  });
});

describe('premortem record', () => {
  function run(...tokens: readonly string[]): Promise<Printout> {
    return runCommandLine([...tokens, '--state', state.directory], {
      signal: new AbortController().signal,
      style: { columns: 100, colour: false },
      version: () => '1.2.3',
      openTerminal: () =>
        Promise.resolve({
          status: () => {},
          step: () => {},
          warn: () => {},
          confirm: () => Promise.resolve(true),
          close: () => {},
        }),
    });
  }

  it('says in one sentence that there is nothing yet', async () => {
    const { stdout, exitCode } = await run('record');
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(/^No case was played .*\.\n$/);
    const nowhere = await run('record', '--state', join(place.root, 'nowhere'));
    expect(nowhere).toMatchObject({ exitCode: 0 });
    expect(existsSync(join(place.root, 'nowhere'))).toBe(false);
  });

  it('prints the record as text, Markdown, a page and one document', async () => {
    const record = summariseRecord(await playAll(8));
    expect((await run('record')).stdout).toContain('came true');
    expect((await run('record', '--format', 'markdown')).stdout).toMatch(
      /^# Record of predictions/,
    );
    expect((await run('record', '--format', 'html')).stdout).toMatch(/^<!doctype html>/);
    expect(JSON.parse((await run('record', '--json')).stdout)).toEqual(record);
  });

  it('refuses names that nothing was played under', async () => {
    await playAll(5);
    const wrong = [
      [['--campaign', 'defualt'], 'did you mean default'],
      [['--kind', 'promotio'], 'did you mean promotion'],
      [['--format', 'pdf'], 'choose one of text, markdown, html'],
    ] as const;
    for (const [options, remedy] of wrong) {
      const { exitCode, stderr } = await run('record', ...options);
      expect([exitCode, stderr]).toEqual([2, expect.stringContaining(remedy)]);
    }
  });

  it('writes a file that simulate trusts the model by, and refuses one that was edited', async () => {
    await playAll(10);
    const { stdout } = await run('record', '--json');
    const file = join(place.root, 'record.json');
    writeFileSync(file, stdout);
    expect(loadRecord(stdout, file)).toEqual(JSON.parse(stdout));
    writeFileSync(file, stdout.replace('"scored": ', '"scored": 1'));
    const edited = await run('simulate', 'lab/promote-eu', '--record', file);
    expect([edited.exitCode, edited.stderr]).toEqual([
      2,
      expect.stringContaining('record.json:3 digest: does not fit the content'),
    ]);
    const missing = await run(
      'simulate',
      'lab/promote-eu',
      '--record',
      join(place.root, 'recrd.json'),
    );
    expect([missing.exitCode, missing.stderr]).toEqual([
      2,
      expect.stringContaining('did you mean record.json'),
    ]);
  });
});
