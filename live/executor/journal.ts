// What an executor needs of a journal, and a journal that lives in memory. A governed execution writes into the ledger
// (live/governance/execution.ts has the same shape); practice runs, which nobody approves and nobody resumes, write here
// and obey the same rules.
import { assert } from '../../engine/failure.ts';
import type { Evidence, JournalState } from '../../twin/change/events.ts';
import { attemptToken, journalObjection, type JournalEntry } from '../../twin/change/journal.ts';

/** One attempt at a step, or at undoing it. The token fences off executors that were overtaken. */
export interface Attempt {
  readonly attempt: number;
  readonly token: string;
}

/** Every method resolves when the entry cannot be lost any more, and rejects when the rules forbid it. */
export interface ExecutionJournal {
  readonly generation: number;
  entries(): Promise<readonly JournalEntry[]>;
  intent(step: string): Promise<Attempt>;
  done(step: string, evidence: Evidence): Promise<void>;
  failed(step: string, evidence: Evidence): Promise<void>;
  compensating(step: string): Promise<Attempt>;
  compensated(step: string, evidence: Evidence): Promise<void>;
}

export class MemoryJournal implements ExecutionJournal {
  readonly generation: number;
  readonly #plan: string;
  readonly #steps: readonly string[];
  readonly #entries: JournalEntry[];

  /** `earlier`: entries of former generations, for an execution that goes on. */
  constructor(plan: string, steps: readonly string[], earlier: readonly JournalEntry[] = []) {
    this.#plan = plan;
    this.#steps = steps;
    this.#entries = [...earlier];
    this.generation = (earlier.at(-1)?.generation ?? 0) + 1;
  }

  entries(): Promise<readonly JournalEntry[]> {
    return Promise.resolve([...this.#entries]);
  }

  intent(step: string): Promise<Attempt> {
    return this.#open('intent', step, (this.#lastOf(step)?.attempt ?? 0) + 1);
  }

  done(step: string, evidence: Evidence): Promise<void> {
    return this.#close('done', step, evidence);
  }

  failed(step: string, evidence: Evidence): Promise<void> {
    return this.#close('failed', step, evidence);
  }

  compensating(step: string): Promise<Attempt> {
    return this.#open('compensating', step, this.#lastOf(step)?.attempt ?? 1);
  }

  compensated(step: string, evidence: Evidence): Promise<void> {
    return this.#close('compensated', step, evidence);
  }

  async #open(state: JournalState, step: string, attempt: number): Promise<Attempt> {
    const token = attemptToken(this.#plan, this.generation, step, attempt);
    await this.#append({ state, step, attempt, token, evidence: {} });
    return { attempt, token };
  }

  async #close(state: JournalState, step: string, evidence: Evidence): Promise<void> {
    const last = this.#lastOf(step);
    assert(last !== undefined, `${step} was begun before it ends`);
    const { attempt, token } = last;
    await this.#append({ state, step, attempt, token, evidence });
  }

  #append(entry: Omit<JournalEntry, 'plan' | 'generation' | 'at'>): Promise<void> {
    const full = { ...entry, generation: this.generation };
    const objection = journalObjection(this.#steps, this.#entries, full);
    assert(objection === null, objection ?? '');
    const at = new Date().toISOString();
    this.#entries.push({ ...full, plan: this.#plan, at });
    return Promise.resolve();
  }

  #lastOf(step: string): JournalEntry | undefined {
    return this.#entries.findLast((entry) => entry.step === step);
  }
}
