import { afterEach, describe, expect, test, vi } from 'vitest';
import { PreciseTimer } from '../../live/pacing.ts';

const open: PreciseTimer[] = [];
afterEach(() => {
  for (const timer of open.splice(0)) timer.close();
});

function timer(onDue: () => void): PreciseTimer {
  const made = new PreciseTimer(onDue);
  open.push(made);
  return made;
}

/** Resolves with the time of the call. */
function fired(arm: (made: PreciseTimer) => void): Promise<number> {
  return new Promise((resolve) => {
    arm(timer(() => resolve(performance.now())));
  });
}

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

describe('PreciseTimer', () => {
  test('never fires before its due time', async () => {
    const early: number[] = [];
    let dueMs = 0;
    await new Promise<void>((resolve) => {
      let left = 200;
      const made = timer(() => {
        if (performance.now() < dueMs) early.push(dueMs - performance.now());
        if (--left === 0) return resolve();
        next();
      });
      const next = (): void => {
        dueMs = performance.now() + (left % 7) * 0.3;
        made.armAt(dueMs);
      };
      next();
    });
    expect(early).toEqual([]);
  });

  test('every new timer fires, however early in the life of its thread it is armed', async () => {
    const delaysMs = Array.from({ length: 16 }, (_, index) => index * 4);
    await Promise.all(delaysMs.map((ms) => fired((made) => made.armAt(performance.now() + ms))));
  });

  test('fires for a due time in the past', async () => {
    await fired((made) => made.armAt(performance.now() - 1000));
    await fired((made) => made.armAt(-1e9));
  });

  test('re-arming to an earlier time cuts the sleep short', async () => {
    const startMs = performance.now();
    const atMs = await fired((made) => {
      made.armAt(startMs + 3_600_000);
      made.armAt(startMs + 5);
    });
    expect(atMs).toBeGreaterThanOrEqual(startMs + 5);
    expect(atMs).toBeLessThan(startMs + 3_600_000);
  });

  test('re-arming to a later time drops the earlier one', async () => {
    const startMs = performance.now();
    const atMs = await fired((made) => {
      made.armAt(startMs + 1);
      made.armAt(startMs + 40);
    });
    expect(atMs).toBeGreaterThanOrEqual(startMs + 40);
  });

  test('fires once per arming', async () => {
    let count = 0;
    const made = timer(() => count++);
    for (let round = 1; round <= 3; round++) {
      made.armAt(performance.now() + 2);
      await vi.waitFor(() => expect(count).toBe(round), { timeout: 5000 });
    }
    await pause(30);
    expect(count).toBe(3);
  });

  test('a closed or disarmed timer stays silent', async () => {
    let count = 0;
    const closed = timer(() => count++);
    const disarmed = timer(() => count++);
    for (const made of [closed, disarmed]) made.armAt(performance.now() + 20);
    closed.close();
    disarmed.armAt(Infinity);
    closed.armAt(performance.now());
    await pause(80);
    expect(count).toBe(0);
  });
});
