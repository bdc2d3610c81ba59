// A campaign from the shell, on real servers: four small cases, killed in the second one and gone on with.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { calibrationText } from '../../live/operations/calibrate-estate.ts';
import { waitForExit, type ProcessIdentity } from '../../live/processes.ts';
import { calibrationDigest } from '../../twin/estate/calibration.ts';
import { caseScoreSchema, type CaseScore } from '../../twin/record/case.ts';
import { makeCalibration } from '../fixtures/calibration.ts';
import { Desk, type Listener } from '../fixtures/program.ts';

const campaignText = `
schema: premortem/campaign/v1
name: quick
why: a few short cases
estate: prove
cases: 4
repetitions: 2
warmup: 300ms
repetition: [1s, 2s]
samples: 200
quiet: { foreignCores: 64, patience: 0s }
kinds:
  steady:
    weight: 3
    distance: [0ms, 4ms]
    standbys: [1, 2]
    commitModes: [local, on]
    utilisation: [10%, 30%]
    mixes: [[write], [write, job]]
    pool: [1, 2]
    rate: [20/s, 60/s]
    payload: [100B, 1KiB]
    service: [5ms, 10ms]
  promotion:
    weight: 1
    before: 1s
    after: 4s
    distance: [0ms, 4ms]
    standbys: [2, 2]
    commitModes: [on]
    utilisation: [10%, 30%]
    mixes: [[write]]
    pool: [1, 2]
    rate: [20/s, 40/s]
    payload: [100B, 1KiB]
`;

/** Longer than a campaign of four takes on a busy machine. */
const desk = new Desk(110_000);
const campaignDirectory = join(desk.directory, '.premortem/prove/quick-1');
const command = ['prove', 'campaign.yaml', '--calibration', 'overlay.yaml'];
desk.write('campaign.yaml', campaignText);
desk.write('overlay.yaml', overlay());

afterAll(() => desk.remove());

/** What matters here is what is recorded, not how well it was foreseen: parameters as tests make them up. */
function overlay(): string {
  const { digest: _, ...body } = { ...makeCalibration({}, { observation: 0.3 }), estate: 'prove' };
  return calibrationText({ ...body, digest: calibrationDigest(body) });
}

/** Kills without a warning as soon as servers of the second case are on their way. */
const killInSecond: Listener = (told, child) => {
  if (/1-001-\w+: (?:checkout-0|repetition)/.test(told)) child.kill('SIGKILL');
};

function scoreOf(id: string): CaseScore {
  const file = join(campaignDirectory, 'cases', id, 'case.json');
  return caseScoreSchema.parse(JSON.parse(readFileSync(file, 'utf8')));
}

describe('a campaign on real servers', () => {
  it('that is killed in its second case leaves no server behind', async () => {
    const { code, stderr } = await desk.run(command, killInSecond);
    expect(code).toBeNull();
    expect(stderr).toMatch(/1\/4 {2}1-000-/);
    const claim = join(campaignDirectory, 'servers/lab/claim.json');
    if (existsSync(claim)) {
      const { daemon } = JSON.parse(readFileSync(claim, 'utf8')) as { daemon: ProcessIdentity };
      expect(await waitForExit(daemon, 30_000)).toBe(true);
    }
  });

  it('goes on with that case, and comes to its end with every case in the record', async () => {
    const { document, code, stderr } = await desk.document(command);
    expect(stderr).toMatch(/4\/4 {2}1-003-/);
    expect(code).toBe(0);
    expect(document).toMatchObject({ ended: 'complete', counts: { failed: 0 } });
    const ids = readdirSync(join(campaignDirectory, 'cases')).toSorted();
    expect(ids.map((id) => id.slice(0, 6))).toEqual(['1-000-', '1-001-', '1-002-', '1-003-']);
    expect(ids.filter((id) => id.endsWith('promotion'))).toHaveLength(1);
    for (const [index, id] of ids.entries()) {
      const score = scoreOf(id);
      expect(score.attempt).toBe(index === 1 ? 2 : 1);
      expect(score.exact.length).toBeGreaterThan(0);
      expect(score.exact.every(({ holds }) => holds)).toBe(true);
      expect(score.metrics.some(({ measured }) => measured.length > 0)).toBe(
        score.status === 'scored',
      );
    }
    expect(existsSync(join(campaignDirectory, 'servers'))).toBe(false);
    expect(existsSync(join(campaignDirectory, 'attempts', `${ids[1]}-1`, 'scenario.yaml'))).toBe(
      true,
    );
  });

  it('wrote everything to a ledger that verifies, predictions before measurements', async () => {
    expect((await desk.run(['audit', 'verify'])).code).toBe(0);
    const { document } = await desk.document(['audit', 'log']);
    const events = document['events'] as readonly { type: string; subject: string }[];
    const types = events
      .filter(({ subject }) => subject.startsWith('case/quick-1/1-000-'))
      .map(({ type }) => type.replace('premortem.case.', ''));
    expect(types).toEqual(['begun', 'predicted', 'measured', 'measured', 'scored']);
  });

  it('is stopped by Ctrl-C within a case, with exit code 130 and nothing left running', async () => {
    let stopped = false;
    const { code, stderr } = await desk.run([...command, '--seed', '2'], (told, child) => {
      if (stopped || !/2-000-\w+: (?:checkout-0|repetition)/.test(told)) return;
      stopped = true;
      child.kill('SIGINT');
    });
    expect(code).toBe(130);
    expect(stderr).toContain('stopped by Ctrl-C');
    const directory = join(desk.directory, '.premortem/prove/quick-2');
    expect(existsSync(join(directory, 'servers'))).toBe(false);
    expect(existsSync(join(directory, 'holder.json'))).toBe(false);
  });
});
