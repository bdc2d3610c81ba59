// A client that tries again at once: what it sends more while others fail is what makes an outage worse.

interface Tried {
  readonly attempts: number;
  readonly isAnswered: boolean;
}

/** Tries once and up to so many times more, until an attempt does not fail. */
export function tryAgain(mostRetries: number, fails: () => boolean): Tried {
  for (let attempts = 1; ; attempts++) {
    if (!fails()) return { attempts, isAnswered: true };
    if (attempts > mostRetries) return { attempts, isAnswered: false };
  }
}
