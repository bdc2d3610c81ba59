// A client that does not wait for a slow answer: after a while it sends the request again, to somebody else, and takes the
// answer that comes first.

interface Hedged {
  readonly answerMs: number;
  /** Requests that were sent: 1 or 2. */
  readonly copies: number;
}

/** What becomes of a request whose copies would take so long; `second` is asked only when it is sent. */
export function hedge(delayMs: number, firstMs: number, second: () => number): Hedged {
  if (firstMs <= delayMs) return { answerMs: firstMs, copies: 1 };
  return { answerMs: Math.min(firstMs, delayMs + second()), copies: 2 };
}
