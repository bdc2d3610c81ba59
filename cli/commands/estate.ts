// `premortem estate check|show`: is a file a sound estate, and what does it say once units, names and defaults are
// resolved.
import type { CommandModule, Result, Session, Verb } from '../command.ts';
import { exitCodes } from '../exit.ts';
import { openEstate } from '../files.ts';
import { describeEstate } from '../estate-text.ts';
import { UserError, type Mistake } from '../../engine/failure.ts';
import { estateDigest } from '../../twin/estate/digest.ts';
import { nodesOf, type Estate } from '../../twin/estate/estate.ts';

const check: Verb = {
  name: 'check',
  summary: 'tell every mistake in estate files, or that there is none',
  words: [{ form: '<file...>', meaning: 'estate files, or names of the library' }],
  options: [],
  run: async ({ words }) => checkEstates(words),
};

const show: Verb = {
  name: 'show',
  summary: 'show an estate as it was understood',
  words: [{ form: '<file>', meaning: 'an estate file, or a name of the library' }],
  options: [],
  run: async ({ session, words: [name = ''] }) => showEstate(name, session),
};

export const verbs: CommandModule['verbs'] = [check, show];

/** Every file is looked at before the first mistake is told. */
function checkEstates(names: readonly string[]): Result {
  const mistakes: Mistake[] = [];
  const sound: { file: string; estate: Estate }[] = [];
  for (const name of names) {
    try {
      sound.push({ file: name, estate: openEstate(name).estate });
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      mistakes.push(...error.mistakes);
    }
  }
  if (mistakes.length > 0) throw new UserError('input', mistakes);
  const estates = sound.map(({ file, estate }) => ({
    file,
    estate: estate.name,
    digest: estateDigest(estate),
    counts: countsOf(estate),
  }));
  const lines = estates.map(({ file, estate, digest, counts }) => {
    const parts = Object.entries(counts).map(([what, count]) => `${count} ${what}`);
    return `${file}: estate ${estate} is sound (${parts.join(', ')}); digest ${digest}\n`;
  });
  return {
    document: { schema: 'premortem/estate-check/v1', estates },
    text: lines.join(''),
    exitCode: exitCodes.done,
  };
}

function showEstate(name: string, { style }: Session): Result {
  const { estate } = openEstate(name);
  return { document: estate, text: describeEstate(estate, style), exitCode: exitCodes.done };
}

function countsOf({ regions, fleets }: Estate): Readonly<Record<string, number>> {
  const shards = fleets.flatMap((fleet) => fleet.shards);
  return {
    regions: regions.length,
    fleets: fleets.length,
    shards: shards.length,
    nodes: shards.flatMap(nodesOf).length,
    tenants: fleets.flatMap(({ tenants }) => tenants).length,
  };
}
