// `premortem demo`: the whole loop on embedded defaults with real Postgres, for somebody who has just cloned this.
import { join, resolve } from 'node:path';
import { demoFiles } from '../../live/operations/demo-texts.ts';
import { runDemo, type DemoDocument } from '../../live/operations/demo.ts';
import { renderReport } from '../../reports/index.ts';
import { formatValue } from '../../reports/figures.ts';
import { paint, plainLine } from '../../reports/table.ts';
import { verificationSummary } from '../../reports/verification-summary.ts';
import type { Verification } from '../../twin/verify.ts';
import type { Call, CommandModule, Result, Session } from '../command.ts';
import { exitCodes, type ExitCode } from '../exit.ts';
import { stepProgress } from '../session.ts';

export const verbs: CommandModule['verbs'] = [
  {
    name: '',
    summary:
      'predict a promotion and a crash, let both happen on real Postgres servers, and hold one against the other',
    words: [],
    options: [],
    run: demo,
  },
];

async function demo({ session }: Call): Promise<Result> {
  const { terminal, signal, seed } = session;
  const time = new Date().toISOString().replaceAll(/[-:]|\.\d+Z/g, '');
  const directory = resolve(session.out ?? join(session.stateDirectory, 'demo', time));
  const document = await runDemo({
    directory,
    seed,
    signal,
    onStage: (text) => terminal.step(text),
    onProgress: (text) => terminal.status(text),
    onStep: stepProgress(session).onEvent,
    onPredicted: async (prediction, plan) => {
      const input = plan === null ? { prediction } : { prediction, plan };
      const card = await renderReport('premortem/prediction/v1', input, 'text', session.style);
      // The card's head is enough between two stages; all of it is in the page.
      terminal.step(card.split('\n\n').slice(0, 3).join('\n\n'));
    },
  });
  return { document, text: describe(document, session), exitCode: exitCodeOf(document) };
}

/** Statistical refutations are told, not turned into a code; a lost write or a broken ledger is. */
function exitCodeOf({ verification, drill, audit }: DemoDocument): ExitCode {
  if (verification === null || drill === null || !audit.intact) return exitCodes.fault;
  const holds = [verification, drill.verification].every(({ exact }) =>
    exact.every(({ verdict }) => verdict === 'confirmed'),
  );
  return holds ? exitCodes.done : exitCodes.refuted;
}

function describe(document: DemoDocument, session: Session): string {
  const { verification, drill, audit, outcome, directory, page } = document;
  if (verification === null) {
    const reason = outcome.kind === 'done' ? 'it could not be measured' : outcome.reason;
    return `the plan was not verified: ${reason}\n`;
  }
  const ledger = audit.intact
    ? `the ledger verifies (${audit.checked.entries} entries, ${audit.checked.signatures} signatures)`
    : `the ledger does NOT verify: ${audit.findings.map(({ message }) => message).join('; ')}`;
  const parts = [
    describePart('planned promotion', { verification, page: page ?? directory }, session),
    ...(drill === null ? [] : [describePart('crash of the primary', drill, session)]),
  ];
  const again = [demoFiles.change, demoFiles.drill].map(
    (file) =>
      `again:  npx premortem simulate ${join(directory, file)} --calibration ${join(directory, demoFiles.calibration)} --seed ${session.seed}\n`,
  );
  return `${parts.join('\n')}\n${ledger}\n${again.join('')}`;
}

/** One scenario: its table, how many metrics were foreseen, which gates failed, where its page is. */
function describePart(
  what: string,
  { verification, page }: { readonly verification: Verification; readonly page: string },
  { style }: Session,
): string {
  const judged = verification.metrics.filter(({ verdict }) => verdict !== 'invalid');
  const confirmed = judged.filter(({ verdict }) => verdict === 'confirmed').length;
  const gates = verification.gates
    .filter(({ pass }) => !pass)
    .map(({ gate, value, limit, unit, why }) => {
      const seen = value === null ? 'unknown' : formatValue(value, unit);
      return `${plainLine(`gate ${gate}: ${seen}, more than ${formatValue(limit, unit)}; ${why}`)}\n`;
    });
  return `${paint(what, 'strong', style)}
${verificationSummary(verification, style)}
${confirmed} of ${judged.length} valid metrics inside their 90 % interval (${verification.metrics.length - judged.length} invalid)
${gates.join('')}report: ${page}
`;
}
