// `premortem record`: how good predictions were, over every campaign that was played in this state directory.
import { UserError } from '../../engine/failure.ts';
import { writeFiles } from '../../live/files.ts';
import { readRecord, recordNames, type ReadRecord } from '../../live/prove/read-record.ts';
import { openState } from '../../live/store/state.ts';
import { renderReport, reportFormats } from '../../reports/index.ts';
import { summariseRecord } from '../../twin/record/summary.ts';
import type { Call, CommandModule, Result } from '../command.ts';
import { exitCodes } from '../exit.ts';
import { textOption, unknownName } from '../options.ts';
import { isStateDirectory } from '../record-source.ts';
import { withState } from '../session.ts';

export const verbs: CommandModule['verbs'] = [
  {
    name: '',
    summary: 'show what became of every prediction that a campaign held against reality',
    words: [],
    options: [
      { form: '--campaign <name>', meaning: 'only of this campaign' },
      { form: '--kind <kind>', meaning: 'only cases of this kind' },
      { form: '--format <format>', meaning: `${reportFormats.join(', ')} (default: text)` },
    ],
    run: record,
  },
];

async function record(call: Call): Promise<Result> {
  const { session } = call;
  const given = textOption(call, 'format') ?? 'text';
  const format = reportFormats.find((known) => known === given);
  if (format === undefined) throw unknownName('format', given, reportFormats);
  const read = await readFiltered(call);
  const { style, out } = session;
  if (out !== null) {
    writeFiles(out, {
      'record.json': read.record,
      'record.md': await renderReport('premortem/record/v1', read, 'markdown'),
      'record.html': await renderReport('premortem/record/v1', read, 'html'),
    });
  }
  const text =
    read.cases.length === 0 && format === 'text'
      ? 'No case was played in this state directory yet, so there is no record; `premortem prove` plays a campaign.\n'
      : await renderReport('premortem/record/v1', read, format, style);
  return { document: read.record, text, exitCode: exitCodes.done };
}

/** Without a state there is an empty record; that is no mistake of anybody's. */
async function readFiltered(call: Call): Promise<ReadRecord> {
  const { stateDirectory } = call.session;
  if (!isStateDirectory(stateDirectory)) return { record: summariseRecord([]), cases: [] };
  const filter = { campaign: textOption(call, 'campaign'), kind: textOption(call, 'kind') };
  const state = await openState(stateDirectory, { mustExist: true });
  return await withState(state, async (open) => {
    const read = await readRecord(open, filter);
    if (read.cases.length === 0) refuseUnknown(call, await readRecord(open));
    return read;
  });
}

/** A filter that fits nothing is a slip of the pen wherever there is something to filter. */
function refuseUnknown(call: Call, { cases }: ReadRecord): void {
  if (cases.length === 0) return;
  const { campaigns, kinds } = recordNames(cases);
  const campaign = textOption(call, 'campaign');
  const kind = textOption(call, 'kind');
  if (campaign !== null && !campaigns.includes(campaign)) {
    throw unknownName('campaign', campaign, campaigns);
  }
  if (kind !== null && !kinds.includes(kind)) throw unknownName('kind of case', kind, kinds);
  throw new UserError('usage', {
    message: `campaign ${campaign ?? ''} has no case of kind ${kind ?? ''}`,
    remedy: 'leave out one of the two',
  });
}
