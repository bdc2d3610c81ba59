// An executor in a process of its own, for tests that kill it: starts or resumes a plan, performs each step by writing one
// line, and kills itself with SIGKILL at a chosen boundary. Arguments: one JSON text.
import { appendFileSync } from 'node:fs';
import { resumePlan, startPlan } from '../../live/governance/execution.ts';
import { openState } from '../../live/store/state.ts';
import { noon, unchangedWorld } from './place.ts';

export interface ChildOrders {
  readonly directory: string;
  readonly config: string;
  readonly plan: string;
  readonly mode: 'start' | 'resume';
  /** The boundary to die at: each step has one before its intent, one before its effect, one before its done. */
  readonly dieAt: number;
  readonly effects: string;
}

const orders = JSON.parse(process.argv[2] ?? '') as ChildOrders;
let boundary = 0;

function pass(): void {
  if (boundary === orders.dieAt) process.kill(process.pid, 'SIGKILL');
  boundary++;
}

const state = await openState(orders.directory, {
  configDirectory: orders.config,
  now: () => new Date(noon),
});
const execution =
  orders.mode === 'start'
    ? await startPlan(state, orders.plan, unchangedWorld())
    : await resumePlan(state, orders.plan);
for (;;) {
  const position = await execution.position();
  if (position.kind !== 'perform') break;
  pass();
  const { token } = await execution.intent(position.step);
  pass();
  appendFileSync(orders.effects, `${position.step} ${position.interrupted}\n`);
  pass();
  await execution.done(position.step, { token });
}
await execution.complete();
await state.close();
