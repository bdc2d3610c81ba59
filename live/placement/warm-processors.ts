// Keeps the servers' processors from falling asleep between requests: after idling, a virtual processor takes several
// times as long for the same work. One process per processor works in the idle class, in short turns. Only while a load
// plays, so that a lab at rest costs nothing.
import { spawn, type ChildProcess } from 'node:child_process';
import { join } from 'node:path';
import { identityOf, type ProcessIdentity } from '../processes.ts';
import { pinnedCommand } from './host-means.ts';

const spinnerFile = join(import.meta.dirname, 'spinner.ts');

export class WarmProcessors {
  readonly #processors: readonly number[];
  readonly #onStarted: (identity: ProcessIdentity) => void;
  #spinners: ChildProcess[] = [];

  /** `onStarted` is told of each process that must not outlive the lab. */
  constructor(processors: readonly number[], onStarted: (identity: ProcessIdentity) => void) {
    this.#processors = processors;
    this.#onStarted = onStarted;
  }

  /** Starts them; again changes nothing. */
  start(): void {
    if (this.#spinners.length > 0) return;
    this.#spinners = this.#processors.map((processor) => {
      const [command, args] = pinnedCommand([processor], 'chrt', [
        '--idle',
        '0',
        process.execPath,
        spinnerFile,
      ]);
      const spinner = spawn(command, args, { stdio: 'ignore', detached: true });
      // A process that never came into being keeps nothing warm, and nothing else depends on it.
      spinner.on('error', () => undefined);
      if (spinner.pid !== undefined) this.#onStarted(identityOf(spinner.pid));
      return spinner;
    });
  }

  stop(): void {
    for (const spinner of this.#spinners) spinner.kill('SIGKILL');
    this.#spinners = [];
  }
}
