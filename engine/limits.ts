// Named bounds of a run. A simulation that leaves them stops with a message that names the bound and what to do,
// instead of eating the machine. Two kinds: what a large scenario may reach is a user's mistake (UserError); what
// only a broken model reaches, an endless chain within one instant, is a bug of ours (assert).
import { slotLimit } from './event-slots.ts';
import { assert, UserError } from './failure.ts';

export interface Limits {
  /** Events executed in one simulation. */
  readonly events: number;
  /** Events scheduled and not yet executed, at most 2^22: the bound on memory too, since each takes some 40 bytes. */
  readonly pendingEvents: number;
  /** Customers waiting at one station. */
  readonly queueLength: number;
  /** Simulated time of one run. */
  readonly simulatedMs: number;
  /** Events and process steps within one instant. */
  readonly stepsPerInstant: number;
}

const oneYearMs = 366 * 24 * 3600 * 1000;

/** Far above what a what-if needs, far below what exhausts memory or patience. */
const defaultLimits: Limits = {
  events: 1e10,
  pendingEvents: slotLimit,
  queueLength: 1e7,
  simulatedMs: 10 * oneYearMs,
  stepsPerInstant: 1e7,
};

/** The bounds that a scenario, rather than a bug, may reach, and what to do then. */
const remedies = {
  events: 'shorten the horizon or lower the load',
  pendingEvents: 'lower the load or the time-outs',
  queueLength: 'the load exceeds the capacity: lower it, or bound the queue in the model',
  simulatedMs: 'shorten the horizon',
} as const;

/** Completes and checks given limits. */
export function resolveLimits(given: Partial<Limits>): Limits {
  const limits = { ...defaultLimits, ...given };
  for (const [name, bound] of Object.entries(limits)) {
    assert(bound > 0, `limit ${name} must be positive, not ${bound}`);
  }
  assert(limits.pendingEvents <= slotLimit, `limit pendingEvents is at most ${slotLimit}`);
  return limits;
}

/** A bound was reached: the model is sound, but too large or too busy to be played to its end. */
export class BeyondLimit extends UserError {}

/** Throws BeyondLimit; `where` is a station, a run or the like. */
export function refuseBeyond(name: keyof typeof remedies, bound: number, where: string): never {
  throw new BeyondLimit('input', {
    message: `${where}: more than ${bound} ${name} in one simulation`,
    remedy: remedies[name],
  });
}
