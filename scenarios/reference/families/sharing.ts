// Egalitarian processor sharing on c servers with Poisson arrivals: M/M/c and M/G/1.
import { z } from 'zod';
import { meanOf, renewalGaps, SharingStation, type Distribution } from '../../../engine/index.ts';
import type { Outcome, ValidationOptions } from '../documents.ts';
import {
  Estimation,
  levelEstimators,
  sizesAskedFor,
  slowdownEstimators,
  sojournEstimators,
} from '../estimators.ts';
import { law } from '../laws.ts';
import { readModel, type ReferenceCase } from '../schema.ts';
import { stabilityRemark } from '../stability.ts';
import { planRun, runStation } from '../station-run.ts';

export const sharingFamilies = ['queueing/ps'];

const lambda = z.number().positive();
const servers = z.number().int().positive().default(1);

const parameters = z.union([
  z.object({ lambda, servers, service: law }),
  z
    .object({ lambda, servers, mu: z.number().positive() })
    .transform(({ mu, ...rest }) => ({ ...rest, service: exponentialOf(mu) })),
]);

function exponentialOf(rate: number): Distribution {
  return { kind: 'exponential', mean: 1 / rate };
}

export function runSharing(referenceCase: ReferenceCase, options: ValidationOptions): Outcome {
  const read = readModel(parameters, referenceCase.model.parameters);
  if ('reason' in read) return { kind: 'unsupported', reason: read.reason };
  const { model } = read;
  const remark = stabilityRemark(model.lambda * meanOf(model.service), model.servers);
  const scaleMs = meanOf(model.service);
  const estimators = [...sojournEstimators, ...levelEstimators, ...slowdownEstimators];
  const estimation = new Estimation(referenceCase, estimators, { scaleMs, servers: model.servers });
  runStation(
    {
      scaleMs,
      gaps: (simulation) => renewalGaps(exponentialOf(model.lambda), simulation.stream('arrivals')),
      demand: model.service,
      sizes: sizesAskedFor(referenceCase),
      makeStation: (simulation, { onEnd }) => {
        const settings = { name: 'sharing', cores: model.servers, onEnd };
        const station = new SharingStation(simulation, settings);
        return {
          arrive: (customer, demandMs) => station.arrive(customer, demandMs),
          present: () => station.present + station.queued,
        };
      },
    },
    planRun(referenceCase, model.lambda, options),
    (batch) => estimation.take(batch),
  );
  return { kind: 'computed', figures: estimation.figures(), remark };
}
