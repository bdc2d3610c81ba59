// Practice rebuilds: real ones, at zero link delay and under a light load of commits, by the same loop and the same drivers as
// an approved plan; in turn as slowly as they are wanted and as fast as the servers can.
import { assert } from '../../engine/failure.ts';
import { spareStandby } from '../../twin/actions/rebuild.ts';
import type { Estate } from '../../twin/estate/estate.ts';
import type { PractisedRebuild } from '../calibrate/experiment.ts';
import { RouterControl } from '../bridge/router-control.ts';
import type { LabInfo } from '../lab/lab-info.ts';
import {
  actAfresh,
  beginPractice,
  interrupted,
  layCourse,
  withPractice,
  type Practice,
  type TimedStep,
} from './practise.ts';

/** Slow enough that the limit decides, and as fast as Postgres lets anybody ask for. */
const limitsPerSec = [20e6, 1024 ** 3] as const;

/**
 * Rebuilds a standby `count` times. The links are as long afterwards as before, and everybody streams. Throws a UserError
 * when one of them does not come to its end.
 */
export async function practiseRebuilds(
  lab: LabInfo,
  estate: Estate,
  count: number,
  signal?: AbortSignal,
): Promise<readonly PractisedRebuild[]> {
  return withPractice({ lab, estate, count, signal }, rebuildAll);
}

async function rebuildAll(practice: Practice): Promise<readonly PractisedRebuild[]> {
  const { control, count, signal } = practice;
  const course = await layCourse(practice);
  const node = spareStandby(course.estate, course.shard);
  assert(node !== undefined, `shard ${course.shard.id} has a standby that may be rebuilt`);
  const load = await beginPractice(practice, course, { before: 0, factor: 1 });
  const results: PractisedRebuild[] = [];
  while (results.length < count) {
    if (signal?.aborted === true) throw interrupted();
    const limitPerSec = limitsPerSec[results.length % limitsPerSec.length] ?? limitsPerSec[0];
    const steps = await actAfresh(practice, course, {
      action: { kind: 'rebuild', shard: course.shard.id, node, bytesPerSec: limitPerSec },
      ordinal: results.length + 1,
      router: new RouterControl(control, load.run, load.controlSocket),
    });
    results.push(resultOf(steps, limitPerSec));
  }
  return results;
}

function resultOf(steps: readonly TimedStep[], limitPerSec: number): PractisedRebuild {
  const copied = steps.find(({ step }) => step === 'copy-node');
  const bytes = copied?.evidence['bytes'];
  assert(copied !== undefined && typeof bytes === 'number', 'a rebuild tells how much it copied');
  return { steps, copy: { bytes, durationMs: copied.durationMs, limitPerSec } };
}
