// What the driver notes about each request while it runs: plain columns, so that noting costs nothing and makes no
// garbage. It turns them into the samples and the counts that the run ends with.
import { emptySamples, outcomes, type Outcome, type Samples } from '../../twin/samples.ts';
import type { Trace } from '../../twin/trace.ts';

export class Records {
  readonly samples: Samples;
  /** When the driver noticed that a request was due; NaN until then. */
  readonly #offeredMs: Float64Array;
  readonly #errors = new Map<string, number>();
  #offered = 0;
  #sent = 0;
  #done = 0;

  constructor(trace: Trace) {
    this.#offeredMs = new Float64Array(trace.count).fill(NaN);
    this.samples = emptySamples(trace);
  }

  /** Requests whose intended time has come. */
  get offered(): number {
    return this.#offered;
  }

  /** Requests put on a connection. */
  get sent(): number {
    return this.#sent;
  }

  /** Requests whose fate is known. */
  get done(): number {
    return this.#done;
  }

  /** How often each kind of error was answered. */
  get errors(): Readonly<Record<string, number>> {
    return Object.fromEntries(this.#errors);
  }

  noteOffered(request: number, atMs: number): void {
    this.#offeredMs[request] = atMs;
    this.#offered++;
  }

  noteSent(request: number, atMs: number): void {
    this.samples.sentMs[request] = atMs;
    this.#sent++;
  }

  noteDone(request: number, atMs: number, outcome: Outcome): void {
    this.samples.doneMs[request] = atMs;
    this.samples.outcome[request] = outcomes.indexOf(outcome);
    this.#done++;
  }

  noteError(kind: string): void {
    this.#errors.set(kind, (this.#errors.get(kind) ?? 0) + 1);
  }

  /** Requests that were sent and never answered. */
  unanswered(): readonly number[] {
    const { sentMs, doneMs } = this.samples;
    return Array.from(sentMs.keys()).filter(
      (request) => !Number.isNaN(sentMs[request]) && Number.isNaN(doneMs[request]),
    );
  }

  /** How many requests ended how. */
  countOutcomes(): Readonly<Record<Outcome, number>> {
    const counts = Object.fromEntries(outcomes.map((name) => [name, 0])) as Record<Outcome, number>;
    for (const index of this.samples.outcome) counts[outcomes[index] ?? 'unfinished']++;
    return counts;
  }

  /** Lateness of the generator itself: from intended time to noticing, at the 99th percentile and at the most. */
  generatorLag(): { p99Ms: number; maxMs: number } {
    const lags = this.#offeredMs
      .map((atMs, request) => atMs - (this.samples.intendedMs[request] ?? NaN))
      .filter((lagMs) => !Number.isNaN(lagMs))
      .toSorted();
    const rank = Math.max(0, Math.ceil(0.99 * lags.length) - 1);
    return { p99Ms: lags[rank] ?? 0, maxMs: lags.at(-1) ?? 0 };
  }
}
