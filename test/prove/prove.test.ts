// A campaign on a stage without servers: what is recorded in which order, and how it goes on after whatever stops it.
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { UserError } from '../../engine/failure.ts';
import { readCases } from '../../live/prove/case-store.ts';
import { loadEstate } from '../../scenarios/load.ts';
import type { CaseScore } from '../../twin/record/case.ts';
import { edited } from '../scenarios/library.ts';
import { commitModesOf } from '../../scenarios/campaign/kinds/index.ts';
import { campaign, campaignText, courseOf } from '../scenarios/campaign/course.ts';
import { Bench, calibration, small, stageOf } from './bench.ts';

const first = '1-000-steady';
const second = '1-001-steady';
const third = '1-002-steady';

let bench: Bench;
beforeEach(() => {
  bench = new Bench();
});
afterEach(() => bench.remove());

describe('a campaign', () => {
  it('predicts and records every case before it plays it, and leaves files that can be read', async () => {
    const stage = stageOf();
    const { result, events, told } = await bench.run({ stage, cases: 2 });
    expect(result.ended).toBe('complete');
    expect(events).toEqual(
      [first, second].flatMap((id) =>
        ['begun', 'predicted', 'measured', 'measured', 'scored'].map((type) => `${id} ${type} 1`),
      ),
    );
    expect(told.map(({ id, number, of, isNew }) => [id, number, of, isNew])).toEqual([
      [first, 1, 2, true],
      [second, 2, 2, true],
    ]);
    const names = readdirSync(bench.caseDirectory(first));
    for (const name of ['estate.yaml', 'scenario.yaml', 'prediction.json', 'case.json'])
      expect(names).toContain(name);
    const estate = loadEstate(
      readFileSync(join(bench.caseDirectory(first), 'estate.yaml'), 'utf8'),
      'e',
    );
    expect(estate.name).toBe('prove');
    expect(readCases(bench.state)).toEqual(result.cases);
  });

  it('calibrates once, also when it is gone on with', async () => {
    const stage = stageOf();
    await bench.run({ stage, cases: 1 });
    await bench.run({ stage, cases: 2 });
    expect(stage.calibrated).toEqual(['write job read']);
    expect(stage.asked).toEqual(commitModesOf(small.campaign.kinds));
  });

  it('calibrates on a quiet machine, too', async () => {
    const stage = stageOf({ foreignCores: [1.5, 0.1] });
    const quiet = { foreignCores: 0.3, patienceMs: 400 };
    await bench.run({ stage, course: courseOf('1', { ...small.campaign, quiet }), cases: 1 });
    // Twice before the calibration, once before the case.
    expect(stage.looks).toBe(3);
  });

  it('takes an overlay that is given instead', async () => {
    const stage = stageOf();
    const { result } = await bench.run({ stage, cases: 1, calibration });
    expect(stage.calibrated).toEqual([]);
    expect(result.cases[0]?.status).toBe('scored');
  });

  it('plays nothing twice: run again, it only plays what is missing', async () => {
    const stage = stageOf();
    const before = await bench.run({ stage, cases: 2 });
    const after = await bench.run({ stage, cases: 3 });
    expect(after.told.map(({ isNew }) => isNew)).toEqual([false, false, true]);
    expect(after.result.cases.slice(0, 2)).toEqual(before.result.cases);
    expect(stage.played).toEqual(
      [1, 2]
        .flatMap((one) => [`${first}/${one}`])
        .concat([second, third].flatMap((id) => [`${id}/1`, `${id}/2`])),
    );
  });

  it('plays only cases of a kind, under their own numbers', async () => {
    const course = courseOf('1', {
      ...small.campaign,
      kinds: { ...campaign.kinds, ...small.campaign.kinds },
    });
    const { result } = await bench.run({ course, cases: 2, only: 'steady' });
    expect(result.cases.map(({ kind }) => kind)).toEqual(['steady', 'steady']);
  });

  it('begins no case when its time is up, and says so', async () => {
    const { result } = await bench.run({ limitMs: -1 });
    expect(result).toMatchObject({ ended: 'time', planned: 4, cases: [] });
  });
});

