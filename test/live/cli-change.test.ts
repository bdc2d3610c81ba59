// The life of a change from the shell, by separate processes only: planned, approved, executed, verified, audited; and what
// an attacker, a careless editor and kill -9 can do to it.
import Database from 'better-sqlite3';
import { cpSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { waitForExit, type ProcessIdentity } from '../../live/processes.ts';
import { Desk, signalAt } from '../fixtures/program.ts';
import { edited } from '../scenarios/library.ts';
import {
  allConfirmed,
  descendantsOf,
  estateText,
  eu,
  exactClaims,
  ShellLab,
  us,
  type ShellPlan,
} from './cli-fixture.ts';

const goneLimitMs = 20_000;
const lab = new ShellLab();
const run = lab.run.bind(lab);
let processes: readonly ProcessIdentity[] = [];
let first: ShellPlan;

beforeAll(async () => {
  const { document, stderr } = await lab.document(['lab', 'up', 'estate.yaml']);
  expect(stderr).toContain('lab shell is up');
  const daemon = document['daemon'] as ProcessIdentity;
  processes = [daemon, ...descendantsOf(daemon.pid)];
  // The daemon, its watchdog, three servers and at least one process of each.
  expect(processes.length).toBeGreaterThanOrEqual(8);
  for (const name of ['ada', 'grace']) expect((await run(['identity', 'new', name])).code).toBe(0);
});

afterAll(() => lab.end());

describe('a plan', () => {
  it('waits for somebody else than its author', async () => {
    const id = await lab.plan('scenario.yaml');
    const early = await run(['execute', id]);
    expect([early.code, early.stdout]).toEqual([3, '']);
    expect(early.stderr).toContain('nobody has approved it; one more person other than its author');

    const own = await run(['approve', id, '--as', 'ada']);
    expect(own.code).toBe(3);
    expect(own.stderr).toContain("ada is the plan's author; an author's own approval never counts");
    expect((await run(['approve', id, '--as', 'charles'])).stderr).toContain(
      'there is no identity "charles" here; make it with `premortem identity new charles`',
    );

    first = await lab.approve(id);
    const twice = await run(['approve', id, '--as', 'grace']);
    expect(twice.code).toBe(3);
    expect(twice.stderr).toContain('grace has approved this plan already');
  });

  it('is not executed on an estate that was changed since, and the value is named', async () => {
    lab.write('estate.yaml', edited(estateText, ['delay: 4ms', 'delay: 6ms']));
    const { code, stderr } = await run(['execute', first.id]);
    lab.write('estate.yaml', estateText);
    expect(code).toBe(3);
    expect(stderr).toContain('the estate changed since the prediction: links[0].delayMs 4 → 6');
    expect(await lab.roles()).toEqual({ primary: us, standbys: 2 });
  });

  it('is not made for an estate whose declared primary does not lead', async () => {
    const { code, stderr } = await run(['plan', 'scenario-back.yaml', '--as', 'ada']);
    expect(code).toBe(3);
    expect(stderr).toContain(`${us} leads checkout-0, but estate shell declares ${eu}`);
  });
});

/** State, keys and the way to the lab, copied to a place that may be spoilt. */
function copyOfState(): Desk {
  const copy = new Desk(50_000);
  const files = ['state.db', 'state.db-wal', 'runs', 'lab/claim.json', 'lab/shell/lab.json'];
  const parts = ['config', ...files.map((name) => join('.premortem', name))];
  for (const part of parts.filter((name) => existsSync(join(lab.directory, name))))
    cpSync(join(lab.directory, part), join(copy.directory, part), { recursive: true });
  return copy;
}

/** The text with its last digit counted on by one: as small an edit as there is. */
function spoilt(text: string): string {
  return text.replace(/\d(?=\D*$)/, (digit) => String((Number(digit) + 1) % 10));
}

/** Spoils one row, past the triggers, which are put back: nothing but the row tells of it. */
function spoilRow(desk: Desk, table: 'documents' | 'ledger', where: string): void {
  const database = new Database(join(desk.directory, '.premortem', 'state.db'));
  const triggers = database
    .prepare(`select name, sql from sqlite_master where type = 'trigger'`)
    .all() as { name: string; sql: string }[];
  for (const { name } of triggers) database.exec(`drop trigger ${name}`);
  const row = database.prepare(`select rowid as id, text from ${table} where ${where}`).get() as {
    id: number;
    text: string;
  };
  const { changes } = database
    .prepare(`update ${table} set text = ? where rowid = ?`)
    .run(spoilt(row.text), row.id);
  expect(changes).toBe(1);
  for (const { sql } of triggers) database.exec(sql);
  database.close();
}

function spoilFile(desk: Desk, name: string): void {
  const file = join(desk.directory, '.premortem', 'runs', first.run, name);
  writeFileSync(file, spoilt(readFileSync(file, 'utf8')));
}

describe('one character changed', () => {
  it.each<[string, (desk: Desk) => void, RegExp, number]>([
    [
      'in the stored prediction',
      (desk) => spoilFile(desk, 'prediction.json'),
      /file run\/\S+: .*prediction\.json/,
      3,
    ],
    [
      'in the stored estate',
      (desk) => spoilFile(desk, 'estate.json'),
      /file run\/\S+: .*estate\.json/,
      3,
    ],
    [
      'in the row of the plan',
      (desk) => spoilRow(desk, 'documents', `kind = 'plan'`),
      /document plan\/plan-\w+ of premortem\.plan\.submitted: document \w+ was changed/,
      1,
    ],
    [
      'in the row of the approval',
      (desk) => spoilRow(desk, 'documents', `kind = 'attestation' order by rowid desc`),
      /document plan\/plan-\w+ of premortem\.plan\.approved: document \w+ was changed/,
      3,
    ],
    [
      'in a row of the ledger',
      (desk) => spoilRow(desk, 'ledger', `text like '%premortem.plan.submitted%'`),
      /ledger entry \d+: /,
      1,
    ],
  ])('%s is named by the audit, and nothing is executed', async (_where, spoil, finding, code) => {
    const desk = copyOfState();
    try {
      const sound = await desk.run(['audit', 'verify']);
      expect([sound.code, sound.stdout]).toEqual([0, expect.stringMatching(/^intact: /)]);
      spoil(desk);
      const audit = await desk.run(['audit', 'verify']);
      expect([audit.code, audit.stdout]).toEqual([1, expect.stringMatching(finding)]);
      expect(audit.stdout).toMatch(/^NOT intact \(/);
      const executed = await desk.run(['execute', first.id]);
      expect([executed.code, executed.stdout]).toEqual([code, '']);
      expect(executed.stderr).toMatch(/changed|was not|signed|hash/);
      expect(await lab.roles()).toEqual({ primary: us, standbys: 2 });
    } finally {
      desk.remove();
    }
  });
});

describe('an approved plan', () => {
  it('is executed once, and keeps every exact promise', async () => {
    const { code, document, stderr } = await lab.document(['execute', first.id]);
    // The model is not calibrated here and the machine is shared: only the exact claims must hold.
    expect([0, 4, 6]).toContain(code);
    expect(document['schema']).toBe('premortem/verification/v1');
    expect(exactClaims(document)).toEqual(allConfirmed);
    expect(stderr).toContain('10-rejoin done');
    expect(await lab.roles()).toEqual({ primary: eu, standbys: 2 });
    expect(await lab.history(first.id)).toEqual([
      'submitted',
      'refused',
      'approved',
      'refused',
      'started',
      'completed',
    ]);
    const again = await run(['execute', first.id]);
    expect(again.code).toBe(3);
    expect(again.stderr).toContain('a plan that is done cannot start');

    const verified = await lab.document(['verify', first.id]);
    expect([verified.code, verified.document]).toEqual([code, document]);
  });

  it('is reported as a page and as Markdown, and the audit finds everything in its place', async () => {
    const page = await run(['report', first.id, '--format', 'html']);
    expect([page.code, page.stderr]).toEqual([0, '']);
    expect(page.stdout).toMatch(/^<!doctype html>[^]*<svg[^]*<\/html>\s*$/);
    const markdown = await run(['report', first.id, '--format', 'markdown']);
    expect(markdown.code).toBe(0);
    expect(markdown.stdout).toMatch(/^# [^]*to-ireland[^]*## Exact claims/);
    expect((await run(['audit', 'verify'])).code).toBe(0);
  });
});

describe('kill -9 of an execution', () => {
  it('is made good by a resume: promoted once, no acknowledged write lost', async () => {
    const { id } = await lab.approve(await lab.plan('scenario-back.yaml'));
    const killed = await run(['execute', id], signalAt('1-check-topology done', 'SIGKILL'));
    expect([killed.code, killed.stdout]).toEqual([null, '']);
    const again = await run(['execute', id]);
    expect(again.code).toBe(3);
    expect(again.stderr).toContain('a plan that is executing cannot start');

    const { code, document } = await lab.document(['resume', id]);
    expect([0, 4, 6]).toContain(code);
    expect(exactClaims(document)).toEqual(allConfirmed);
    expect(await lab.roles()).toEqual({ primary: us, standbys: 2 });
    expect(await lab.history(id)).toEqual([
      'submitted',
      'approved',
      'started',
      'refused',
      'resumed',
      'completed',
    ]);
    expect((await run(['audit', 'verify'])).code).toBe(0);
  });
});

describe('lab down', () => {
  it('leaves no process, and the records can still be read', async () => {
    const daemon = processes[0]?.pid ?? 0;
    const alive = [...processes, ...descendantsOf(daemon)];
    const { code, stdout } = await run(['lab', 'down']);
    expect([code, stdout]).toEqual([0, 'the lab is down\n']);
    for (const process of alive) expect(await waitForExit(process, goneLimitMs)).toBe(true);
    expect((await run(['lab', 'status'])).stdout).toBe('no lab is up\n');
    expect(existsSync(join(lab.stateDirectory, 'lab', 'shell'))).toBe(false);
    expect((await run(['audit', 'verify'])).code).toBe(0);
    expect((await run(['report', first.id])).stdout).toContain('Exact claims');
  });
});
