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
