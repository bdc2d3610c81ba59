// `premortem validate`: exact reference cases through the engine, one case per worker at a time.
import { readdirSync, statSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { UserError } from '../../engine/failure.ts';
import { threadRunner } from '../../engine/ensemble/threads.ts';
import { plural } from '../../reports/figures.ts';
import { renderReport } from '../../reports/index.ts';
import {
  parseReferenceFile,
  referenceSchema,
  summariseValidation,
  type CaseResult,
  type ReferenceCase,
} from '../../scenarios/reference/index.ts';
import type { Call, CommandModule, Result } from '../command.ts';
import { exitCodes } from '../exit.ts';
import { readTextFile } from '../files.ts';
import { numberOption } from '../options.ts';
import type { ValidateTask } from '../validate-task.ts';

/** What the project itself brings along. */
const ownCases = fileURLToPath(new URL('../../scenarios/reference/cases', import.meta.url));

export const verbs: CommandModule['verbs'] = [
  {
    name: '',
    summary: 'hold the engine and the parts of the platform against exact results',
    words: [
      {
        form: '[file...]',
        meaning: 'files of reference cases (JSON), or folders of them (default: its own)',
      },
    ],
    options: [
      { form: '--effort <fraction>', meaning: 'fraction of each case’s run length (default: 1)' },
    ],
    run: validate,
  },
];

async function validate(call: Call): Promise<Result> {
  const { session, words } = call;
  const effort = numberOption(call, 'effort', { min: 0.001, max: 100 }) ?? 1;
  const cases = readCases((words.length > 0 ? words : [ownCases]).flatMap(filesOf));
  const results = await runCases(cases, { effort, seed: session.seed }, call);
  const document = summariseValidation(results);
  const { failed, unsupported } = document.counts;
  const text = await renderReport('premortem/validation/v1', document, 'text', session.style);
  const undecided = unsupported > 0 ? exitCodes.inconclusive : exitCodes.done;
  return { document, text, exitCode: failed > 0 ? exitCodes.refuted : undecided };
}

/** A file is one; of a folder, those that say that they hold reference cases. Throws UserError('missing') when none does. */
function filesOf(name: string): readonly string[] {
  if (statSync(name, { throwIfNoEntry: false })?.isDirectory() !== true) return [name];
  const files = readdirSync(name)
    .filter((file) => file.endsWith('.json'))
    .map((file) => join(name, file))
    .filter((file) => readTextFile(file).includes(`"${referenceSchema}"`))
    .toSorted();
  if (files.length > 0) return files;
  throw new UserError('missing', {
    message: 'no file of reference cases is in this folder',
    place: { file: name },
    remedy: `such a file is JSON with "schema": "${referenceSchema}"`,
  });
}

/** Mistakes of all files at once. */
function readCases(files: readonly string[]): readonly ReferenceCase[] {
  const readings = files.map((file) => {
    try {
      return parseReferenceFile(readTextFile(file), file);
    } catch (error) {
      if (error instanceof UserError) return error;
      throw error;
    }
  });
  const mistakes = readings.flatMap((reading) =>
    reading instanceof UserError ? reading.mistakes : [],
  );
  if (mistakes.length > 0) throw new UserError('input', mistakes);
  return readings.flatMap((reading) => (reading instanceof UserError ? [] : reading));
}

async function runCases(
  cases: readonly ReferenceCase[],
  options: Pick<ValidateTask, 'effort' | 'seed'>,
  { session }: Call,
): Promise<readonly CaseResult[]> {
  await using runner = threadRunner(Math.min(availableParallelism(), cases.length));
  let done = 0;
  session.terminal.status(plural(cases.length, 'case'));
  return await runner.run<ValidateTask, CaseResult>(
    {
      module: new URL('../validate-task.ts', import.meta.url),
      name: 'runValidateTask',
      inputs: cases.map((referenceCase) => ({ referenceCase, ...options })),
    },
    {
      signal: session.signal,
      onResult: (_index, { id }) => {
        done += 1;
        session.terminal.status(`case ${done} of ${cases.length}: ${id}`);
      },
    },
  );
}
