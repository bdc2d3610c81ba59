// A record of predictions from its JSON text, as `premortem record --json` prints it.
import { digestOf } from '../engine/digest.ts';
import { readWith } from '../twin/findings.ts';
import { freezeDeep } from '../twin/freeze.ts';
import { recordSchema, type RecordSummary } from '../twin/record/record.ts';
import { mistakesIn, readSource } from './source.ts';

/** Throws UserError('input') with every mistake in it, also when its digest does not fit its content. */
export function loadRecord(text: string, fileName: string): RecordSummary {
  const source = readSource(text, fileName);
  const reading = readWith(recordSchema, source.data);
  if (reading.kind === 'mistaken') throw mistakesIn(source, reading.findings);
  if (digestOf(reading.value) !== reading.value.digest) {
    throw mistakesIn(source, [
      {
        path: ['digest'],
        message: 'does not fit the content',
        remedy: 'the file was edited; write it again with `premortem record --json`',
      },
    ]);
  }
  return freezeDeep(reading.value);
}
