// The lab's load verbs: a driver is started once per run, asked, and stopped; failures come back as what they are.
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openLabControl, type LabControl } from '../../live/lab/lab-control.ts';
import type { LabInfo } from '../../live/lab/lab-info.ts';
import { labUp } from '../../live/lab/lab.ts';
import { identityOf, isRunning, waitForExit } from '../../live/processes.ts';
import { writeTrace } from '../../twin/trace.ts';
import { labEstate, makeStateDir, us } from './lab-fixture.ts';
import { loadFleet, traceFor } from './load-fixture.ts';

const state = await makeStateDir();
let lab: LabInfo;
let control: LabControl;
let directory = '';

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'premortem-load-'));
  lab = await labUp(labEstate, { stateDir: state.stateDir, lifeline: 'stdin' });
  control = await openLabControl(lab);
});

afterAll(async () => {
  control.close();
  await state.remove();
  await rm(directory, { recursive: true });
});

/** Everything that the lab does not know by itself. */
async function configOf(run: string, horizonMs: number): Promise<object> {
  const traceFile = join(directory, `${run}.bin`);
  await writeFile(traceFile, writeTrace(traceFor(run, horizonMs)));
  return {
    schema: 'premortem/load/v1',
    run,
    traceFile,
    outDirectory: join(directory, run),
    startInMs: 50,
    shard: 'checkout-0',
    map: { primary: us, epoch: 1 },
    pool: loadFleet.pool,
    classes: loadFleet.classes.map(({ id, kind }) => ({ id, kind })),
    tenants: loadFleet.tenants.map(({ id, home }) => ({ id, home })),
    keyBase: 1,
  };
}

test('without a load the status says so, and stopping is no error', async () => {
  expect(await control.loadStatus()).toEqual({ running: false });
  expect(await control.stopLoad()).toEqual({ stopped: false });
});

test('a run is started once however often it is asked for, and another one is refused meanwhile', async () => {
  const config = await configOf('long', 60_000);
  const [first, again] = await Promise.all([control.startLoad(config), control.startLoad(config)]);
  expect(again).toEqual(first);
  expect(await control.startLoad(config)).toEqual(first);
  const driver = identityOf(first.pid);
  expect(isRunning(driver)).toBe(true);
  expect(await control.loadStatus()).toMatchObject({
    running: true,
    run: 'long',
    startedAtEpochMs: first.startedAtEpochMs,
  });
  await expect(control.startLoad(await configOf('other', 1000))).rejects.toMatchObject({
    code: 'refused',
    message: expect.stringContaining('the load of run long is still playing'),
  });
  expect(await control.stopLoad()).toEqual({ stopped: true });
  expect(await waitForExit(driver, 10_000)).toBe(true);
  expect(await control.loadStatus()).toEqual({ running: false, run: 'long', exit: 0 });
  expect(await control.startLoad(config)).toEqual(first);
  expect(await control.loadStatus()).toMatchObject({ running: false });
});

test('a load plays through the client routes of the lab and ends by itself', async () => {
  const { pid } = await control.startLoad(await configOf('short', 1000));
  expect(await waitForExit(identityOf(pid), 20_000)).toBe(true);
  await expect.poll(() => control.loadStatus()).toEqual({ running: false, run: 'short', exit: 0 });
  const config = JSON.parse(await readFile(join(directory, 'short', 'load.json'), 'utf8'));
  expect(config.routes).toHaveLength(9);
  expect(config).toMatchObject({ database: 'premortem', user: 'premortem' });
  const samples = await readFile(join(directory, 'short', 'samples.ndjson'), 'utf8');
  expect(samples).toContain('acknowledged');
});

test('a configuration that the driver refuses is answered with its mistakes, and may be corrected', async () => {
  const config = await configOf('mended', 500);
  await expect(
    control.startLoad({ ...config, pool: { size: 0, timeoutMs: 1 } }),
  ).rejects.toMatchObject({
    code: 'input',
    message: expect.stringContaining('pool.size'),
  });
  const { pid } = await control.startLoad(config);
  expect(await waitForExit(identityOf(pid), 20_000)).toBe(true);
});
