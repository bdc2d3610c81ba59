// `premortem prove`: a campaign of cases that nobody chose, each predicted and recorded before it is played on real
// servers, then measured and scored. Run again, it goes on where it stopped.
import { join } from 'node:path';
import { UserError } from '../../engine/failure.ts';
import { proveCampaign, proveCase, type ProveResult } from '../../live/prove/prove.ts';
import type { ProveOptions, ProveRequest } from '../../live/prove/prove.ts';
import { openState } from '../../live/store/state.ts';
import { caseLine, insideOf } from '../../reports/case-line.ts';
import { chooseCases, findCase } from '../../scenarios/campaign/choose.ts';
import type { CaseNumber } from '../../scenarios/campaign/draw.ts';
import { caseKinds, type CaseKind } from '../../scenarios/campaign/kinds/index.ts';
import type { CaseScore } from '../../twin/record/case.ts';
import type { Call, CommandModule, Result, Session } from '../command.ts';
import { exitCodes, type ExitCode } from '../exit.ts';
import { openCalibration, openCampaign } from '../files.ts';
import { numberOption, textOption, unknownName } from '../options.ts';
import { withState } from '../session.ts';

export const verbs: CommandModule['verbs'] = [
  {
    name: '',
    summary: 'play a campaign on real servers and score every prediction; goes on where it stopped',
    words: [
      {
        form: '[campaign]',
        meaning: 'a campaign file, or a name of the library (default: default)',
      },
    ],
    options: [
      { form: '--cases <count>', meaning: 'how many cases (default: as the campaign says)' },
      { form: '--hours <hours>', meaning: 'begin no case after this time' },
      { form: '--only <kind>', meaning: `only cases of one kind: ${caseKinds.join(', ')}` },
      {
        form: '--case <id>',
        meaning: 'one case alone; if it was played before, as a further attempt',
      },
      {
        form: '--calibration <file>',
        meaning:
          'overlay to predict from; without it, the campaign calibrates first, a minute or two',
      },
    ],
    run: prove,
  },
];

interface ProveDocument extends ProveResult {
  readonly schema: 'premortem/prove/v1';
  readonly campaign: string;
  readonly seed: string;
  readonly counts: Readonly<Record<CaseScore['status'], number>>;
}

async function prove(call: Call): Promise<Result> {
  const { session, words } = call;
  const { campaign, campaignText, base } = openCampaign(words[0] ?? 'default');
  const overlay = textOption(call, 'calibration');
  const hours = numberOption(call, 'hours', { min: 0.01, max: 1_000 });
  const course = { campaign, base, seed: seedOf(session) };
  const id = textOption(call, 'case');
  const single = id === null ? null : findCase(course, id);
  const wanted = {
    course,
    campaignText,
    calibration: overlay === null ? null : openCalibration(overlay, base.estate),
    cases: chooseCases(course, {
      count: numberOption(call, 'cases', { min: 1, max: 100_000, whole: true }),
      only: kindOf(textOption(call, 'only')),
    }),
    limitMs: hours === null ? null : hours * 3_600_000,
  };
  const result = await withState(await openState(session.stateDirectory), (state) =>
    play({ ...wanted, state }, single, optionsOf(session)),
  );
  session.signal.throwIfAborted();
  const document: ProveDocument = {
    schema: 'premortem/prove/v1',
    campaign: campaign.name,
    seed: course.seed,
    counts: countsOf(result.cases),
    ...result,
  };
  return { document, text: describe(document), exitCode: exitCodeOf(document) };
}

function play(
  request: ProveRequest,
  single: CaseNumber | null,
  options: ProveOptions,
): Promise<ProveResult> {
  if (single === null) return proveCampaign(request, options);
  return proveCase(request, single, options);
}

function optionsOf({ signal, terminal }: Session): ProveOptions {
  return {
    signal,
    onProgress: (text) => terminal.status(text),
    onCase: (score, { number, of, isNew }) => {
      const line = `${String(number).padStart(String(of).length)}/${of}  ${caseLine(score)}`;
      if (isNew) terminal.step(line);
      else terminal.status(`${line}, from the record`);
    },
  };
}

/** A campaign's seed stands in the names of its directory, its cases and their runs. */
function seedOf({ seed }: Session): string {
  if (/^[a-z0-9]{1,16}$/.test(seed)) return seed;
  throw new UserError('usage', {
    message: `--seed cannot be "${seed}" here: it names the cases of the campaign`,
    remedy: 'use up to 16 lower-case letters and digits',
  });
}

function kindOf(text: string | null): CaseKind | null {
  if (text === null) return null;
  const kind = caseKinds.find((one) => one === text);
  if (kind === undefined) throw unknownName('kind of case', text, caseKinds);
  return kind;
}

/**
 * A guarantee that did not hold refutes; forecasts that miss do not, since one in ten of them should. Without a case that
 * counts nothing was learnt.
 */
function exitCodeOf({ cases, counts }: ProveDocument): ExitCode {
  const isBroken = cases.some(({ exact }) => exact.some(({ holds }) => !holds));
  if (isBroken) return exitCodes.refuted;
  if (counts.scored > 0) return exitCodes.done;
  return counts.invalid > 0 ? exitCodes.inconclusive : exitCodes.fault;
}

function countsOf(cases: readonly CaseScore[]): ProveDocument['counts'] {
  const count = (status: CaseScore['status']): number =>
    cases.filter((one) => one.status === status).length;
  return { scored: count('scored'), invalid: count('invalid'), failed: count('failed') };
}

function describe(document: ProveDocument): string {
  const { cases, counts, planned, ended, directory, campaign, seed } = document;
  const { inside, of } = cases
    .map(insideOf)
    .reduce((sum, one) => ({ inside: sum.inside + one.inside, of: sum.of + one.of }), {
      inside: 0,
      of: 0,
    });
  const rest =
    ended === 'complete'
      ? ''
      : `the time is up after ${cases.length} of ${planned} cases; the same command goes on\n`;
  const unplayed = cases
    .filter(({ status }) => status !== 'scored')
    .map((score) => `  ${caseLine(score)}\n`)
    .join('');
  return `campaign ${campaign}, seed ${seed}: ${counts.scored} cases scored, ${counts.invalid} invalid, ${counts.failed} failed
${unplayed}${of} valid metrics, ${inside} of them inside their 90 % interval
${rest}cases:  ${join(directory, 'cases')}
record: npx premortem record --campaign ${campaign}
`;
}
