// What a month costs, by meter: quantities times prices, some of which fall with the quantity.

/** A price that holds up to a quantity beyond the tier before; null: for all the rest. */
export interface PriceTier {
  readonly width: number | null;
  readonly usd: number;
}

export interface MonthlyUse {
  /** What is kept, by class of storage. */
  readonly storage: readonly { readonly gigabytes: number; readonly usdPerGigabyte: number }[];
  /** Written once and copied to other regions. */
  readonly replicated: {
    readonly gigabytes: number;
    readonly copies: number;
    readonly usdPerGigabyte: number;
  };
  /** To the internet. */
  readonly egress: { readonly gigabytes: number; readonly tiers: readonly PriceTier[] };
  readonly nodes: { readonly count: number; readonly hours: number; readonly usdPerHour: number };
}

export interface Bill {
  readonly storageUsd: number;
  readonly interRegionUsd: number;
  readonly egressUsd: number;
  readonly computeUsd: number;
  readonly totalUsd: number;
}

export function billOf({ storage, replicated, egress, nodes }: MonthlyUse): Bill {
  const storageUsd = storage.reduce((sum, one) => sum + one.gigabytes * one.usdPerGigabyte, 0);
  const interRegionUsd = replicated.gigabytes * replicated.copies * replicated.usdPerGigabyte;
  const egressUsd = tieredUsd(egress.gigabytes, egress.tiers);
  const computeUsd = nodes.count * nodes.hours * nodes.usdPerHour;
  const totalUsd = storageUsd + interRegionUsd + egressUsd + computeUsd;
  return { storageUsd, interRegionUsd, egressUsd, computeUsd, totalUsd };
}

/** A quantity that fills one tier after the other. What no tier has room for is priced as the last one. */
export function tieredUsd(quantity: number, tiers: readonly PriceTier[]): number {
  let left = quantity;
  let usd = 0;
  for (const [index, tier] of tiers.entries()) {
    const isLast = index === tiers.length - 1;
    const taken = isLast ? left : Math.min(left, tier.width ?? Infinity);
    usd += taken * tier.usd;
    left -= taken;
  }
  return usd;
}
