// The sleeping thread of a PreciseTimer: waits for the due time in the kernel, posts one message per arming, then
// waits for the next arming. It decides nothing; the timer checks the clock again before it fires.
import { parentPort, workerData } from 'node:worker_threads';
import { assert } from '../engine/failure.ts';
import { monotonicMs, SharedAlarm, type AlarmData } from './pacing-alarm.ts';

assert(parentPort !== null, 'the pacing thread is started as a worker');
const port = parentPort;
const { buffer, originSec, leadMs } = workerData as AlarmData;
const alarm = new SharedAlarm(buffer);

for (let state = alarm.read(); !state.closed; state = alarm.read()) {
  const restMs = state.dueMs - leadMs - monotonicMs(originSec);
  if (restMs <= 0) port.postMessage(null);
  alarm.sleep(state.change, restMs <= 0 ? Infinity : restMs);
}