describe('a case', () => {
  it('that cannot be played is recorded with its reason, and the campaign goes on', async () => {
    const stage = stageOf({
      onPlay: ({ drawn }, repetition) => {
        if (drawn.id === first && repetition === 2)
          throw new UserError('environment', { message: 'a server died' });
        if (drawn.id === second) throw new TypeError('a mistake of ours');
      },
    });
    const { result, events } = await bench.run({ stage, cases: 3 });
    expect(result.cases.map(({ status, reason }) => [status, reason])).toEqual([
      ['failed', 'a server died'],
      ['failed', 'a fault of ours: a mistake of ours'],
      ['scored', ''],
    ]);
    expect(result.cases[0]?.prediction).not.toBeNull();
    expect(events).toContain(`${first} measured 1`);
    expect(readFileSync(join(bench.caseDirectory(second), 'failure.txt'), 'utf8')).toContain(
      'TypeError',
    );
    const again = await bench.run({ stage, cases: 3 });
    expect(again.told.every(({ isNew }) => !isNew)).toBe(true);
  });

  it('that fails like the two before it stops the campaign, which goes on behind them', async () => {
    const dying = stageOf({
      onPlay: () => {
        throw new UserError('environment', { message: 'no server can be started' });
      },
    });
    expect(await bench.failure({ stage: dying })).toMatch(
      /^environment: 3 cases in a row failed: no server can be started/,
    );
    const { result, told } = await bench.run();
    expect(result.cases.map(({ status }) => status)).toEqual([
      'failed',
      'failed',
      'failed',
      'scored',
    ]);
    expect(told.map(({ isNew }) => isNew)).toEqual([false, false, false, true]);
  });

  it('is not begun, let alone failed, when nothing can be calibrated', async () => {
    const broken = stageOf();
    broken.calibrate = () =>
      Promise.reject(new UserError('environment', { message: 'the clock stands still' }));
    expect(await bench.failure({ stage: broken })).toBe('environment: the clock stands still');
    const { result, events } = await bench.run({ cases: 1 });
    expect(result.cases.map(({ status, attempt }) => [status, attempt])).toEqual([['scored', 1]]);
    expect(events[0]).toBe(`${first} begun 1`);
  });

  it('waits for a quiet machine, and bears what was seen when it has to begin anyway', async () => {
    const patient = courseOf('1', {
      ...small.campaign,
      quiet: { foreignCores: 0.3, patienceMs: 400 },
    });
    const calm = stageOf({ foreignCores: [1.5, 0.1] });
    const { result } = await bench.run({ stage: calm, course: patient, cases: 1, calibration });
    expect(calm.looks).toBe(2);
    expect(result.cases[0]?.conditions['foreignCores']).toBe(0.1);
    const busy = await bench.run({ stage: stageOf({ foreignCores: [1.5] }), cases: 2 });
    expect(busy.result.cases[1]?.conditions['foreignCores']).toBe(1.5);
  });

  it('is played once more by its id, and the record goes on holding the first attempt', async () => {
    const stage = stageOf();
    const before = await bench.run({ stage, cases: 2 });
    const { result, events } = await bench.run({ stage, id: second });
    expect(result.cases[0]).toMatchObject({ id: second, attempt: 2, status: 'scored' });
    expect(events.filter((event) => event.startsWith(second)).at(-1)).toBe(`${second} scored 2`);
    const after = await bench.run({ stage, cases: 2 });
    expect(after.result.cases).toEqual(before.result.cases);
    expect(readCases(bench.state).map(({ id, attempt }) => [id, attempt])).toEqual([
      [first, 1],
      [second, 1],
      [second, 2],
    ]);
  });

  it('is played alone before its campaign was, and then counts', async () => {
    const stage = stageOf();
    await bench.run({ stage, id: third });
    const { told } = await bench.run({ stage, cases: 3 });
    expect(told.map(({ id, isNew }) => [id, isNew])).toEqual([
      [first, true],
      [second, true],
      [third, false],
    ]);
  });
});

