// What to say of a model that is offered as much as its servers can do, or more. It runs like any other; but its queue
// grows for as long as the run lasts, so most of its figures are those of a run and not of a steady state.

/** Null where there is a steady state. `offered` is work per unit of time, which `capacity` servers do one each of. */
export function stabilityRemark(
  offered: number,
  capacity: number,
  where = 'the model',
): string | null {
  if (offered < capacity) return null;
  const load = `${Number(offered.toPrecision(4))} erlangs on ${Number(capacity.toPrecision(4))}`;
  return `${where} is not stable (${load}): its figures depend on the length of the run`;
}

/** Rounds of the traffic equations λ = external + λ·routing: what is left over falls by what leaves in each of them. */
const trafficRounds = 10_000;

/** Stations between which customers pass by chance. */
export interface OpenNetwork {
  readonly nodes: readonly { readonly rate: number; readonly servers: number }[];
  /** Arrivals from outside per unit of time, by node. */
  readonly external: readonly number[];
  /** Chances of going from one node to another; what is missing to 1 leaves. */
  readonly routing: readonly (readonly number[])[];
}

/** About the first node that is offered too much by all that comes from outside and from other nodes. */
export function networkRemark({ external, routing, nodes }: OpenNetwork): string | null {
  let rates = external;
  for (let round = 0; round < trafficRounds; round++) {
    rates = external.map((rate, to) =>
      rates.reduce((sum, other, from) => sum + other * (routing[from]?.[to] ?? 0), rate),
    );
  }
  const remarks = nodes.map(({ rate, servers: count }, node) =>
    stabilityRemark((rates[node] ?? 0) / rate, count, `node ${node + 1}`),
  );
  return remarks.find((remark) => remark !== null) ?? null;
}
