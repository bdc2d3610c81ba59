// Progress: overwritten on a terminal, plain lines elsewhere, and questions only where somebody can answer.
import { PassThrough } from 'node:stream';
import type { WriteStream } from 'node:tty';
import { describe, expect, it } from 'vitest';
import { openTerminal } from '../../cli/terminal.ts';

/** A stream that keeps what is written to it. */
function recorder(isTTY: boolean): { stream: WriteStream; written: () => string } {
  const stream = new PassThrough();
  let written = '';
  stream.on('data', (chunk: Buffer) => {
    written += chunk.toString();
  });
  return {
    stream: Object.assign(stream, { isTTY, columns: 30 }) as unknown as WriteStream,
    written: () => written,
  };
}

describe('on a terminal', () => {
  it('a status is overwritten by what comes after it, and cut to the width', async () => {
    const { stream, written } = recorder(true);
    const terminal = await openTerminal(stream, false);
    terminal.status('a status that is longer than the terminal is wide');
    terminal.step('done');
    const [status = '', rest = ''] = written().split('\r\u001B[2K');
    expect(status).toContain('a status that is longer');
    expect(status).not.toContain('wide');
    expect(status).not.toContain('\n');
    expect(rest).toContain('done');
  });

  it('nothing is left of a status when the command ends', async () => {
    const { stream, written } = recorder(true);
    const terminal = await openTerminal(stream, false);
    terminal.status('working');
    terminal.close();
    expect(written().endsWith('\r\u001B[2K')).toBe(true);
  });
});

describe.each([
  ['without a terminal', false, false],
  ['when plain lines are asked for', true, true],
])('%s', (_where, isTTY, plain) => {
  it('lines have no escape sequences, and a burst of statuses is one line', async () => {
    const { stream, written } = recorder(isTTY);
    const terminal = await openTerminal(stream, plain);
    for (let count = 0; count < 5; count++) terminal.status(`working ${count}`);
    terminal.step('done');
    terminal.warn('odd');
    terminal.close();
    expect(written()).toBe('working 0\ndone\nwarning: odd\n');
  });

  it('a question is refused with what to do instead', async () => {
    const { stream } = recorder(isTTY);
    const terminal = await openTerminal(stream, plain);
    await expect(terminal.confirm('Really?')).rejects.toThrow(
      /this needs an answer: Really\?; .*--yes/,
    );
  });
});
