// An executor that kills itself: a process that executes a plan like any other, with a journal that sends SIGKILL to its own
// process at one boundary. Started by the crash tests; its argument is one JSON document.
import { openState } from '../../live/store/state.ts';
import { executePlan } from '../../live/executor/execute.ts';
import type { ExecutionJournal } from '../../live/executor/journal.ts';
import { loadPlan } from '../../live/governance/plans.ts';
import { readLab } from '../../live/lab/lab-info.ts';
import type { Scenario } from '../../scenarios/scenario.ts';
import type { Estate } from '../../twin/estate/estate.ts';

/**
 * `intent`: journalled, not begun. `during`: begun a moment ago. `performed`: done, not journalled. `done`: journalled,
 * the next step not begun.
 */
export type Boundary = 'intent' | 'during' | 'performed' | 'done';

export interface DeathSentence {
  readonly directory: string;
  readonly config: string;
  readonly planId: string;
  readonly step: string;
  readonly boundary: Boundary;
}

/** How long a step that dies `during` may run: shorter than those that take time, so that they are cut in the middle. */
const momentMs = 15;

function die(): never {
  process.kill(process.pid, 'SIGKILL');
  // The signal ends the process before the next line; this only tells the type-checker so.
  throw new Error('still alive');
}

function deadly(
  journal: ExecutionJournal,
  { step: fatal, boundary }: DeathSentence,
): ExecutionJournal {
  return {
    generation: journal.generation,
    entries: () => journal.entries(),
    failed: (step, evidence) => journal.failed(step, evidence),
    compensating: (step) => journal.compensating(step),
    compensated: (step, evidence) => journal.compensated(step, evidence),
    async intent(step) {
      const attempt = await journal.intent(step);
      if (step === fatal && boundary === 'intent') die();
      if (step === fatal && boundary === 'during') setTimeout(die, momentMs);
      return attempt;
    },
    async done(step, evidence) {
      if (step === fatal && boundary === 'performed') die();
      await journal.done(step, evidence);
      if (step === fatal && boundary === 'done') die();
    },
  };
}

const sentence = JSON.parse(process.argv[2] ?? '{}') as DeathSentence;
const { directory, config, planId } = sentence;
const state = await openState(directory, { mustExist: true, configDirectory: config });
const { standing } = await loadPlan(state, planId);
await executePlan({
  state,
  lab: readLab(directory),
  planId,
  scenario: (await state.runs.readDocument(standing.run, 'scenario.json')) as Scenario,
  estate: (await state.runs.readDocument(standing.run, 'estate.json')) as Estate,
  calibration: null,
  decorateJournal: (journal) => deadly(journal, sentence),
});
// Reached only when nothing killed it; the test tells by the exit code.
process.exit(0);
