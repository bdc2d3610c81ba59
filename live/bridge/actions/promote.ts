// A planned promotion on real servers: which driver does which of its effects.
import type { DriversOf } from '../step-driver.ts';
import { handoverSteps } from '../steps/handover.ts';
import { requestSteps } from '../steps/requests.ts';
import { standbySteps } from '../steps/standbys.ts';
import { topologySteps } from '../steps/check-topology.ts';

type PromoteEffects =
  | keyof typeof topologySteps
  | keyof typeof requestSteps
  | keyof typeof handoverSteps
  | keyof typeof standbySteps;

export const promoteDrivers: DriversOf<PromoteEffects> = {
  ...topologySteps,
  ...requestSteps,
  ...handoverSteps,
  ...standbySteps,
};
