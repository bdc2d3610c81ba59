// Bulk service, the shape of a group commit: a free server takes up to b waiting customers as one batch, whose
// service time does not depend on its size, exponential or constant.
import { z } from 'zod';
import {
  bulkRoot,
  FlushStation,
  meanOf,
  renewalGaps,
  sampler,
  type Distribution,
} from '../../../engine/index.ts';
import type { Figure, Outcome, ValidationOptions } from '../documents.ts';
import { Estimation, flushEstimators, sojournEstimators, waitEstimators } from '../estimators.ts';
import { readModel, type ReferenceCase } from '../schema.ts';
import { stabilityRemark } from '../stability.ts';
import { planRun, runStation } from '../station-run.ts';

export const bulkFamilies = ['queueing/bulk-service'];

const positive = z.number().positive();
const max_batch = z.number().int().positive();

const parameters = z.union([
  z.object({ lambda: positive, mu: positive, max_batch }),
  z.object({ lambda: positive, D: positive, max_batch }),
]);

type BulkModel = z.infer<typeof parameters>;

export function runBulk(referenceCase: ReferenceCase, options: ValidationOptions): Outcome {
  const read = readModel(parameters, referenceCase.model.parameters);
  if ('reason' in read) return { kind: 'unsupported', reason: read.reason };
  const { model } = read;
  const meanMs = 'mu' in model ? 1 / model.mu : model.D;
  const remark = stabilityRemark(model.lambda * meanMs, model.max_batch);
  const figures = simulate(referenceCase, model, options);
  if ('mu' in model && remark === null) {
    const value = bulkRoot(model.lambda, model.mu, model.max_batch);
    figures.set('root_r', { method: 'closed-form', value });
  }
  return { kind: 'computed', figures, remark };
}

function simulate(
  referenceCase: ReferenceCase,
  model: BulkModel,
  options: ValidationOptions,
): Map<string, Figure> {
  const flushLaw: Distribution =
    'mu' in model
      ? { kind: 'exponential', mean: 1 / model.mu }
      : { kind: 'constant', value: model.D };
  const scaleMs = meanOf(flushLaw);
  const estimators = [...waitEstimators, ...sojournEstimators, ...flushEstimators];
  const estimation = new Estimation(referenceCase, estimators, { scaleMs, servers: 1 });
  runStation(
    {
      scaleMs,
      gaps: (simulation) =>
        renewalGaps({ kind: 'exponential', mean: 1 / model.lambda }, simulation.stream('arrivals')),
      // The time belongs to the flush: a customer brings no demand of its own.
      demand: { kind: 'constant', value: 0 },
      makeStation: (simulation, { onStart, onEnd, onFlush }) => {
        const drawMs = sampler(flushLaw, simulation.stream('flush'));
        const station = new FlushStation(simulation, {
          name: 'flush',
          batchLimit: model.max_batch,
          flushMs: (_, customers) => {
            onFlush(customers);
            return drawMs();
          },
          onStart,
          onEnd,
        });
        return {
          arrive: (customer) => station.arrive(customer),
          present: () => station.queued,
          busy: () => (station.isFlushing ? 1 : 0),
        };
      },
    },
    planRun(referenceCase, model.lambda, options),
    (batch) => estimation.take(batch),
  );
  return estimation.figures();
}
