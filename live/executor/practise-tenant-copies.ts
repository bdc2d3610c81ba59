// Practice copies of tenants: real ones, at zero link delay and under a light load of commits, by the same loop and the same
// drivers as an approved plan; in turn of a tenant that nobody is, and of one with its rows.
import { assert } from '../../engine/failure.ts';
import type { CopyTenantAction } from '../../twin/actions/action.ts';
import { possibleCopy } from '../../twin/actions/copy-tenant.ts';
import type { Estate } from '../../twin/estate/estate.ts';
import type { PractisedTenantCopy } from '../calibrate/experiment.ts';
import { RouterControl } from '../bridge/router-control.ts';
import type { LabInfo } from '../lab/lab-info.ts';
import {
  actAfresh,
  beginPractice,
  interrupted,
  layCourse,
  withPractice,
  type Practice,
} from './practise.ts';

/** No estate can give a tenant this name. */
const nobody = '(nobody)';

/**
 * Copies a tenant `count` times and throws every copy away. The links are as long afterwards as before. Throws a UserError
 * when one of them does not come to its end.
 */
export async function practiseTenantCopies(
  lab: LabInfo,
  estate: Estate,
  count: number,
  signal?: AbortSignal,
): Promise<readonly PractisedTenantCopy[]> {
  return withPractice({ lab, estate, count, signal }, copyAll);
}

async function copyAll(practice: Practice): Promise<readonly PractisedTenantCopy[]> {
  const { control, count, signal } = practice;
  const course = await layCourse(practice);
  const real = possibleCopy(course.estate, course.shard);
  assert(real !== undefined, `a tenant of ${course.shard.id} can be copied`);
  const load = await beginPractice(practice, course, { before: 0, factor: 1 });
  const results: PractisedTenantCopy[] = [];
  while (results.length < count) {
    if (signal?.aborted === true) throw interrupted();
    const action = results.length % 2 === 0 ? { ...real, tenant: nobody } : real;
    const steps = await actAfresh(practice, course, {
      action,
      ordinal: results.length + 1,
      router: new RouterControl(control, load.run, load.controlSocket),
      isTakenBack: true,
    });
    results.push({ steps, bytes: bytesOf(action, course.estate) });
  }
  return results;
}

function bytesOf({ tenant: id }: CopyTenantAction, { fleets }: Estate): number {
  const tenants = fleets.flatMap((fleet) => fleet.tenants);
  return tenants.find((tenant) => tenant.id === id)?.dataBytes ?? 0;
}
