// Processes as stories: each test is one screen of what happens, with the times at which it happens.
import { describe, expect, test } from 'vitest';
import {
  acquire,
  delay,
  Gate,
  Pool,
  Signal,
  Simulation,
  waitFor,
  type Process,
} from '../../engine/index.ts';

function world(): { simulation: Simulation; diary: string[]; note: (text: string) => void } {
  const simulation = new Simulation({ seed: 's', limits: { stepsPerInstant: 100_000 } });
  const diary: string[] = [];
  return { simulation, diary, note: (text) => diary.push(`${simulation.nowMs} ${text}`) };
}

describe('a process', () => {
  test('starts as an event of the instant it is spawned in, and its signal fires at its end', () => {
    const { simulation, diary, note } = world();
    function* walk(): Process {
      note('start');
      yield delay(5);
      note('middle');
      yield delay(0);
      note('end');
    }
    const ended = simulation.spawn(walk(), 'walk');
    ended.onFire(() => note('ended'));
    expect(diary).toEqual([]);
    simulation.run(10);
    expect(diary).toEqual(['0 start', '5 middle', '5 end', '5 ended']);
    expect(ended.fired).toBe(true);
  });

  test('waits for signals, gates and other processes', () => {
    const { simulation, diary, note } = world();
    const ready = new Signal();
    const gate = new Gate(false);
    function* child(): Process {
      yield waitFor(ready);
      note('child ready');
      yield waitFor(gate);
      note('child through');
    }
    function* parent(): Process {
      const ended = simulation.spawn(child(), 'child');
      yield delay(3);
      ready.fire();
      yield delay(4);
      gate.open();
      yield waitFor(ended);
      note('parent saw the end');
      yield waitFor(ready);
      note('an old signal does not delay');
    }
    simulation.spawn(parent(), 'parent');
    simulation.run(10);
    expect(diary).toEqual([
      '3 child ready',
      '7 child through',
      '7 parent saw the end',
      '7 an old signal does not delay',
    ]);
  });

  test('that wakes another one finishes its own step first', () => {
    const { simulation, diary, note } = world();
    const signal = new Signal();
    function* sleeper(): Process {
      yield waitFor(signal);
      note('sleeper awake');
    }
    function* waker(): Process {
      signal.fire();
      note('waker goes on');
      yield delay(1);
      note('waker done');
    }
    simulation.spawn(sleeper(), 'sleeper');
    simulation.spawn(waker(), 'waker');
    simulation.run(2);
    expect(diary).toEqual(['0 waker goes on', '0 sleeper awake', '1 waker done']);
  });

  test('shares a pool first come, first served, without the stack growing', () => {
    const { simulation, diary, note } = world();
    const pool = new Pool(simulation, { name: 'door', size: 1 });
    function* visitor(index: number): Process {
      yield acquire(pool);
      if (index % 10_000 === 0) note(`visitor ${index}`);
      pool.release();
    }
    function* holder(): Process {
      yield acquire(pool);
      yield delay(2);
      pool.release();
    }
    simulation.spawn(holder(), 'holder');
    for (let index = 0; index < 30_001; index++) simulation.spawn(visitor(index), 'visitor');
    simulation.run(5);
    expect(diary).toEqual(['2 visitor 0', '2 visitor 10000', '2 visitor 20000', '2 visitor 30000']);
    expect([pool.busy, pool.queued]).toEqual([0, 0]);
  });

  test('may be composed of others by yield*', () => {
    const { simulation, diary, note } = world();
    function* nap(delayMs: number): Process {
      yield delay(delayMs);
    }
    function* day(): Process {
      yield* nap(3);
      yield* nap(4);
      note('rested');
    }
    simulation.spawn(day(), 'day');
    simulation.run(10);
    expect(diary).toEqual(['7 rested']);
  });
});

describe('what goes wrong in a process', () => {
  test('an exception leaves the run', () => {
    const { simulation } = world();
    function* broken(): Process {
      yield delay(1);
      throw new Error('out of paper');
    }
    simulation.spawn(broken(), 'printer');
    expect(() => simulation.run(5)).toThrow('out of paper');
  });

  test('a bad delay and an endless loop are reported with the name of the process', () => {
    const bad = world().simulation;
    bad.spawn(
      (function* (): Process {
        yield delay(-1);
      })(),
      'backwards',
    );
    expect(() => bad.run(5)).toThrow('process backwards cannot be delayed by -1 ms');
    const endless = world().simulation;
    const fired = new Signal();
    fired.fire();
    endless.spawn(
      (function* (): Process {
        for (;;) yield waitFor(fired);
      })(),
      'spinner',
    );
    expect(() => endless.run(5)).toThrow('process spinner goes on forever at 0 ms');
  });
});

describe('signals and gates', () => {
  test('a signal calls in the order of asking, once, and late askers at once', () => {
    const signal = new Signal();
    const calls: number[] = [];
    signal.onFire((argument) => calls.push(argument), 1);
    signal.onFire((argument) => calls.push(argument), 2);
    signal.fire();
    signal.fire();
    signal.onFire((argument) => calls.push(argument), 3);
    expect(calls).toEqual([1, 2, 3]);
  });

  test('a gate that shuts again keeps the later ones waiting', () => {
    const gate = new Gate(true);
    const calls: string[] = [];
    gate.onFire(() => calls.push('open'));
    gate.shut();
    gate.onFire(() => calls.push('second'));
    expect(calls).toEqual(['open']);
    gate.open();
    gate.open();
    expect([calls, gate.isOpen]).toEqual([['open', 'second'], true]);
  });
});
