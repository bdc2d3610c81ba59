#!/usr/bin/env node
// The process: compile cache, signals, streams, exit code. Everything else is in run.ts, which is loaded behind the
// cache, and in the one command that is called.
import { readFileSync } from 'node:fs';
import { enableCompileCache } from 'node:module';

enableCompileCache();
const { UserError } = await import('../engine/failure.ts');
const { exitCodes } = await import('./exit.ts');
const { runCommandLine } = await import('./run.ts');

const controller = new AbortController();
let stoppedBy: 'SIGINT' | 'SIGTERM' | null = null;

/** The first signal asks the command to stop and clean up; the second one does not wait for it. */
function stop(signal: 'SIGINT' | 'SIGTERM'): void {
  if (stoppedBy !== null) process.exit(stopCode());
  stoppedBy = signal;
  const message = signal === 'SIGINT' ? 'stopped by Ctrl-C' : 'stopped by SIGTERM';
  controller.abort(new UserError('interrupted', { message }));
}

function stopCode(): number {
  return stoppedBy === 'SIGTERM' ? exitCodes.terminated : exitCodes.interrupted;
}

/** Resolves when the text has left the process; a reader that went away (`| head`) is no fault. */
async function write(stream: NodeJS.WriteStream, text: string): Promise<void> {
  if (text === '') return;
  await new Promise<void>((done) => {
    stream.once('error', () => done());
    stream.write(text, () => done());
  });
}

process.on('SIGINT', stop);
process.on('SIGTERM', stop);
process.stdout.on('error', () => {});
process.stderr.on('error', () => {});

const colour = process.stdout.isTTY && (process.env['NO_COLOR'] ?? '') === '';
const printout = await runCommandLine(process.argv.slice(2), {
  signal: controller.signal,
  style: { columns: process.stdout.columns || 100, colour },
  version: () => {
    const file = new URL('../package.json', import.meta.url);
    const { version } = JSON.parse(readFileSync(file, 'utf8')) as { version: string };
    return version;
  },
  openTerminal: async (json) => {
    const { openTerminal } = await import('./terminal.ts');
    return openTerminal(process.stderr, json || (process.env['NO_COLOR'] ?? '') !== '');
  },
});
await write(process.stderr, printout.stderr);
await write(process.stdout, printout.stdout);
process.exit(stoppedBy === null ? printout.exitCode : stopCode());
