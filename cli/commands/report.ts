// `premortem report`: a plan's risk card before it was executed, the verification afterwards, as text, Markdown or HTML.
import { loadPlan } from '../../live/governance/plans.ts';
import { verifyRun } from '../../live/operations/verify-run.ts';
import { openState, type State } from '../../live/store/state.ts';
import { renderReport, reportFormats, type ReportFormat } from '../../reports/index.ts';
import { predictionSchema } from '../../twin/prediction.ts';
import type { Call, CommandModule, Result } from '../command.ts';
import { exitCodes } from '../exit.ts';
import { textOption, unknownName } from '../options.ts';
import { withState } from '../session.ts';

export const verbs: CommandModule['verbs'] = [
  {
    name: '',
    summary: 'print the report of a plan: predicted, or predicted against measured',
    words: [{ form: '<plan>', meaning: 'id of a plan, or the beginning of it' }],
    options: [
      { form: '--format <format>', meaning: `${reportFormats.join(', ')} (default: text)` },
    ],
    run: report,
  },
];

async function report(call: Call): Promise<Result> {
  const { session, words } = call;
  const given = textOption(call, 'format') ?? 'text';
  const format = reportFormats.find((known) => known === given);
  if (format === undefined) throw unknownName('format', given, reportFormats);
  const state = await openState(session.stateDirectory, { mustExist: true });
  return await withState(state, async (open) => {
    const { document, text } = await render(open, words[0] ?? '', format, call);
    return { document, text, exitCode: exitCodes.done };
  });
}

async function render(
  state: State,
  planId: string,
  format: ReportFormat,
  { session }: Call,
): Promise<{ document: object; text: string }> {
  const { plan, standing } = await loadPlan(state, planId);
  const { style } = session;
  const runs = await state.runs.list();
  const isExecuted =
    'measurement.json' in (runs.find(({ id }) => id === standing.run)?.files ?? {});
  if (isExecuted) {
    const verified = await verifyRun(state, standing.run);
    const text = await renderReport('premortem/verification/v1', verified, format, style);
    return { document: verified.verification, text };
  }
  const stored = await state.runs.readDocument(standing.run, 'prediction.json');
  const prediction = predictionSchema.parse(stored);
  const text = await renderReport('premortem/prediction/v1', { prediction, plan }, format, style);
  return { document: prediction, text };
}
