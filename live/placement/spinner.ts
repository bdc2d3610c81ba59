// Keeps the processor that it is bound to awake: `node live/placement/spinner.ts`, in the idle class. It works in short
// turns, because the idle class gives way within its own session only: where the system schedules sessions against each
// other (autogroups), whoever of another one wakes up waits until the turn is over. Of one that never ends the system
// itself makes turns of several milliseconds, which is three times what a commit takes.
const turnMs = 0.1;
const pauseMs = 0.02;

const nobodyWakes = new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT));
for (;;) {
  const endMs = performance.now() + turnMs;
  while (performance.now() < endMs);
  Atomics.wait(nobodyWakes, 0, 0, pauseMs);
}
