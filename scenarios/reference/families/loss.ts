// Stations with room for K customers, which lose who finds them full: M/M/1/K, M/M/c/K and Erlang's M/M/c/c. Waits
// and sojourns are those of the accepted.
import { z } from 'zod';
import { QueueStation, renewalGaps } from '../../../engine/index.ts';
import type { Outcome, ValidationOptions } from '../documents.ts';
import {
  Estimation,
  levelEstimators,
  lossEstimators,
  sojournEstimators,
  waitEstimators,
} from '../estimators.ts';
import { readModel, type ReferenceCase } from '../schema.ts';
import { planRun, runStation } from '../station-run.ts';

export const lossFamilies = ['queueing/mm1k', 'queueing/mmck', 'queueing/erlang-b'];

const parameters = z.object({
  lambda: z.number().positive(),
  mu: z.number().positive(),
  servers: z.number().int().positive(),
  capacity_total: z.number().int().positive(),
});

export function runLoss(referenceCase: ReferenceCase, options: ValidationOptions): Outcome {
  const read = readModel(parameters, referenceCase.model.parameters);
  if ('reason' in read) return { kind: 'unsupported', reason: read.reason };
  const { lambda, mu, servers, capacity_total: capacity } = read.model;
  const estimators = [
    ...lossEstimators,
    ...waitEstimators,
    ...sojournEstimators,
    ...levelEstimators,
  ];
  const estimation = new Estimation(referenceCase, estimators, {
    scaleMs: 1 / mu,
    servers,
    capacity,
  });
  runStation(
    {
      scaleMs: 1 / mu,
      gaps: (simulation) =>
        renewalGaps({ kind: 'exponential', mean: 1 / lambda }, simulation.stream('arrivals')),
      demand: { kind: 'exponential', mean: 1 / mu },
      makeStation: (simulation, events) => {
        const options = { name: 'queue', servers, capacity, ...events };
        const station = new QueueStation(simulation, options);
        return {
          arrive: (customer, serviceMs) => station.arrive(customer, serviceMs),
          present: () => station.busy + station.queued,
        };
      },
    },
    planRun(referenceCase, lambda, options),
    (batch) => estimation.take(batch),
  );
  return { kind: 'computed', figures: estimation.figures() };
}
