#!/usr/bin/env node
// The process: compile cache, signals, streams, exit code. Everything else is in run.ts, which is loaded behind the
// cache, and in the one command that is called.
import { readFileSync } from 'node:fs';
import { enableCompileCache } from 'node:module';

enableCompileCache();
const { UserError } = await import('../engine/failure.ts');
const { exitCodes } = await import('./exit.ts');
const { runCommandLine } = await import('./run.ts');

/** What stops a command, with what it then exits with. A terminal that is closed hangs up. */
const stops = {
  SIGINT: { by: 'Ctrl-C', exitCode: exitCodes.interrupted },
  SIGTERM: { by: 'SIGTERM', exitCode: exitCodes.terminated },
  SIGHUP: { by: 'the end of its terminal', exitCode: exitCodes.hungUp },
} as const;

/** One Ctrl-C may arrive twice: from the terminal, and handed on by npm. */
const echoMs = 500;

const controller = new AbortController();
let stopped: { readonly exitCode: number; readonly atMs: number } | null = null;

/** The first signal asks the command to stop and clean up; a later one does not wait for it. */
function stop(signal: keyof typeof stops): void {
  const atMs = performance.now();
  if (stopped !== null && atMs - stopped.atMs < echoMs) return;
  if (stopped !== null) process.exit(stopped.exitCode);
  const { by, exitCode } = stops[signal];
  stopped = { exitCode, atMs };
  controller.abort(new UserError('interrupted', { message: `stopped by ${by}` }));
}

/** Behind a function, since the compiler does not see that a signal changes it. */
function stopCode(): number | null {
  return stopped?.exitCode ?? null;
}

/** Resolves when the text has left the process; a reader that went away (`| head`) is no fault. */
async function write(stream: NodeJS.WriteStream, text: string): Promise<void> {
  if (text === '') return;
  await new Promise<void>((done) => {
    stream.once('error', () => done());
    stream.write(text, () => done());
  });
}

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
  process.on(signal, () => stop(signal));
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
process.exit(stopCode() ?? printout.exitCode);
