// The load driver's process: `node live/load/driver.ts CONFIG.json`. A process of its own, because paced code must not
// share an event loop with commits, rendering or the proxies. It says on stdout, one JSON line each, when the load
// began and how it ended, answers on its control socket meanwhile, and goes when the trace ends, on `stop`, on SIGTERM
// or Ctrl-C, or when the pipe on its stdin closes, which is how it follows a killed parent.
import { fstatSync, mkdirSync, readFileSync } from 'node:fs';
import { assert } from '../../engine/failure.ts';
import { readTrace } from '../../twin/trace.ts';
import { serveControl, toWireFailure, type WireFailure } from '../control-socket.ts';
import { readLoadConfig } from './config.ts';
import { loadHandlers } from './control.ts';
import { LagWatch } from './lag-watch.ts';
import { LoadRun } from './run.ts';
import type { LoadSummary } from './summary.ts';
import { WriteLog } from './write-log.ts';

/** Answers to the last verbs leave the socket before it is closed. */
const goodbyeMs = 50;

/** One line on the driver's stdout. */
type DriverMessage =
  | { readonly kind: 'started'; readonly startedAtEpochMs: number }
  | { readonly kind: 'finished'; readonly ended: LoadSummary['ended'] }
  | { readonly kind: 'failed'; readonly error: WireFailure };

async function drive(configFile: string): Promise<void> {
  const config = readLoadConfig(configFile);
  const trace = readTrace(readFileSync(config.traceFile), config.traceFile);
  mkdirSync(config.outDirectory, { recursive: true });
  const run = new LoadRun(config, trace, await WriteLog.open(config.outDirectory));
  const lags = new LagWatch(config);
  const control = await serveControl(config.controlSocket, loadHandlers(config, run));
  try {
    stopWhenAsked(() => void run.stop());
    await run.open();
    tell({ kind: 'started', startedAtEpochMs: run.startedAtEpochMs ?? 0 });
    const { ended } = await run.play();
    await lags.close();
    tell({ kind: 'finished', ended });
    await new Promise((resolve) => setTimeout(resolve, goodbyeMs));
  } finally {
    await run.stop();
    await lags.close();
    await control.close();
  }
}

function stopWhenAsked(stop: () => void): void {
  // Nobody reads any more: the parent is gone, and the run ends as if it had asked.
  process.stdout.on('error', stop);
  process.once('SIGTERM', stop);
  process.once('SIGINT', stop);
  const stdin = fstatSync(0);
  if (!stdin.isFIFO() && !stdin.isSocket()) return;
  process.stdin.once('close', stop).resume();
}

function tell(message: DriverMessage): void {
  process.stdout.write(`${JSON.stringify(message)}\n`);
}

if (import.meta.main) {
  const [, , configFile] = process.argv;
  assert(configFile !== undefined, 'the driver is started with a configuration file');
  try {
    await drive(configFile);
    process.exit(0);
  } catch (error) {
    tell({ kind: 'failed', error: toWireFailure(error) });
    process.stderr.write(
      `${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`,
    );
    process.exit(1);
  }
}
