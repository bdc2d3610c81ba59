// Which cases of a campaign are meant: the first ones, those of a kind, or one by its id. Mistakes are told before anything
// is drawn, let alone written.
import { nearestNames, UserError } from '../../engine/failure.ts';
import { suggestNames } from '../../twin/findings.ts';
import { numberCase, type CaseNumber, type Course } from './draw.ts';
import type { CaseKind } from './kinds/index.ts';

/** `count` null: as many as the campaign says; `only` null: of every kind. */
export interface Choice {
  readonly count: number | null;
  readonly only: CaseKind | null;
}

/** The first cases, those of other kinds passed over. Throws UserError('usage') for a kind that does not come. */
export function chooseCases(course: Course, { count, only }: Choice): readonly CaseNumber[] {
  const { kinds, cases, name } = course.campaign;
  if (only !== null && kinds[only] === undefined) {
    throw new UserError('usage', {
      message: `campaign ${name} has no cases of kind "${only}"`,
      remedy: suggestNames(only, Object.keys(kinds), 'kinds'),
    });
  }
  const chosen: CaseNumber[] = [];
  for (let index = 0; chosen.length < (count ?? cases); index++) {
    const number = numberCase(course, index);
    if (only === null || number.kind === only) chosen.push(number);
  }
  return chosen;
}

/** The case of an id. Throws UserError('missing') with the nearest ones. */
export function findCase(course: Course, id: string): CaseNumber {
  const { campaign, seed } = course;
  const index = Number(/^(\d{3,6})-/.exec(id.slice(seed.length + 1))?.[1] ?? Number.NaN);
  const found = Number.isNaN(index) ? null : numberCase(course, index);
  if (found?.id === id) return found;
  const names = chooseCases(course, { count: null, only: null }).map((number) => number.id);
  const near = nearestNames(id, names, 2);
  throw new UserError('missing', {
    message: `campaign ${campaign.name} with seed ${seed} has no case "${id}"`,
    remedy:
      near.length > 0
        ? `did you mean ${near.join(' or ')}?`
        : `its cases are called like ${names[0]}; give the campaign and the seed of the case`,
  });
}
