// A throw-away state directory with keys of its own and a clock that tests set, and the usual people and plan in it.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { UserError } from '../../engine/failure.ts';
import type { PresentWorld } from '../../live/governance/gate.ts';
import { approvePlan, submitPlan, type KnownPlan } from '../../live/governance/plans.ts';
import { openState, type State, type StateOptions } from '../../live/store/state.ts';
import { sample, type SampleChanges } from '../twin/change/sample.ts';

export const noon = '2030-01-01T12:00:00.000Z';

/** A directory of its own; `open` may be called again to look at it as another process would. */
export class Place {
  readonly root = mkdtempSync(join(tmpdir(), 'premortem-state-'));
  readonly directory = join(this.root, 'state');
  readonly config = join(this.root, 'config');
  time = noon;
  readonly #opened: State[] = [];

  async open(options: StateOptions = {}): Promise<State> {
    const state = await openState(this.directory, {
      configDirectory: this.config,
      now: () => new Date(this.time),
      actor: 'tester',
      ...options,
    });
    this.#opened.push(state);
    return state;
  }

  async remove(): Promise<void> {
    await this.close();
    rmSync(this.root, { recursive: true, force: true });
  }

  async close(): Promise<void> {
    for (const state of this.#opened.splice(0)) await state.close();
  }
}

/** Registers people; the shard map begins at epoch 1. */
export async function settle(state: State, ...people: readonly string[]): Promise<void> {
  for (const name of people) await state.identities.create(name);
  await state.shardMap.switch('checkout-0', 'checkout-0-us', 1);
}

/** A plan by ada, approved by `approvers`. */
export async function planned(
  state: State,
  approvers: readonly string[],
  changes: SampleChanges = {},
): Promise<KnownPlan> {
  let known = await submitPlan(state, { ...sample(changes), author: 'ada' });
  for (const name of approvers) known = await approvePlan(state, known.plan.id, name);
  return known;
}

/** The world that the sample was predicted from. */
export function unchangedWorld(changes: Partial<PresentWorld> = {}): PresentWorld {
  const { scenario, estate, calibration, topology } = sample();
  return { scenario, estate, calibration, topology, ...changes };
}

/** The UserError that `work` ends with, as code and messages. */
export async function failureOf(
  work: Promise<unknown>,
): Promise<{ readonly code: string; readonly messages: readonly string[] }> {
  try {
    await work;
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    return { code: error.code, messages: error.mistakes.map(({ message }) => message) };
  }
  return { code: 'none', messages: [] };
}
