// Calibration from the shell as far as it needs no server: what would be measured, how sure an overlay is, what to
// measure next, and command lines that cannot be meant.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Printout } from '../../cli/document.ts';
import { runCommandLine } from '../../cli/run.ts';
import type { Terminal } from '../../cli/terminal.ts';
import { calibrationDigest, type Calibration } from '../../twin/estate/calibration.ts';
import { makeCalibration } from '../fixtures/calibration.ts';
import { edited, labEstateText, promoteText } from '../scenarios/library.ts';

const directory = mkdtempSync(join(tmpdir(), 'premortem-calibration-'));
afterAll(() => rmSync(directory, { recursive: true, force: true }));

const silent: Terminal = {
  status: () => {},
  step: () => {},
  warn: () => {},
  confirm: () => Promise.resolve(true),
  close: () => {},
};

/** In this process; names of YAML files are of the test's own directory. */
function run(...tokens: readonly string[]): Promise<Printout> {
  const placed = tokens.map((token) => (token.endsWith('.yaml') ? join(directory, token) : token));
  return runCommandLine([...placed, '--state', join(directory, 'state')], {
    signal: new AbortController().signal,
    style: { columns: 100, colour: false },
    version: () => '1.2.3',
    openTerminal: () => Promise.resolve(silent),
  });
}

async function documentOf(
  ...tokens: readonly string[]
): Promise<Readonly<Record<string, unknown>>> {
  const { stdout, exitCode } = await run(...tokens, '--json');
  expect(exitCode).toBe(0);
  return JSON.parse(stdout) as Readonly<Record<string, unknown>>;
}

function write(name: string, text: string): void {
  writeFileSync(join(directory, name), text);
}

/** An overlay of the library's lab in which everything was measured at this time. */
function overlayText(measuredAt: string): string {
  const { digest: _digest, ...exact } = makeCalibration({}, { repetitionCv: 0.1 });
  const parameters = Object.fromEntries(
    Object.entries(exact.parameters).map(([path, one]) => [path, { ...one, measuredAt }]),
  );
  const sessions = exact.sessions.map((session) => ({ ...session, measuredAt }));
  const body: Omit<Calibration, 'digest'> = { ...exact, estate: 'lab', sessions, parameters };
  return stringify({ ...body, digest: calibrationDigest(body) });
}

beforeAll(() => {
  write('estate.yaml', labEstateText);
  write('short.yaml', edited(promoteText, ['horizon: 60s', 'horizon: 14s'], ['at: 25s', 'at: 6s']));
  write('fresh.yaml', overlayText(new Date().toISOString()));
  write('old.yaml', overlayText('2020-01-01T00:00:00.000Z'));
});

describe('the plan of a calibration', () => {
  it('needs no lab, lists every experiment and says how long it takes', async () => {
    const document = await documentOf('calibrate', '--plan');
    expect(document).toMatchObject({
      schema: 'premortem/calibration-plan/v1',
      estate: 'lab',
      shard: 'checkout-0',
    });
    expect(document['durationMs']).toBeGreaterThan(20_000);
    const { stdout } = await run('calibrate', '--plan');
    for (const part of ['wal.flushMs', 'promotions', 'Because']) expect(stdout).toContain(part);
  });

  it('has nothing to do for a fresh overlay, and everything for one that is too old', async () => {
    const fresh = await run('calibrate', '--plan', '--into', 'fresh.yaml');
    expect(fresh.stdout).toContain('Nothing has to be measured');
    const old = await documentOf('calibrate', '--plan', '--into', 'old.yaml');
    const document = await documentOf('calibrate', '--plan');
    expect(old['experiments']).toEqual(document['experiments']);
  });
});

describe('an overlay', () => {
  it('is shown with how sure each parameter is, and what speaks against it', async () => {
    const fresh = await run('calibration', 'show', 'fresh.yaml');
    expect(fresh.exitCode).toBe(0);
    expect(fresh.stdout).toContain('Nothing speaks against it');
    expect(fresh.stdout).toMatch(/promote\.followMs.*100 ms.*200/);
    const old = await run('calibration', 'show', 'old.yaml', '--estate', 'lab');
    expect(old.stdout).toContain('Measured more than 7d ago: every parameter.');
    const own = edited(labEstateText, [
      'fleets:',
      'policy: { name: patient, version: 1, operational: { calibrationMaxAge: 36500d } }\nfleets:',
    ]);
    write('patient.yaml', own);
    const kept = await run('calibration', 'show', 'old.yaml', '--estate', 'patient.yaml');
    expect(kept.stdout).toContain('Nothing speaks against it');
  });

  it('is asked what to measure next', async () => {
    const tokens = ['calibration', 'next', 'short.yaml', '--calibration', 'fresh.yaml'];
    const document = await documentOf(...tokens, '--metric', 'fence_ms.value');
    expect(document).toMatchObject({
      schema: 'premortem/explanation/v1',
      metrics: [{ metric: 'fence_ms.value', phase: 'all' }],
    });
    const { stdout } = await run(...tokens, '--metric', 'all fence_ms.value');
    expect(stdout).toContain('WHAT TO MEASURE NEXT');
  });
});

describe('a command line', () => {
  it.each<[readonly string[], number, string]>([
    [['calibrate', '--plan', '--only', 'flash'], 2, 'there is no experiment "flash"; did you mean'],
    [['calibrate', '--into', 'none.yaml'], 2, 'none.yaml: there is no such file'],
    [['calibrate', '--repetitions', '2'], 2, '--repetitions cannot be "2"'],
    [['calibrate', '--seconds', '9'], 2, '--seconds is for --from-production alone'],
    [['calibration', 'show', 'estate.yaml'], 2, 'estate.yaml:'],
    [['calibration', 'next', 'short.yaml', '--metric', 'fense'], 2, 'has no metric "fense"'],
    [
      ['calibrate', '--from-production', 'postgresql://ada@127.0.0.1/shop', '--only', 'flush'],
      2,
      '--only is for experiments',
    ],
    [
      ['calibrate', '--from-production', 'postgresql://ada@127.0.0.1/shop', '--seconds', '1'],
      2,
      '--seconds cannot be "1"',
    ],
    [
      ['calibrate', '--from-production', 'mysql://ada@h/shop'],
      2,
      'is not the address of a Postgres',
    ],
    [['calibrate', '--from-production', 'postgresql://h/shop'], 2, 'names no user'],
    [['calibrate', '--from-production', 'postgresql://ada@h'], 2, 'names no database'],
    [
      ['calibrate', '--from-production', 'postgresql://ada@h/d?sslmode=requir'],
      2,
      'did you mean require?',
    ],
    [['calibrate', '--from-production', 'postgresql://ada@h/d?a=1'], 2, 'a parameter "a"'],
  ])('%j is refused', async (tokens, code, message) => {
    const finished = await run(...tokens);
    expect(finished.stderr).toContain(message);
    expect(finished.exitCode).toBe(code);
  });

  it('with a password never repeats it, whatever is wrong', async () => {
    for (const address of [
      'postgresql://ada:hunter2@127.0.0.1:1/shop',
      'postgresql://ada:hunter2@:99999/shop',
      'mysql://ada:hunter2@h/shop',
      'postgresql://ada:hunter2@h',
    ]) {
      const finished = await run('calibrate', '--from-production', address);
      expect(finished.exitCode).toBe(2);
      expect(finished.stdout + finished.stderr).not.toContain('hunter2');
    }
  });
});
