// The promise behind workflow, register and gate together: no order of events brings a plan into execution without enough
// distinct people other than its author, or while anything about it is stale.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { digestOfBytes } from '../../../engine/digest.ts';
import type { Proposal } from '../../../twin/change/events.ts';
import { boundThings, type BoundThing } from '../../../twin/change/plan.ts';
import { refusalsOf, type Circumstances } from '../../../twin/change/refusals.ts';
import {
  approval,
  decisionOf,
  fairWeather,
  happen,
  holder,
  people,
  registerWith,
  started,
} from './cast.ts';
import { samplePlan } from './sample.ts';

type Person = (typeof people)[number];
type Deed =
  | { readonly kind: 'approve' | 'reject'; readonly by: Person }
  | { readonly kind: 'change' | 'restore'; readonly thing: BoundThing }
  | { readonly kind: 'start' | 'damage' | 'expire' | 'move-map' | 'halt' | 'resume' };

const person = fc.constantFrom(...people);
const deed: fc.Arbitrary<Deed> = fc.oneof(
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('approve' as const), by: person }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('reject' as const), by: person }) },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constantFrom('change' as const, 'restore' as const),
      thing: fc.constantFrom(...boundThings),
    }),
  },
  { weight: 5, arbitrary: fc.record({ kind: fc.constant('start' as const) }) },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constantFrom('damage', 'expire', 'move-map', 'halt', 'resume'),
    }) as fc.Arbitrary<Deed>,
  },
);

/** Plays deeds on one plan and keeps its own, simpler account of what would make an execution wrong. */
class Play {
  readonly #plan;
  readonly #register;
  readonly #needed: number;
  readonly #agreed = new Set<Person>();
  readonly #wrong = new Set<string>();
  #generation = 0;
  executions = 0;

  constructor(riskScore: number) {
    this.#plan = samplePlan({ riskScore });
    this.#register = registerWith(this.#plan);
    this.#needed = riskScore >= 60 ? 2 : 1;
  }

  perform(one: Deed): void {
    switch (one.kind) {
      case 'approve':
        if (this.#happen(approval(this.#plan, one.by))) this.#agreed.add(one.by);
        break;
      case 'reject':
        this.#happen({
          type: 'premortem.plan.rejected',
          subject: this.#subject(),
          data: { ...decisionOf(this.#plan, one.by), reason: 'no' },
        });
        break;
      case 'change':
        this.#wrong.add(one.thing);
        break;
      case 'restore':
        this.#wrong.delete(one.thing);
        break;
      case 'damage':
      case 'expire':
        this.#wrong.add(one.kind);
        break;
      case 'move-map':
        this.#happen({
          type: 'premortem.shard.assigned',
          subject: 'shard/checkout-0',
          data: { primary: 'checkout-0-ec', epoch: 2 },
        });
        this.#wrong.add(one.kind);
        break;
      case 'halt':
        this.#happen({
          type: 'premortem.plan.halted',
          subject: this.#subject(),
          data: { generation: Math.max(1, this.#generation), reason: 'test' },
        });
        break;
      case 'resume':
        this.#resume();
        break;
      case 'start':
        this.#start();
    }
    const state = this.#register.plans.get(this.#plan.id)?.state;
    if (state === 'executing' || state === 'stuck') expect(this.executions).toBe(1);
  }

  #start(): void {
    if (refusalsOf(this.#plan, this.#register, this.#circumstances()).length > 0) return;
    expect(this.#happen(started(this.#plan))).toBe(true);
    this.executions++;
    this.#generation = 1;
    this.#agreed.delete('ada');
    expect(this.#agreed.size).toBeGreaterThanOrEqual(this.#needed);
    expect([...this.#wrong]).toEqual([]);
  }

  #resume(): void {
    const data = { generation: this.#generation + 1, holder };
    const type = 'premortem.plan.resumed';
    if (this.#happen({ type, subject: this.#subject(), data })) this.#generation++;
  }

  #circumstances(): Circumstances {
    const entries = boundThings.map((thing) => [
      thing,
      this.#wrong.has(thing) ? digestOfBytes('changed') : this.#plan.bound[thing],
    ]);
    return fairWeather(this.#plan, {
      present: Object.fromEntries(entries) as Circumstances['present'],
      damage: this.#wrong.has('damage') ? ['damaged'] : [],
      ...(this.#wrong.has('expire') ? { now: '2031-01-01T00:00:00.000Z' } : {}),
    });
  }

  #happen(event: Proposal): boolean {
    return happen(this.#register, event) === null;
  }

  #subject(): string {
    return `plan/${this.#plan.id}`;
  }
}

describe('any order of events', () => {
  it('never executes a plan that is not approved by enough others, or is stale', () => {
    let executions = 0;
    const riskScore = fc.constantFrom(20, 90);
    fc.assert(
      fc.property(riskScore, fc.array(deed, { maxLength: 25 }), (risk, deeds) => {
        const play = new Play(risk);
        for (const one of deeds) play.perform(one);
        executions += play.executions;
      }),
      { numRuns: 400 },
    );
    // The promise would be empty if nothing ever started.
    expect(executions).toBeGreaterThan(20);
  });
});
