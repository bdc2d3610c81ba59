// The library's texts for tests, read once.
import { readFileSync } from 'node:fs';
import { UserError } from '../../engine/failure.ts';
import { findLibraryFile } from '../../scenarios/library/index.ts';
import { loadEstate } from '../../scenarios/load.ts';

export const labEstateText = readFileSync(findLibraryFile('estate', 'lab').url, 'utf8');
export const shardsEstateText = readFileSync(findLibraryFile('estate', 'lab-shards').url, 'utf8');
export const crashText = readFileSync(findLibraryFile('scenario', 'lab/primary-crash').url, 'utf8');
export const promoteText = readFileSync(findLibraryFile('scenario', 'lab/promote-eu').url, 'utf8');

/** The text with one place replaced; throws when the place is not there, so that a test cannot pass by accident. */
export function edited(
  text: string,
  ...edits: readonly (readonly [from: string, to: string])[]
): string {
  return edits.reduce((current, [from, to]) => {
    if (!current.includes(from)) throw new Error(`"${from}" is not in the text`);
    return current.replace(from, to);
  }, text);
}

/** Everything that the loader has to say against an estate's text, line by line; nothing when it takes it. */
export function estateMistakes(text: string): readonly string[] {
  try {
    loadEstate(text, 'lab.yaml');
  } catch (error) {
    if (error instanceof UserError) return error.message.split('\n');
    throw error;
  }
  return [];
}
