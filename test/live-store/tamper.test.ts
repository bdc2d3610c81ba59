// Tampering: whoever edits, removes, reorders, cuts or rolls back anything in a state directory is found by the audit,
// which names what was touched, and the gate does not open. Edits are made past the triggers, as somebody with the file.
import Database from 'better-sqlite3';
import fc from 'fast-check';
import { cpSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { digestOfBytes } from '../../engine/digest.ts';
import { verifyAudit } from '../../live/governance/audit.ts';
import { checkExecutable } from '../../live/governance/gate.ts';
import { startPlan } from '../../live/governance/execution.ts';
import type { KnownPlan } from '../../live/governance/plans.ts';
import type { AuditReport } from '../../twin/change/audit.ts';
import { openEnvelope, sealEnvelope } from '../../live/store/envelope.ts';
import { obtainKey } from '../../live/identity.ts';
import { statementPayloadType } from '../../twin/change/approval.ts';
import { failureOf, Place, planned, settle, unchangedWorld } from './place.ts';

let place: Place;
let known: KnownPlan;
beforeEach(async () => {
  place = new Place();
  const state = await place.open();
  await settle(state, 'ada', 'grace');
  known = await planned(state, ['grace']);
  await place.close();
});
afterEach(() => place.remove());

type Row = Record<string, string | number>;

/** Edits the closed database without its triggers and puts them back afterwards. */
function edit(work: (database: Database.Database) => void): void {
  const database = new Database(join(place.directory, 'state.db'));
  const triggers = database
    .prepare(`select name, sql from sqlite_master where type = 'trigger'`)
    .all() as { name: string; sql: string }[];
  for (const { name } of triggers) database.exec(`drop trigger ${name}`);
  work(database);
  for (const { sql } of triggers) database.exec(sql);
  database.close();
}

async function audit(): Promise<AuditReport> {
  const report = await verifyAudit(await place.open());
  await place.close();
  return report;
}

async function gate(): Promise<readonly string[]> {
  const refusals = await checkExecutable(await place.open(), known.plan.id, unchangedWorld());
  await place.close();
  return refusals.map(({ code }) => code);
}

/** `text` with the character at `at` (taken modulo its length) replaced by another one. */
function flipped(text: string, at: number, by: number): string {
  const spot = at % text.length;
  const code = 32 + ((text.charCodeAt(spot) - 32 + 1 + (by % 94)) % 95);
  return text.slice(0, spot) + String.fromCharCode(code) + text.slice(spot + 1);
}

describe('the audit', () => {
  it('finds nothing in a state that nobody touched', async () => {
    const report = await audit();
    expect(report).toMatchObject({ intact: true, findings: [] });
    expect(report.checked).toEqual({ entries: 7, documents: 3, signatures: 2, files: 5 });
    expect(await gate()).toEqual([]);
  });

  it('finds one character changed anywhere in ledger, head, plan, submission or approval', async () => {
    const targets = [
      { table: 'ledger', key: 'seq', columns: ['hash', 'text'] },
      { table: 'ledger_head', key: 'id', columns: ['envelope'] },
      { table: 'documents', key: 'digest', columns: ['text', 'kind', 'digest'] },
    ] as const;
    const target = fc.constantFrom(...targets).chain(({ table, key, columns }) =>
      fc.record({
        table: fc.constant(table),
        key: fc.constant(key),
        column: fc.constantFrom(...columns),
      }),
    );
    await fc.assert(
      fc.asyncProperty(target, fc.nat(), fc.nat(), fc.nat(), async (where, row, at, by) => {
        const { table, key, column } = where;
        let [id, before]: [string | number, string] = ['', ''];
        edit((database) => {
          const rows = database.prepare(`select * from ${table}`).all() as Row[];
          const chosen = rows[row % rows.length] ?? {};
          [id, before] = [chosen[key] ?? '', String(chosen[column])];
          database
            .prepare(`update ${table} set ${column} = ? where ${key} = ?`)
            .run(flipped(before, at, by), id);
        });
        const { intact, findings } = await audit();
        expect(intact).toBe(false);
        expect(findings.length).toBeGreaterThan(0);
        // Only the audit reads the kind of a document; nothing is decided by it.
        if (column !== 'kind') expect(await gate()).toContain('tampered');
        const touchedKey = column === key ? flipped(before, at, by) : id;
        edit((database) => {
          database
            .prepare(`update ${table} set ${column} = ? where ${key} = ?`)
            .run(before, touchedKey);
        });
      }),
      { numRuns: 60 },
    );
    expect((await audit()).findings).toEqual([]);
  });

  it('finds one byte changed anywhere in a file of the run, and names the file', async () => {
    const directory = join(place.directory, 'runs', known.standing.run);
    const names = ['prediction.json', 'trace.bin', 'estate.json', 'scenario.json', 'topology.json'];
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...names),
        fc.nat(),
        fc.integer({ min: 1, max: 255 }),
        async (name, at, change) => {
          const file = join(directory, name);
          const before = readFileSync(file);
          const after = Buffer.from(before);
          after[at % after.length] = (after[at % after.length] ?? 0) ^ change;
          writeFileSync(file, after);
          expect((await audit()).findings).toEqual([
            {
              kind: 'file',
              subject: `run/${known.standing.run}`,
              message: `runs/${known.standing.run}/${name} was changed after it was recorded`,
            },
          ]);
          expect(await gate()).toContain('tampered');
          writeFileSync(file, before);
        },
      ),
      { numRuns: 40 },
    );
    rmSync(join(directory, 'trace.bin'));
    expect((await audit()).findings[0]?.message).toMatch(/trace.bin is gone/);
  });

  it('finds a byte of a plan or approval changed in the database file itself', async () => {
    const file = join(place.directory, 'state.db');
    const before = readFileSync(file);
    for (const needle of [known.plan.title, '"payloadType":"application/vnd.in-toto+json"']) {
      const at = before.indexOf(needle);
      expect(at).toBeGreaterThan(0);
      const after = Buffer.from(before);
      after[at + 2] = (after[at + 2] ?? 0) ^ 1;
      writeFileSync(file, after);
      expect((await audit()).findings).toContainEqual(
        expect.objectContaining({ kind: 'document' }),
      );
      expect(await gate()).toContain('tampered');
    }
  });

  it('finds an entry that was removed, moved or added', async () => {
    edit((database) => database.exec('delete from ledger where seq = 3'));
    expect((await audit()).findings[0]).toEqual({
      kind: 'ledger',
      subject: 'entry 4',
      message: 'entry 3 is missing',
    });
  });

  it('finds two entries that changed places', async () => {
    edit((database) =>
      database.exec(
        'update ledger set seq = -seq where seq in (3, 4); update ledger set seq = 7 + seq where seq < 0',
      ),
    );
    expect((await audit()).findings.map(({ kind }) => kind)).toContain('ledger');
  });

  it('finds a ledger whose tail was cut off', async () => {
    edit((database) => database.exec('delete from ledger where seq > 5'));
    const messages = (await audit()).findings.map(({ message }) => message);
    expect(messages).toContain('entry 7 was signed as the newest one, entry 5 is');
    expect(await gate()).not.toEqual([]);
  });

  it('finds a ledger that was rewritten from an entry on, with all its hashes', async () => {
    edit((database) => {
      const row = database.prepare('select text from ledger where seq = 7').get() as Row;
      const text = String(row['text']).replace('"actor":"grace"', '"actor":"grave"');
      database
        .prepare('update ledger set text = ?, hash = ? where seq = 7')
        .run(text, digestOfBytes(text));
    });
    const { findings } = await audit();
    expect(findings.map(({ kind }) => kind)).toEqual(['head', 'head']);
    expect(await gate()).toEqual(['tampered']);
  });

  it('finds a whole database that was rolled back to an older copy', async () => {
    const copy = join(place.root, 'copy');
    cpSync(place.directory, copy, { recursive: true });
    const state = await place.open();
    await state.identities.create('edsger');
    await place.close();
    rmSync(place.directory, { recursive: true });
    cpSync(copy, place.directory, { recursive: true });
    expect((await audit()).findings).toEqual([
      { kind: 'head', subject: 'head', message: 'the ledger was rolled back behind entry 8' },
    ]);
    const failure = await failureOf((await place.open()).identities.create('barbara'));
    expect(failure).toMatchObject({ code: 'state' });
  });

  it('finds an approval signed with another key, although its digest is on the ledger', async () => {
    const state = await place.open();
    const signer = await state.identities.signer('grace');
    const forger = obtainKey(join(place.root, 'forger.key'));
    const approval = known.standing.approvals[0];
    const text = await state.ledger.document(approval?.attestation ?? known.plan.digest);
    const payload = openEnvelope(text, statementPayloadType, signer.key.publicKey) ?? '';
    const forged = sealEnvelope(statementPayloadType, payload, forger);
    const second = await planned(state, [], { costUsd: 0.5 });
    const data = { by: 'grace', key: signer.key.fingerprint, attestation: digestOfBytes(forged) };
    await state.ledger.append(() => ({
      event: { type: 'premortem.plan.approved', subject: `plan/${second.plan.id}`, data },
      actor: 'grace',
      documents: [{ kind: 'attestation', text: forged }],
    }));
    expect((await verifyAudit(state)).findings).toEqual([
      {
        kind: 'signature',
        subject: `plan/${second.plan.id}`,
        message: `the approve of ${second.plan.id} by grace: its signature is not valid`,
      },
    ]);
    const failure = await failureOf(startPlan(state, second.plan.id, unchangedWorld()));
    expect(failure.messages).toContain(
      `the approve of ${second.plan.id} by grace: its signature is not valid`,
    );
    expect(failure.messages.join()).toMatch(/nobody has approved it/);
  });

  it('finds an approval that was signed for another plan', async () => {
    const state = await place.open();
    const second = await planned(state, [], { costUsd: 0.5 });
    const [approval] = known.standing.approvals;
    if (approval === undefined) throw new Error('the first plan is approved');
    const { by, key, attestation } = approval;
    await state.ledger.append(() => ({
      event: {
        type: 'premortem.plan.approved',
        subject: `plan/${second.plan.id}`,
        data: { by, key, attestation },
      },
      actor: 'grace',
    }));
    expect((await verifyAudit(state)).findings[0]?.message).toMatch(/signed for another plan/);
  });

  it('finds documents that no event names and guards that were removed', async () => {
    edit((database) => {
      const text = '{"schema":"premortem/plan/v1"}';
      database
        .prepare('insert into documents values (?, ?, ?)')
        .run(digestOfBytes(text), 'plan', text);
    });
    const database = new Database(join(place.directory, 'state.db'));
    database.exec('drop trigger ledger_refuses_update');
    database.close();
    expect((await audit()).findings.map(({ kind, subject }) => `${kind} ${subject}`)).toEqual([
      'document plan',
      'guard ledger_refuses_update',
    ]);
  });

  it('finds a state whose id was changed to another one', async () => {
    edit((database) =>
      database.exec(`update settings set value = '00000000-0000-4000-8000-000000000000'`),
    );
    expect((await audit()).findings.map(({ kind }) => kind)).toEqual(['head']);
  });
});

describe('the database', () => {
  it('refuses to change or remove what it has recorded', () => {
    const database = new Database(join(place.directory, 'state.db'));
    for (const statement of [
      `update ledger set text = ''`,
      'delete from ledger',
      `update documents set text = ''`,
      'delete from documents',
      'delete from ledger_head',
      'update ledger_head set seq = 1',
      'delete from settings',
    ])
      expect(() => database.exec(statement)).toThrow(/append-only|head of the ledger/);
    database.close();
  });
});
