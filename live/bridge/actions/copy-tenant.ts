// A copy of a tenant between real servers: which driver does which of its effects.
import type { DriversOf } from '../step-driver.ts';
import { topologySteps } from '../steps/check-topology.ts';
import { requestSteps } from '../steps/requests.ts';
import { tenantSteps } from '../steps/tenants.ts';

type CopyTenantEffects =
  | keyof typeof topologySteps
  | 'hold-requests'
  | 'drain-requests'
  | 'release-requests'
  | keyof typeof tenantSteps;

export const copyTenantDrivers: DriversOf<CopyTenantEffects> = {
  ...topologySteps,
  ...requestSteps,
  ...tenantSteps,
};