describe('a campaign that is stopped', () => {
  it('plays the case that it was in anew, and keeps the attempt that was cut off', async () => {
    const controller = new AbortController();
    const stopped = stageOf({
      onPlay: ({ drawn }, repetition) => {
        if (drawn.id !== second || repetition !== 2) return;
        controller.abort(new UserError('interrupted', { message: 'stopped by Ctrl-C' }));
        controller.signal.throwIfAborted();
      },
    });
    const cut = bench.failure({ stage: stopped, cases: 3, signal: controller.signal });
    expect(await cut).toBe('interrupted: stopped by Ctrl-C');
    const stage = stageOf();
    const { result, events } = await bench.run({ stage, cases: 3 });
    expect(result.cases.map(({ id, attempt }) => [id, attempt])).toEqual([
      [first, 1],
      [second, 2],
      [third, 1],
    ]);
    expect(stage.played[0]).toBe(`${second}/1`);
    expect(events.filter((event) => event.startsWith(second))).toEqual(
      [
        'begun 1',
        'predicted 1',
        'measured 1',
        'begun 2',
        'predicted 2',
        'measured 2',
        'measured 2',
        'scored 2',
      ].map((event) => `${second} ${event}`),
    );
    const kept = join(bench.state, 'prove/default-1/attempts', `${second}-1`);
    expect(existsSync(join(kept, 'measurement-1.json'))).toBe(true);
    expect(existsSync(join(kept, 'measurement-2.json'))).toBe(false);
  });

  it('predicts the same when a case is played anew', async () => {
    const { result } = await bench.run({ cases: 1 });
    const again = await bench.run({ id: first });
    expect(again.result.cases[0]?.prediction).toBe(result.cases[0]?.prediction);
  });
});

describe('the record of a campaign', () => {
  it('is not read when a score was changed or is gone', async () => {
    await bench.run({ cases: 1 });
    const file = join(bench.caseDirectory(first), 'case.json');
    const score = JSON.parse(readFileSync(file, 'utf8')) as CaseScore;
    writeFileSync(file, JSON.stringify({ ...score, reason: 'better than it was' }));
    const changed = bench.failure({ cases: 1 });
    expect(await changed).toMatch(/^state: .*this score was changed/);
    rmSync(file);
    const gone = bench.failure({ cases: 1 });
    expect(await gone).toMatch(/^state: .*the score of this case is gone/);
  });

  it('is audited file by file, attempts that do not count included', async () => {
    await bench.run({ cases: 2 });
    await bench.run({ id: first });
    const sound = await bench.audit();
    expect(sound.intact).toBe(true);
    // Per attempt a prediction, two measurements and a score.
    expect(sound.checked.files).toBe(12);
    const other = join(bench.state, 'prove/default-1/attempts', `${first}-2`);
    for (const [directory, name, ...edit] of [
      [bench.caseDirectory(second), 'prediction.json', '"warmupMs": 200', '"warmupMs": 201'],
      [other, 'measurement-2.json', '"world": "live"', '"world": "twin"'],
      [other, 'case.json', '"index": 0', '"index": 1'],
    ] as const) {
      const file = join(directory, name);
      const text = readFileSync(file, 'utf8');
      writeFileSync(file, edited(text, edit));
      const { findings } = await bench.audit();
      expect(findings.map(({ kind, message }) => [kind, message])).toEqual([
        ['file', `${file} was changed after it was recorded`],
      ]);
      rmSync(file);
      expect((await bench.audit()).findings.map(({ message }) => message)).toEqual([
        `${file} is gone`,
      ]);
      writeFileSync(file, text);
    }
  });

  it('is gone on with from the same files only', async () => {
    await bench.run({ cases: 1 });
    const other = bench.failure({ campaignText: `${campaignText}# \n` });
    expect(await other).toMatch(/^refused: .*begun from another campaign.yaml/);
  });

  it('is written by one process at a time', async () => {
    let inner = '';
    const stage = stageOf({
      onPlay: async () => {
        inner ||= await bench.failure({ cases: 1 });
      },
    });
    await bench.run({ stage, cases: 1 });
    expect(inner).toMatch(
      new RegExp(`^refused: .*process ${process.pid} is playing this campaign`),
    );
    await bench.run({ cases: 1 });
  });
});
