// `premortem reference`: every action, fault, metric, parameter and gate, made of their registries.
import { renderReport, reportFormats } from '../../reports/index.ts';
import { manual } from '../../scenarios/manual.ts';
import type { Call, CommandModule, Result } from '../command.ts';
import { exitCodes } from '../exit.ts';
import { textOption, unknownName } from '../options.ts';

export const verbs: CommandModule['verbs'] = [
  {
    name: '',
    summary: 'print every action, fault, metric, parameter and gate, with units and defaults',
    words: [],
    options: [
      { form: '--format <format>', meaning: `${reportFormats.join(', ')} (default: text)` },
    ],
    run: printReference,
  },
];

async function printReference(call: Call): Promise<Result> {
  const given = textOption(call, 'format') ?? 'text';
  const format = reportFormats.find((known) => known === given);
  if (format === undefined) throw unknownName('format', given, reportFormats);
  const document = manual();
  const { style } = call.session;
  const text = await renderReport('premortem/reference/v1', document, format, style);
  return { document, text, exitCode: exitCodes.done };
}
