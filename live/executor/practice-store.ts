// What a practice promotion writes to: the rules of a journal in memory, and for each entry one durable commit on the
// ledger of a throw-away state. A journal entry costs a signed commit to disk, twice per step and inside the fence, so
// practice without it would teach the model steps that are too short.
import type { Evidence } from '../../twin/change/events.ts';
import type { JournalEntry } from '../../twin/change/journal.ts';
import type { ShardMapStore } from '../bridge/step-driver.ts';
import type { State } from '../store/state.ts';
import { MemoryJournal, type Attempt, type ExecutionJournal } from './journal.ts';

/** The map of a practice run, which begins with the declared primary: nobody else reads it. */
export async function practiceMap(
  { shardMap }: State,
  shard: string,
  primary: string,
): Promise<ShardMapStore> {
  await shardMap.switch(shard, primary, 1);
  return shardMap;
}

export class PracticeJournal implements ExecutionJournal {
  readonly generation = 1;
  readonly #rules: MemoryJournal;
  readonly #state: State;
  readonly #name: string;
  #commits = 0;

  /** `name` is unique among the journals of one state. */
  constructor(state: State, name: string, steps: readonly string[]) {
    this.#rules = new MemoryJournal(name, steps);
    this.#state = state;
    this.#name = name;
  }

  /** Reading costs something, too: an executor asks the ledger before each step. */
  async entries(): Promise<readonly JournalEntry[]> {
    await this.#state.shardMap.get(this.#name);
    return this.#rules.entries();
  }

  async intent(step: string): Promise<Attempt> {
    await this.#commit();
    return this.#rules.intent(step);
  }

  async done(step: string, evidence: Evidence): Promise<void> {
    await this.#commit();
    await this.#rules.done(step, evidence);
  }

  async failed(step: string, evidence: Evidence): Promise<void> {
    await this.#commit();
    await this.#rules.failed(step, evidence);
  }

  async compensating(step: string): Promise<Attempt> {
    await this.#commit();
    return this.#rules.compensating(step);
  }

  async compensated(step: string, evidence: Evidence): Promise<void> {
    await this.#commit();
    await this.#rules.compensated(step, evidence);
  }

  /** An entry of the same size and cost as a journal's. */
  #commit(): Promise<void> {
    this.#commits += 1;
    return this.#state.shardMap.switch(this.#name, 'practice', this.#commits);
  }
}
