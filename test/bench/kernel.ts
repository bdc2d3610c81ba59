// How fast the kernel is, through its public interface, beside programs that do the same work: C++ with its standard event list,
// SimPy where Python has it, and the plain way of writing it in JavaScript. Each in a process of its own, in turn, the median
// of five: ratios then mean the same on every machine. Nothing is asserted: figures are for eyes and for comparison over time.
import { fileURLToPath } from 'node:url';
import { median } from 'simple-statistics';
import { threadRunner } from '../../engine/ensemble/threads.ts';
import { peerOf, preparePeers, type Peer } from './peers.ts';

export interface BenchResult {
  readonly name: string;
  readonly value: number;
  readonly unit: string;
  /** Beside whom, and how many times as fast. */
  readonly ratios?: readonly { readonly peer: string; readonly times: number }[];
}

const repetitions = 5;

const workFile = fileURLToPath(new URL('./kernel-work.ts', import.meta.url));
const own = peerOf('premortem', process.execPath, ['--expose-gc', '--no-warnings', workFile]);

/** Some work, and who else does it under which name. */
interface Match {
  readonly name: string;
  readonly unit: string;
  readonly work: string;
  readonly size: number;
  readonly count: number;
  readonly against: readonly {
    readonly peer: Peer | null;
    readonly work: string;
    /** Slow peers do less of it. */
    readonly count: number;
  }[];
}

/** All figures; some minutes on one core. */
export async function benchKernel(): Promise<BenchResult[]> {
  using peers = preparePeers();
  const { cpp, simpy, simjs } = peers;
  const naive = peerOf('naive heap of objects', process.execPath, [
    '--no-warnings',
    fileURLToPath(new URL('./naive-work.ts', import.meta.url)),
  ]);
  const matches: readonly Match[] = [
    ...[1e3, 1e5, 1e6].map((size): Match => ({
      name: `hold, ${size.toLocaleString('en-US')} pending`,
      unit: 'events/s',
      work: 'hold',
      size,
      count: size === 1e6 ? 2e7 : 1e7,
      against: [
        { peer: cpp, work: 'hold', count: 1e7 },
        { peer: naive, work: 'hold', count: size === 1e3 ? 5e6 : 1e6 },
        { peer: simjs, work: 'hold', count: size === 1e6 ? 2e6 : 1e6 },
      ],
    })),
    ...[1e3, 1e5].map((size): Match => ({
      name: `generator steps, ${size.toLocaleString('en-US')} processes`,
      unit: 'steps/s',
      work: 'processes',
      size,
      count: 3e6,
      against: [{ peer: simpy, work: 'hold', count: 5e5 }],
    })),
    {
      name: 'M/M/16 at 0.9, every sojourn kept',
      unit: 'customers/s',
      work: 'queue',
      size: 16,
      count: 5e6,
      against: [
        { peer: cpp, work: 'queue', count: 5e6 },
        { peer: own, work: 'tight-queue', count: 5e6 },
        { peer: simpy, work: 'queue', count: 1e5 },
      ],
    },
    {
      name: 'M/M/1 at 0.9, every sojourn kept',
      unit: 'customers/s',
      work: 'queue',
      size: 1,
      count: 5e6,
      against: [
        { peer: cpp, work: 'queue', count: 5e6 },
        { peer: naive, work: 'queue', count: 1e6 },
      ],
    },
  ];
  return [...matches.map(play), ...memoryFigures(), await ensembleFigure()];
}

function play({ name, unit, work, size, count, against }: Match): BenchResult {
  const present = against.flatMap((one) => (one.peer === null ? [] : [{ ...one, peer: one.peer }]));
  const ownRates: number[] = [];
  const peerRates = present.map((): number[] => []);
  // In turn, so that a machine that slows down slows all of them down.
  for (let repetition = 0; repetition < repetitions; repetition++) {
    ownRates.push(own.rate(work, size, count));
    for (const [index, one] of present.entries())
      peerRates[index]?.push(one.peer.rate(one.work, size, one.count));
  }
  const value = median(ownRates);
  const ratios = present.map(({ peer, work: theirs }, index) => ({
    peer: peer === own ? `own ${theirs}` : peer.name,
    times: value / median(peerRates[index] ?? []),
  }));
  return { name, value, unit, ratios };
}

function memoryFigures(): BenchResult[] {
  const bytes = own.rate('memory', 2 ** 20, 0);
  const [few, many] = [own.rate('heap', 1e3, 1e7), own.rate('heap', 1e3, 1e8)];
  return [
    { name: 'memory per pending event, 2^20 of them', value: bytes, unit: 'bytes' },
    { name: 'memory after 1e7 events', value: few, unit: 'MB' },
    { name: 'memory after 1e8 events', value: many, unit: 'MB' },
  ];
}

/** How many times as fast two workers are as one, on equal jobs. */
async function ensembleFigure(): Promise<BenchResult> {
  const job = {
    module: new URL('./ensemble-job.ts', import.meta.url),
    name: 'holdOnce',
    inputs: Array.from({ length: 16 }, (_, index) => index),
  };
  const tookMs = async (workers: number): Promise<number> => {
    await using runner = threadRunner(workers);
    await runner.run({ ...job, inputs: Array.from({ length: workers }, (_, index) => index) });
    const startMs = performance.now();
    await runner.run(job);
    return performance.now() - startMs;
  };
  const ratios: number[] = [];
  for (let repetition = 0; repetition < repetitions; repetition++) {
    const one = await tookMs(1);
    ratios.push(one / (await tookMs(2)));
  }
  return { name: 'ensemble, 2 workers beside 1', value: median(ratios), unit: 'times' };
}
