// The experiment on copies of tenants: subscriptions by the executor's own steps. A tenant that nobody is has no rows: what its
// copy takes is what every copy takes; what a real one takes longer then tells how fast rows come.
import { median } from 'simple-statistics';
import { possibleCopy } from '../../../twin/actions/copy-tenant.ts';
import { parameterPaths } from '../../../twin/parameters.ts';
import type { Experiment, Measured, PractisedTenantCopy } from '../experiment.ts';
import { summariseSingles } from '../repetitions.ts';
import { stepParametersOf } from '../step-parameters.ts';

/** One copy of a small tenant, and its end. */
const perCopyMs = 2_000;

const paths = parameterPaths.filter((path) => path.startsWith('copy-tenant.'));

export const tenantCopies: Experiment = {
  id: 'tenant-copies',
  method: ({ tenantCopies: count }) =>
    `${count} copies of a tenant under a light load, half of them without rows`,
  parameters: paths,
  needed: ({ estate, shard }) => (possibleCopy(estate, shard) === undefined ? [] : paths),
  because: ({ estate, shard }) => {
    const copy = possibleCopy(estate, shard);
    return copy === undefined
      ? `no tenant of ${shard.id} with rows of its own has another shard to go to`
      : `tenant ${copy.tenant} can be copied to ${copy.to}`;
  },
  durationMs: ({ tenantCopies: count }) => count * perCopyMs,
  run: async ({ effort, practiseTenantCopies, onProgress }) => {
    if (effort.tenantCopies === 0) return {};
    onProgress(`${effort.tenantCopies} copies of a tenant`);
    return tenantCopyParametersOf(await practiseTenantCopies(effort.tenantCopies));
  },
};

/** Copies without rows → what a copy takes by itself; those with rows → how fast rows come. */
export function tenantCopyParametersOf(copies: readonly PractisedTenantCopy[]): Measured {
  const empty = copies.filter(({ bytes }) => bytes === 0);
  const full = copies.filter(({ bytes }) => bytes > 0);
  const besideMs = empty.map(copyMsOf);
  const typicalMs = median(besideMs);
  const rates = full.map((copy) => (copy.bytes / Math.max(1, copyMsOf(copy) - typicalMs)) * 1_000);
  const otherSteps = copies.map(({ steps }) =>
    steps.filter(({ step }) => ['wait-applied', 'unsubscribe-tenant'].includes(step)),
  );
  return {
    ...stepParametersOf('copy-tenant', otherSteps),
    'copy-tenant.subscribe-tenantMs': summariseSingles(besideMs),
    'copy-tenant.bytesPerSec': summariseSingles(rates),
  };
}

function copyMsOf({ steps }: PractisedTenantCopy): number {
  return steps.find(({ step }) => step === 'subscribe-tenant')?.durationMs ?? Number.NaN;
}
