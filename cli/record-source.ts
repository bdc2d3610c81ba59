// The record that a prediction is to be trusted by, as `--record` names it: a file that `premortem record --json` wrote, or
// a state directory whose campaigns are read.
import { existsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { readRecord } from '../live/prove/read-record.ts';
import { openState } from '../live/store/state.ts';
import { loadRecord } from '../scenarios/load-record.ts';
import type { RecordSummary } from '../twin/record/record.ts';
import type { Call } from './command.ts';
import { readTextFile } from './files.ts';
import { textOption } from './options.ts';
import { withState } from './session.ts';

/** The option, for every command that predicts. */
export const recordOption = {
  form: '--record <path>',
  meaning:
    'what became of earlier predictions: a file of `premortem record --json`, or a state directory',
};

/** The record that was given, or null. UserError 'missing' or 'input' when it cannot be read. */
export async function openRecord(call: Pick<Call, 'options'>): Promise<RecordSummary | null> {
  const path = textOption(call, 'record');
  if (path === null) return null;
  if (!existsSync(path) || !statSync(path).isDirectory()) {
    return loadRecord(readTextFile(path), path);
  }
  const state = await openState(path, { mustExist: true });
  return await withState(state, async (open) => (await readRecord(open)).record);
}

/** Whether a state was ever begun in this directory. */
export function isStateDirectory(directory: string): boolean {
  return existsSync(join(directory, 'state.db'));
}
