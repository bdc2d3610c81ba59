// Scores of forecasts held against published outcomes.
import { z } from 'zod';
import { brierScore, ensembleCrps, logLoss, normalCrps } from '../../../engine/index.ts';
import type { Outcome } from '../documents.ts';
import { calculated } from '../figures.ts';
import { readModel, type ReferenceCase } from '../schema.ts';

export const crpsFamilies = ['statistics/crps'];
export const brierFamilies = ['statistics/brier'];

const ensembles = z
  .object({
    ensembles: z.array(z.array(z.number()).min(2)).min(1),
    observations: z.array(z.number()).min(1),
  })
  .refine((one) => one.ensembles.length === one.observations.length, 'an observation per ensemble');

const normal = z.object({ mu: z.number(), sigma: z.number().positive() });

const events = z
  .object({
    forecast: z.array(z.number().min(0).max(1)).min(1),
    outcome: z.array(z.union([z.literal(0), z.literal(1)])),
  })
  .refine(({ forecast, outcome }) => forecast.length === outcome.length, 'an outcome per forecast');

export function runCrps({ data, model }: ReferenceCase): Outcome {
  const read = readModel(ensembles, data);
  if ('reason' in read) return { kind: 'unsupported', reason: read.reason };
  const { observations } = read.model;
  const score = (isFair: boolean): readonly number[] =>
    read.model.ensembles.map((members, at) =>
      ensembleCrps(members, observations[at] ?? Number.NaN, isFair),
    );
  const [plain, fair] = [score(false), score(true)];
  const law = readModel(normal, model.parameters);
  const mean = (values: readonly number[]): number =>
    values.reduce((sum, value) => sum + value, 0) / values.length;
  return calculated({
    ...Object.fromEntries(plain.map((value, at) => [`crps_${at + 1}`, value])),
    ...Object.fromEntries(fair.map((value, at) => [`crps_fair_${at + 1}`, value])),
    crps_mean: mean(plain),
    crps_fair_mean: mean(fair),
    ...('reason' in law
      ? {}
      : Object.fromEntries(
          observations.map((observation, at) => [
            `crps_normal_obs${at + 1}`,
            normalCrps(law.model.mu, law.model.sigma, observation),
          ]),
        )),
  });
}

export function runBrier({ data }: ReferenceCase): Outcome {
  const read = readModel(events, data);
  if ('reason' in read) return { kind: 'unsupported', reason: read.reason };
  const { forecast, outcome } = read.model;
  const told = forecast.map((probability, at) => ({ probability, happened: outcome[at] === 1 }));
  const { brier, reliability, resolution, uncertainty } = brierScore(told);
  return calculated({
    brier,
    reliability,
    resolution,
    uncertainty,
    brier_skill_score: 1 - brier / uncertainty,
    log_loss: logLoss(told),
  });
}
