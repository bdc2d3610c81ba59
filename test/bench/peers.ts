// Programs that do the same work in another language, compiled and run by the bench itself. One that the machine cannot run is
// left out of the table, by name.
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** A peer's rate of some work: `hold <pending> <events>`, `queue <servers> <customers>`. */
export interface Peer {
  readonly name: string;
  rate(work: string, size: number, count: number): number;
}

export interface Peers extends Disposable {
  readonly cpp: Peer | null;
  readonly simpy: Peer | null;
  readonly simjs: Peer | null;
}

const fileOf = (name: string): string => fileURLToPath(new URL(`./peers/${name}`, import.meta.url));

/** Compiles what can be compiled; dispose of it to leave nothing behind. */
export function preparePeers(): Peers {
  const directory = mkdtempSync(join(tmpdir(), 'premortem-bench-'));
  return {
    cpp: compileCpp(directory),
    simpy: findSimpy(),
    simjs: findSimjs(),
    [Symbol.dispose]: () => rmSync(directory, { recursive: true, force: true }),
  };
}

function compileCpp(directory: string): Peer | null {
  const program = join(directory, 'kernel');
  const compiled = spawnSync('g++', ['-O3', '-std=c++20', '-o', program, fileOf('kernel.cpp')]);
  if (compiled.status !== 0) return null;
  return peerOf('C++ std::priority_queue', program, []);
}

function findSimpy(): Peer | null {
  const version = spawnSync('python3', ['-c', 'import simpy; print(simpy.__version__)'], {
    encoding: 'utf8',
  });
  if (version.status !== 0) return null;
  return peerOf(`SimPy ${version.stdout.trim()}`, 'python3', [fileOf('kernel.py')]);
}

function findSimjs(): Peer | null {
  const script = fileOf('kernel-simjs.mjs');
  const found = spawnSync(process.execPath, [script, 'hold', '10', '100']);
  return found.status === 0 ? peerOf('SIM.JS', process.execPath, [script]) : null;
}

/** A program that prints its rate. */
export function peerOf(name: string, program: string, words: readonly string[]): Peer {
  return {
    name,
    rate: (work, size, count) =>
      Number(
        execFileSync(program, [...words, work, String(size), String(count)], { encoding: 'utf8' }),
      ),
  };
}
