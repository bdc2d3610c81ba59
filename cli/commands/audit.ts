// `premortem audit`: whether everything in the state directory is as it was recorded, and what was recorded.
import { verifyAudit } from '../../live/governance/audit.ts';
import { openState } from '../../live/store/state.ts';
import { textTable } from '../../reports/table.ts';
import type { AuditReport } from '../../twin/change/audit.ts';
import type { Call, CommandModule, Result } from '../command.ts';
import { exitCodes } from '../exit.ts';
import { withState } from '../session.ts';

export const verbs: CommandModule['verbs'] = [
  {
    name: 'verify',
    summary: 'check the ledger, its signed head, and every stored plan, approval and file of a run',
    words: [],
    options: [],
    run: verify,
  },
  { name: 'log', summary: 'list the ledger', words: [], options: [], run: log },
];

async function verify({ session }: Call): Promise<Result> {
  const state = await openState(session.stateDirectory, { mustExist: true });
  const report = await withState(state, verifyAudit);
  return {
    document: report,
    text: describe(report),
    exitCode: report.intact ? exitCodes.done : exitCodes.fault,
  };
}

async function log({ session }: Call): Promise<Result> {
  const state = await openState(session.stateDirectory, { mustExist: true });
  const events = await withState(state, (open) => open.ledger.events());
  const columns = ['seq', 'at', 'type', 'subject', 'actor', 'hash'].map((title) => ({
    title,
    align: title === 'seq' ? ('right' as const) : ('left' as const),
  }));
  const rows = events.map(({ seq, at, type, subject, actor, hash }) => [
    String(seq),
    at,
    type,
    subject,
    actor,
    hash.slice(0, 12),
  ]);
  return {
    document: { schema: 'premortem/ledger/v1', events },
    text: `${textTable({ columns, rows }, session.style)}\n`,
    exitCode: exitCodes.done,
  };
}

function describe({ intact, checked, findings, head }: AuditReport): string {
  const { entries, documents, signatures, files } = checked;
  const looked = `${entries} ledger entries, ${documents} documents, ${signatures} signatures, ${files} files`;
  const at = head === null ? '' : `; head ${head.seq} ${head.hash.slice(0, 12)}`;
  if (intact) return `intact: ${looked}${at}\n`;
  const list = findings.map(({ kind, subject, message }) => `  ${kind} ${subject}: ${message}\n`);
  return `NOT intact (${findings.length} finding(s)): ${looked}${at}\n${list.join('')}`;
}
