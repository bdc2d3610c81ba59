// The experiment on rebuilds: a standby stopped, copied anew and started, by the executor's own steps. Slow copies tell what
// a copy takes beside its bytes, because their pace is known; fast ones then tell how fast servers can send.
import { median } from 'simple-statistics';
import { spareStandby } from '../../../twin/actions/rebuild.ts';
import { documentDiskShare } from '../../lab/seed.ts';
import { declaredBytes, type Fleet, type Shard } from '../../../twin/estate/estate.ts';
import { throttleSliceMs } from '../../../twin/model/copy.ts';
import { parameterPaths } from '../../../twin/parameters.ts';
import type { Experiment, Measured, PractisedCopy } from '../experiment.ts';
import { summariseSingles } from '../repetitions.ts';
import { stepParametersOf } from '../step-parameters.ts';

/** One rebuild of a small server, as slowly as wanted. */
const perRebuildMs = 3_000;

const paths = parameterPaths.filter((path) => /^(?:rebuild|copy)\./.test(path));

export const rebuilds: Experiment = {
  id: 'rebuilds',
  method: ({ rebuilds: count }) => `${count} rebuilds of a standby under a light load`,
  parameters: paths,
  needed: (subject) => (spareStandby(subject.estate, subject.shard) === undefined ? [] : paths),
  because: ({ estate, shard }) => {
    if (shard.dataBytes === null) return `nobody said how much data ${shard.id} has`;
    return spareStandby(estate, shard) === undefined
      ? `shard ${shard.id} has no standby that commits could do without`
      : `standbys of ${shard.id} can be rebuilt`;
  },
  durationMs: ({ rebuilds: count }) => count * perRebuildMs,
  run: async ({ effort, practiseRebuilds, onProgress, shard, fleet }) => {
    if (effort.rebuilds === 0) return {};
    onProgress(`${effort.rebuilds} rebuilds of a standby`);
    const practised = await practiseRebuilds(effort.rebuilds);
    const copies = practised.map(({ copy }) => copy);
    const otherSteps = practised.map(({ steps }) =>
      steps.filter(({ step }) => ['stop-standby', 'start-standby'].includes(step)),
    );
    return {
      ...stepParametersOf('rebuild', otherSteps),
      ...copyParametersOf(copies, bytesOnDisk(shard, fleet)),
    };
  },
};

/** What was declared to be there, of tenants with what pages and index add in a lab: what is left is everything else. */
function bytesOnDisk(shard: Shard, fleet: Fleet): number {
  const own = shard.dataBytes ?? 0;
  return own + documentDiskShare * (declaredBytes(shard, fleet) - own);
}

/** Copies at two limits → the time beside the bytes, the pace of the servers, and bytes beside the declared ones. */
export function copyParametersOf(copies: readonly PractisedCopy[], dataBytes: number): Measured {
  const slowest = Math.min(...copies.map(({ limitPerSec }) => limitPerSec));
  const slow = copies.filter(({ limitPerSec }) => limitPerSec === slowest);
  const fast = copies.filter(({ limitPerSec }) => limitPerSec !== slowest);
  const besideMs = slow.map((copy) => Math.max(0, copy.durationMs - throttledMs(copy)));
  const typicalMs = median(besideMs);
  const rates = fast.map(
    ({ bytes, durationMs }) => (bytes / Math.max(1, durationMs - typicalMs)) * 1_000,
  );
  return {
    'rebuild.copy-nodeMs': summariseSingles(besideMs),
    'copy.bytesPerSec': summariseSingles(rates),
    'copy.otherBytes': summariseSingles(copies.map(({ bytes }) => Math.max(0, bytes - dataBytes))),
  };
}

/** Every whole slice takes its time; the rest of a slice is sent without waiting, in next to none. */
function throttledMs({ bytes, limitPerSec }: PractisedCopy): number {
  const sliceBytes = (limitPerSec * throttleSliceMs) / 1_000;
  return Math.floor(bytes / sliceBytes) * throttleSliceMs;
}
