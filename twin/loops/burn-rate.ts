// Alerts on the burn of an error budget over two windows at once (Site Reliability Workbook, chapter 5): the long one says
// that enough is lost to matter, the short one that it is still being lost.

export interface ServiceObjective {
  /** Share of requests that shall be good, such as 0.999. */
  readonly target: number;
  readonly periodMs: number;
}

/** Fires while errors burn the budget at least `burnRate` times as fast as it lasts, over both windows. */
export interface BurnRateAlert {
  readonly longMs: number;
  readonly shortMs: number;
  readonly burnRate: number;
}

/** Shares that differ by less are the same: targets such as 0.999 are no exact numbers. */
const negligible = 1e-12;

/** Share of errors over a window from which on an alert fires. */
function thresholdOf({ target }: ServiceObjective, { burnRate }: BurnRateAlert): number {
  return burnRate * (1 - target);
}

/** How many times as fast as it lasts the budget is spent at this share of errors. */
export function burnRateOf({ target }: ServiceObjective, errorShare: number): number {
  return errorShare / (1 - target);
}

/** Until the whole budget is spent at this share of errors. */
export function exhaustionMs(objective: ServiceObjective, errorShare: number): number {
  return objective.periodMs / burnRateOf(objective, errorShare);
}

/** Share of the budget that is spent when an alert's long window has just reached its rate. */
export function budgetAtThreshold(objective: ServiceObjective, alert: BurnRateAlert): number {
  return (alert.burnRate * alert.longMs) / objective.periodMs;
}

/** Share of the budget that this share of errors spends in a time. */
export function budgetSpent(objective: ServiceObjective, errorShare: number, ms: number): number {
  return (burnRateOf(objective, errorShare) * ms) / objective.periodMs;
}

/** From the first error to the alert, when errors begin at a constant share after none for long; Infinity for never. */
export function detectAfterMs(
  objective: ServiceObjective,
  alert: BurnRateAlert,
  errorShare: number,
): number {
  const share = thresholdOf(objective, alert) / errorShare;
  return share > 1 + negligible
    ? Infinity
    : Math.min(1, share) * Math.max(alert.longMs, alert.shortMs);
}

/** From the last error to the end of an alert that fired, when errors had filled its windows; 0 for one that just fired. */
export function resetAfterMs(
  objective: ServiceObjective,
  alert: BurnRateAlert,
  errorShare: number,
): number {
  return Math.max(0, 1 - thresholdOf(objective, alert) / errorShare) * alert.shortMs;
}
