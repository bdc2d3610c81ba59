// Freezing of documents: resolved documents are shared by every later stage, and none of them may change what another
// one reads. Plain trees only; cycles do not occur in documents.

/** Freezes a plain document through and through, and returns it. */
export function freezeDeep<T>(value: T): T {
  if (typeof value === 'object' && value !== null && !Object.isFrozen(value)) {
    for (const member of Object.values(value)) freezeDeep(member);
    Object.freeze(value);
  }
  return value;
}
