// A load driver as a child of a test: configured for the lab of lab-fixture.ts, watched through its stdout, steered over
// its control socket, and ended with its test whatever happens.
import { spawn, type ChildProcess } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { vi } from 'vitest';
import { connectControl, type ControlClient } from '../../live/control-socket.ts';
import type { LabInfo } from '../../live/lab/lab-info.ts';
import type { LoadConfig } from '../../live/load/config.ts';
import type { LoadStatus } from '../../live/load/control.ts';
import { drawTrace } from '../../twin/demand.ts';
import type { Fleet } from '../../twin/estate/estate.ts';
import { writeTrace, type Trace } from '../../twin/trace.ts';
import { makeTenant } from '../fixtures/estate.ts';
import { labEstate, us } from './lab-fixture.ts';

const driverFile = fileURLToPath(new URL('../../live/load/driver.ts', import.meta.url));

/** Two classes and two tenants in two regions; sizes are small, so that many requests fit into a second. */
export const loadFleet: Fleet = {
  ...(labEstate.fleets[0] as Fleet),
  classes: [
    { id: 'commit', kind: 'write', ratePerSec: 60, size: { kind: 'constant', value: 100 } },
    { id: 'job', kind: 'job', ratePerSec: 60, size: { kind: 'exponential', mean: 5 } },
  ],
  tenants: [
    makeTenant({ id: 'acme', home: 'us', share: 0.5 }, 'checkout-0'),
    makeTenant({ id: 'globex', home: 'eu', share: 0.5 }, 'checkout-0'),
  ],
  pool: { size: 2, timeoutMs: 20_000 },
};

export function traceFor(seed: string, horizonMs: number): Trace {
  return drawTrace(loadFleet, { seed, replication: 0, horizonMs, factors: new Map() });
}

let nextKeyBase = 1;

/** One driver process and everything that belongs to it. */
export class DriverUnderTest {
  readonly trace: Trace;
  readonly directory = mkdtempSync(join(tmpdir(), 'premortem-load-'));
  readonly keyBase: number;
  readonly child: ChildProcess;
  readonly exit: Promise<number | NodeJS.Signals | null>;
  output = '';
  #control: ControlClient | null = null;

  constructor(lab: LabInfo, trace: Trace, changes: Partial<LoadConfig> = {}) {
    this.trace = trace;
    this.keyBase = nextKeyBase;
    nextKeyBase += 1_000_000;
    const configFile = join(this.directory, 'load.json');
    mkdirSync(this.outDirectory);
    writeFileSync(join(this.directory, 'trace.bin'), writeTrace(trace));
    writeFileSync(configFile, JSON.stringify({ ...this.#config(lab), ...changes }));
    this.child = spawn(process.execPath, [driverFile, configFile]);
    this.child.stdout?.on('data', (chunk) => (this.output += chunk));
    this.exit = new Promise((resolve) => {
      this.child.once('exit', (code, signal) => resolve(code ?? signal));
    });
  }

  get outDirectory(): string {
    return join(this.directory, 'out');
  }

  get keys(): { from: number; to: number } {
    return { from: this.keyBase, to: this.keyBase + this.trace.count };
  }

  /** What the driver said on stdout. */
  get messages(): readonly unknown[] {
    return this.output
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line));
  }

  async call(verb: string, args: object = {}): Promise<LoadStatus> {
    this.#control ??= await connectControl(join(this.directory, 'c.sock'), 20_000);
    return (await this.#control.call(verb, args, 30_000)) as LoadStatus;
  }

  /** Waits until the driver's status fulfils a condition. */
  async until(condition: (status: LoadStatus) => boolean): Promise<LoadStatus> {
    return vi.waitUntil(
      async () => {
        const status = await this.call('status');
        return condition(status) ? status : null;
      },
      { timeout: 30_000, interval: 10 },
    ) as Promise<LoadStatus>;
  }

  async remove(): Promise<void> {
    this.#control?.close();
    if (this.child.exitCode === null) this.child.kill('SIGKILL');
    await this.exit;
    rmSync(this.directory, { recursive: true, force: true });
  }

  #config(lab: LabInfo): LoadConfig {
    return {
      schema: 'premortem/load/v1',
      run: 'test',
      traceFile: join(this.directory, 'trace.bin'),
      outDirectory: this.outDirectory,
      controlSocket: join(this.directory, 'c.sock'),
      startInMs: 50,
      shard: 'checkout-0',
      map: { primary: us, epoch: 1 },
      pool: loadFleet.pool,
      classes: loadFleet.classes.map(({ id, kind }) => ({ id, kind })),
      tenants: loadFleet.tenants.map(({ id, home }) => ({ id, home })),
      routes: lab.routes
        .filter(({ kind }) => kind === 'client')
        .map(({ from, to, host, port }) => ({ from, to, host, port })),
      observed: lab.nodes.map(({ id: node, host, port }) => ({ node, host, port })),
      database: lab.database.name,
      user: lab.database.user,
      watchProcessors: false,
      keyBase: this.keyBase,
    };
  }
}
