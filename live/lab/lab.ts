// The lab from outside: start it, look at it, stop it. It exists so that nobody else has to know that there is a daemon,
// how it reports while it starts, and what has to be removed when it died.
import { spawn, type ChildProcess } from 'node:child_process';
import { closeSync, mkdirSync, openSync } from 'node:fs';
import type { Socket } from 'node:net';
import { join, resolve } from 'node:path';
import { UserError, type Mistake } from '../../engine/failure.ts';
import { nodesOf, type Estate } from '../../twin/estate/estate.ts';
import { fromWireFailure, type WireFailure } from '../control-socket.ts';
import { endProcess, identityOf } from '../processes.ts';
import { isHeld, readClaim, removeStale, unusable } from './claim.ts';
import { openLabControl, type DaemonStatus } from './lab-control.ts';
import { readLab, type LabInfo } from './lab-info.ts';

export interface LabOptions {
  readonly stateDir: string;
  /** `stdin`: the lab ends with the process that started it, however that ends. `detached`: it stays. */
  readonly lifeline: 'detached' | 'stdin';
  readonly onProgress?: (text: string) => void;
  /** Aborting takes down a lab that is still starting. */
  readonly signal?: AbortSignal;
  /** A `bin` directory with `postgres` and `initdb`, instead of the packaged ones. */
  readonly binariesDirectory?: string;
  /** Servers take this port and those behind it, instead of free ones. */
  readonly firstPort?: number;
}

/** What the daemon is told when it starts. */
export interface DaemonOrder {
  readonly estate: Estate;
  readonly stateDir: string;
  readonly lifeline: LabOptions['lifeline'];
  readonly binariesDirectory?: string | undefined;
  readonly firstPort?: number | undefined;
}

/** What it says until it is up. */
export type DaemonMessage =
  | { readonly kind: 'progress'; readonly text: string }
  | { readonly kind: 'ready'; readonly lab: LabInfo }
  | { readonly kind: 'failed'; readonly failure: WireFailure };

/** `stale`: its daemon died and something is left, which `labUp` and `labDown` remove. */
export type LabStatus =
  | { readonly kind: 'none' }
  | { readonly kind: 'starting'; readonly estate: string; readonly pid: number }
  | { readonly kind: 'stale'; readonly estate: string; readonly pid: number }
  | { readonly kind: 'up'; readonly lab: LabInfo; readonly daemon: DaemonStatus };

const shutDownGraceMs = 30_000;

/**
 * Brings an estate up as real servers with delayed links between its regions. What a dead lab left behind is removed
 * first. Throws UserError: 'refused' when a lab is up already, 'environment' when the host cannot run it, 'interrupted'
 * when aborted; nothing is left behind then.
 */
export async function labUp(estate: Estate, options: LabOptions): Promise<LabInfo> {
  checkNames(estate);
  const { lifeline, signal, binariesDirectory, firstPort } = options;
  const stateDir = resolve(options.stateDir);
  if (isAborted(signal)) throw interrupted();
  const daemon = spawnDaemon(stateDir, lifeline);
  const abort = (): void => void daemon.kill('SIGTERM');
  signal?.addEventListener('abort', abort);
  try {
    const order: DaemonOrder = { estate, stateDir, lifeline, binariesDirectory, firstPort };
    daemon.send(order);
    const lab = await untilReady(daemon, options.onProgress ?? (() => undefined));
    // A lab that is up keeps nobody waiting; its lifeline is cut when this process ends.
    daemon.unref();
    (daemon.stdin as Socket | null)?.unref();
    return lab;
  } catch (error) {
    if (daemon.pid !== undefined) {
      await endProcess(identityOf(daemon.pid), 'SIGTERM', shutDownGraceMs);
    }
    throw isAborted(signal) ? interrupted() : error;
  } finally {
    signal?.removeEventListener('abort', abort);
  }
}

/** Stops the lab of a state directory and removes everything of it. False when there was none. */
export async function labDown(stateDir: string): Promise<boolean> {
  const claim = readClaim(resolve(stateDir));
  if (claim === null) return false;
  // SIGTERM is the same orderly end as the verb, and it also reaches a daemon that is still starting.
  await endProcess(claim.daemon, 'SIGTERM', shutDownGraceMs);
  await removeStale(resolve(stateDir));
  return true;
}

/** Is there a lab, and how is it? */
export async function labStatus(stateDir: string): Promise<LabStatus> {
  const claim = readClaim(resolve(stateDir));
  if (claim === null) return { kind: 'none' };
  const { estate, daemon } = claim;
  if (!isHeld(claim)) return { kind: 'stale', estate, pid: daemon.pid };
  let lab: LabInfo;
  try {
    lab = readLab(resolve(stateDir));
  } catch (error) {
    if (error instanceof UserError && error.code === 'missing') {
      return { kind: 'starting', estate, pid: daemon.pid };
    }
    throw error;
  }
  const control = await openLabControl(lab);
  try {
    return { kind: 'up', lab, daemon: await control.status() };
  } finally {
    control.close();
  }
}

function spawnDaemon(stateDir: string, lifeline: LabOptions['lifeline']): ChildProcess {
  const log = openLog(stateDir);
  const path = new URL('./daemon.ts', import.meta.url).pathname;
  const daemon = spawn(process.execPath, [path], {
    stdio: [lifeline === 'stdin' ? 'pipe' : 'ignore', log, log, 'ipc'],
    // Out of this terminal's process group: Ctrl-C is for the caller, who then decides about the lab.
    detached: true,
  });
  closeSync(log);
  return daemon;
}

/** The first file of a lab: whoever cannot write it can write none. */
function openLog(stateDir: string): number {
  const directory = join(stateDir, 'lab');
  try {
    mkdirSync(directory, { recursive: true });
    return openSync(join(directory, 'daemon.log'), 'a');
  } catch (error) {
    throw unusable(stateDir, error instanceof Error ? error.message : String(error));
  }
}

function untilReady(daemon: ChildProcess, onProgress: (text: string) => void): Promise<LabInfo> {
  return new Promise((ready, reject) => {
    daemon.on('error', reject);
    daemon.on('exit', (code, signal) =>
      reject(new Error(`the lab's process ended while starting (${signal ?? code ?? 'unknown'})`)),
    );
    daemon.on('message', (received) => {
      const message = received as DaemonMessage;
      switch (message.kind) {
        case 'progress':
          onProgress(message.text);
          break;
        case 'ready':
          ready(message.lab);
          break;
        case 'failed':
          reject(fromWireFailure(message.failure));
          break;
      }
    });
  });
}

/** Node and estate names become directory names, and node names become names inside Postgres. */
function checkNames(estate: Estate): void {
  const nodes = estate.fleets.flatMap(({ shards }) => shards.flatMap(nodesOf));
  const mistakes = [estate.name, ...nodes.map(({ id }) => id)]
    .filter((name) => !/^[A-Za-z0-9][\w-]{0,62}$/.test(name))
    .map((name): Mistake => ({
      message: `"${name}" cannot be the name of a lab or one of its nodes`,
      remedy: 'use up to 63 letters, digits, hyphens and underscores',
    }));
  if (mistakes.length > 0) throw new UserError('input', mistakes);
}

function isAborted(signal: AbortSignal | undefined): boolean {
  return signal?.aborted ?? false;
}

function interrupted(): UserError {
  return new UserError('interrupted', { message: 'the lab was stopped while it was starting' });
}
