// Progress and questions, always on stderr, so that stdout holds nothing but the result. With a terminal: clack's lines
// and one status line that is overwritten; without one, with NO_COLOR or under --json: plain lines. Nothing is animated
// by timers: commands that pace a load share no event loop with a spinner.
import type { WriteStream } from 'node:tty';
import type * as Clack from '@clack/prompts';
import { UserError } from '../engine/failure.ts';

export interface Terminal {
  /** Something that is going on; replaces the status before it. */
  status(text: string): void;
  /** Something that is done. */
  step(text: string): void;
  /** Something that the user should know. */
  warn(text: string): void;
  /** A question. Throws UserError('usage') where nobody can answer, UserError('interrupted') on Ctrl-C. */
  confirm(question: string): Promise<boolean>;
  /** Ends the status line; call before anything else is written. */
  close(): void;
}

/** The terminal of a process. `plain` forces plain lines. */
export async function openTerminal(stream: WriteStream, plain: boolean): Promise<Terminal> {
  if (plain || !stream.isTTY) return plainTerminal(stream);
  // Only here: loading clack costs more than most commands take.
  return livelyTerminal(stream, await import('@clack/prompts'));
}

/** In a log a status every second is enough; what is done is always told. */
const plainStatusEveryMs = 1_000;

function plainTerminal(stream: WriteStream): Terminal {
  let toldMs = Number.NEGATIVE_INFINITY;
  const line = (text: string): void => {
    stream.write(`${text}\n`);
  };
  return {
    status(text) {
      const nowMs = performance.now();
      if (nowMs - toldMs < plainStatusEveryMs) return;
      toldMs = nowMs;
      line(text);
    },
    step: line,
    warn: (text) => line(`warning: ${text}`),
    confirm: (question) =>
      Promise.reject(
        new UserError('usage', {
          message: `this needs an answer: ${question}`,
          remedy: 'run it in a terminal, or give --yes',
        }),
      ),
    close: () => {},
  };
}

/** Some terminals say that they have no columns at all. */
const usualColumns = 100;

const eraseLine = '\r\u001B[2K';
const dim = '\u001B[2m';
const reset = '\u001B[0m';

/** Clack's own spinner is not used: it reads the keyboard and turns Ctrl-C into an exit without any clean-up. */
function livelyTerminal(stream: WriteStream, clack: typeof Clack): Terminal {
  let showing = false;
  const close = (): void => {
    if (showing) stream.write(eraseLine);
    showing = false;
  };
  return {
    status(text) {
      close();
      stream.write(`${dim}◌  ${shorten(text, (stream.columns || usualColumns) - 4)}${reset}`);
      showing = true;
    },
    step(text) {
      close();
      clack.log.step(text, { output: stream, spacing: 0 });
    },
    warn(text) {
      close();
      clack.log.warn(text, { output: stream, spacing: 0 });
    },
    async confirm(question) {
      close();
      const answer = await clack.confirm({ message: question, output: stream });
      if (clack.isCancel(answer)) {
        throw new UserError('interrupted', { message: 'stopped by Ctrl-C' });
      }
      return answer;
    },
    close,
  };
}

function shorten(text: string, columns: number): string {
  return text.length <= columns ? text : `${text.slice(0, Math.max(1, columns - 1))}…`;
}
