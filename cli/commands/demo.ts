// `premortem demo`: the whole loop on embedded defaults with real Postgres, for somebody who has just cloned this.
import { join, resolve } from 'node:path';
import { runDemo, type DemoDocument } from '../../live/operations/demo.ts';
import { renderReport } from '../../reports/index.ts';
import { formatValue } from '../../reports/figures.ts';
import { plainLine } from '../../reports/table.ts';
import { verificationSummary } from '../../reports/verification-summary.ts';
import type { Call, CommandModule, Result, Session } from '../command.ts';
import { exitCodes, type ExitCode } from '../exit.ts';
import { stepProgress } from '../session.ts';

export const verbs: CommandModule['verbs'] = [
  {
    name: '',
    summary: 'predict a promotion, do it on real Postgres servers, and hold one against the other',
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
    onPlanned: async (prediction, plan) => {
      const style = session.style;
      const card = await renderReport(
        'premortem/prediction/v1',
        { prediction, plan },
        'text',
        style,
      );
      // The card's head is enough between two stages; all of it is in the page.
      terminal.step(card.split('\n\n').slice(0, 3).join('\n\n'));
    },
  });
  return { document, text: describe(document, session), exitCode: exitCodeOf(document) };
}

/** Statistical refutations are told, not turned into a code; a lost write or a broken ledger is. */
function exitCodeOf({ verification, audit }: DemoDocument): ExitCode {
  if (verification === null || !audit.intact) return exitCodes.fault;
  const holds = verification.exact.every(({ verdict }) => verdict === 'confirmed');
  return holds ? exitCodes.done : exitCodes.refuted;
}

function describe(document: DemoDocument, session: Session): string {
  const { verification, audit, outcome, directory, page } = document;
  if (verification === null) {
    const reason = outcome.kind === 'done' ? 'it could not be measured' : outcome.reason;
    return `the plan was not verified: ${reason}\n`;
  }
  const judged = verification.metrics.filter(({ verdict }) => verdict !== 'invalid');
  const confirmed = judged.filter(({ verdict }) => verdict === 'confirmed').length;
  const ledger = audit.intact
    ? `the ledger verifies (${audit.checked.entries} entries, ${audit.checked.signatures} signatures)`
    : `the ledger does NOT verify: ${audit.findings.map(({ message }) => message).join('; ')}`;
  const gates = verification.gates
    .filter(({ pass }) => !pass)
    .map(({ gate, value, limit, unit, why }) => {
      const seen = value === null ? 'unknown' : formatValue(value, unit);
      return `${plainLine(`gate ${gate}: ${seen}, more than ${formatValue(limit, unit)}; ${why}`)}\n`;
    });
  return `${verificationSummary(verification, session.style)}

${confirmed} of ${judged.length} valid metrics inside their 90 % interval (${verification.metrics.length - judged.length} invalid); ${ledger}
${gates.join('')}
report: ${page ?? directory}
again:  npx premortem simulate ${join(directory, 'scenario.yaml')} --calibration ${join(directory, 'calibration.yaml')} --seed ${session.seed}
`;
}
