// Data that comes in at a constant rate and grows old: from hot storage to warm (compressed), to cold, until it is deleted.

export interface Retention {
  readonly gigabytesPerDay: number;
  /** Ages in days at which data leaves a tier. */
  readonly hotDays: number;
  readonly warmUntilDay: number;
  readonly deletedAtDay: number;
  /** Size in warm and cold storage over raw size. */
  readonly compression: number;
}

const storageTiers = ['hot', 'warm', 'cold'] as const;
export type StorageTier = (typeof storageTiers)[number];

/** Ages that data has in a tier, and its size there over its raw size. */
function stay(rule: Retention, tier: StorageTier): { from: number; until: number; size: number } {
  const { hotDays, warmUntilDay, deletedAtDay, compression } = rule;
  if (tier === 'hot') return { from: 0, until: hotDays, size: 1 };
  if (tier === 'warm') return { from: hotDays, until: warmUntilDay, size: compression };
  return { from: warmUntilDay, until: deletedAtDay, size: compression };
}

/** What a tier holds so many days after the first data came. */
export function heldGigabytes(rule: Retention, tier: StorageTier, day: number): number {
  const { from, until, size } = stay(rule, tier);
  return rule.gigabytesPerDay * size * Math.max(0, Math.min(day, until) - from);
}

/** The integral of that from the first day on, which storage is paid by. */
export function heldGigabyteDays(rule: Retention, tier: StorageTier, day: number): number {
  const { from, until, size } = stay(rule, tier);
  const filling = Math.max(0, Math.min(day, until) - from);
  const full = Math.max(0, day - until) * (until - from);
  return rule.gigabytesPerDay * size * (filling ** 2 / 2 + full);
}

/** In all tiers, once as much is deleted as comes in. */
export function steadyGigabytes(rule: Retention): number {
  return storageTiers.reduce((sum, tier) => sum + heldGigabytes(rule, tier, Infinity), 0);
}

/** All tiers together, up to a day. */
export function allGigabyteDays(rule: Retention, day: number): number {
  return storageTiers.reduce((sum, tier) => sum + heldGigabyteDays(rule, tier, day), 0);
}

/** Raw size of what was deleted until then. */
export function deletedGigabytes(
  { gigabytesPerDay, deletedAtDay }: Retention,
  day: number,
): number {
  return gigabytesPerDay * Math.max(0, day - deletedAtDay);
}

/** Mean age of what is there, by raw size. */
export function meanAgeDays({ deletedAtDay }: Retention, day: number): number {
  return Math.min(day, deletedAtDay) / 2;
}
