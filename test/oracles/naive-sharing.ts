// Processor sharing by brute force: at every arrival and departure the remaining demand of every job is worked off.
// Quadratic and obvious, to hold the virtual-time station against.

export interface SharedJob {
  readonly atMs: number;
  readonly demandMs: number;
}

/** Departure time of each job, in the order given; `jobs` are sorted by arrival. */
export function shareByBruteForce(
  jobs: readonly SharedJob[],
  cores: number,
  concurrency = Infinity,
): number[] {
  const departures = jobs.map(() => Number.NaN);
  const rest = new Map<number, number>();
  const waiting: number[] = [];
  let nowMs = 0;
  let next = 0;
  while (next < jobs.length || rest.size > 0) {
    const rate = Math.min(1, cores / rest.size);
    const endMs = Math.min(...[...rest.values()].map((restMs) => nowMs + restMs / rate), Infinity);
    const arrivalMs = jobs[next]?.atMs ?? Infinity;
    const untilMs = Math.min(endMs, arrivalMs);
    for (const [job, restMs] of rest) rest.set(job, restMs - (untilMs - nowMs) * rate);
    nowMs = untilMs;
    if (endMs <= arrivalMs) {
      const [first] = [...rest].toSorted((a, b) => a[1] - b[1] || a[0] - b[0]);
      if (first === undefined) throw new Error('no job to end');
      rest.delete(first[0]);
      departures[first[0]] = nowMs;
    } else {
      waiting.push(next++);
    }
    while (waiting.length > 0 && rest.size < concurrency) {
      const job = waiting.shift() ?? 0;
      rest.set(job, jobs[job]?.demandMs ?? 0);
    }
  }
  return departures;
}
