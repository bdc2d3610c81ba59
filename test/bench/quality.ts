// How good are predictions? Runs the demo several times with different seeds (so under delays and loads that nobody tuned)
// and prints, per kind of metric, the median absolute error, and for all together coverage and sharpness of the 90 %
// intervals. Not part of the tests: it takes minutes and its result is a statement about a machine.
// Usage: node test/bench/quality.ts [--count 10] [--first 1] [--out DIR]
import { spawn } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { markdownTable } from 'markdown-table';
import { median } from 'simple-statistics';
import type { DemoDocument } from '../../live/operations/demo.ts';
import type { Verification } from '../../twin/verify.ts';

const { values } = parseArgs({
  options: {
    count: { type: 'string', default: '10' },
    first: { type: 'string', default: '1' },
    out: { type: 'string', default: '.premortem/quality' },
  },
});

type VerifiedDemo = DemoDocument & { readonly verification: Verification };

interface Observation {
  readonly kind: string;
  readonly error: number;
  readonly inside: boolean;
  readonly sharp: boolean;
}

const kinds = [
  { name: 'throughput', of: /throughput_per_s/, goal: '≤ 5 %' },
  { name: 'commit p50', of: /latency_ms\.p50\{class=commit/, goal: '≤ 5 %' },
  { name: 'job p50', of: /latency_ms\.p50\{class=job/, goal: '≤ 5 %' },
  { name: 'job p95', of: /latency_ms\.p95\{class=job/, goal: '≤ 10 %' },
  { name: 'fence', of: /fence_ms/, goal: '≤ 25 %' },
];

const root = fileURLToPath(new URL('../../', import.meta.url));
mkdirSync(values.out, { recursive: true });
const documents: VerifiedDemo[] = [];
const rows: string[][] = [];
for (let index = 0; index < Number(values.count); index++) {
  const seed = String(Number(values.first) + index);
  const startedMs = performance.now();
  const { code, stdout } = await runDemo(seed);
  const seconds = (performance.now() - startedMs) / 1_000;
  if (stdout.trim() === '') {
    rows.push([seed, `exit ${code}, no document`]);
    continue;
  }
  const document = JSON.parse(stdout) as VerifiedDemo;
  if (document.verification === null) {
    rows.push([seed, `exit ${code}, ${document.outcome.kind}`]);
    continue;
  }
  writeFileSync(join(values.out, `demo-${seed}.json`), stdout);
  documents.push(document);
  rows.push(describeRun(seed, code, seconds, document));
  process.stderr.write(`${rows.at(-1)?.join(' | ')}\n`);
}

process.stdout.write(`${runTable()}\n\n${kindTable()}\n`);

function runDemo(seed: string): Promise<{ code: number | null; stdout: string }> {
  const child = spawn(
    process.execPath,
    [join(root, 'cli/main.ts'), 'demo', '--json', '--seed', seed],
    {
      cwd: root,
      stdio: ['ignore', 'pipe', 'inherit'],
    },
  );
  let stdout = '';
  child.stdout.on('data', (chunk: Buffer) => (stdout += chunk.toString()));
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code) => resolve({ code, stdout }));
  });
}

function describeRun(
  seed: string,
  code: number | null,
  seconds: number,
  document: VerifiedDemo,
): string[] {
  const { conditions, verification } = document;
  const valid = verification.metrics.filter(({ verdict }) => verdict !== 'invalid');
  const inside = valid.filter(({ verdict }) => verdict === 'confirmed').length;
  const fence = verification.metrics.find(({ metric }) => metric === 'fence_ms.value');
  const exact = verification.exact.map(({ predicted, measured }) => `${predicted}/${measured}`);
  return [
    seed,
    String(code),
    seconds.toFixed(0),
    conditions.delaysMs.join(' / '),
    conditions.utilisation.toFixed(2),
    `${fence?.median.toFixed(0)} / ${fence?.measured.toFixed(0)}`,
    ...kinds.map(({ name }) => percentOf(medianError([document], name))),
    `${inside} of ${valid.length}`,
    String(verification.metrics.length - valid.length),
    exact.join(' '),
    verification.verdict,
  ];
}

function runTable(): string {
  return markdownTable([
    [
      'seed',
      'exit',
      's',
      'one-way delays, ms',
      'utilisation',
      'fence, ms (predicted / measured)',
      ...kinds.map(({ name }) => name),
      'inside 90 %',
      'invalid',
      'lost, duplicate, promotions (predicted/measured)',
      'verdict',
    ],
    ...rows,
  ]);
}

function kindTable(): string {
  const all = documents.flatMap(observations);
  const share = (list: readonly Observation[], holds: (one: Observation) => boolean): string =>
    percentOf(list.filter(holds).length / list.length);
  return markdownTable([
    ['metric', 'n', 'median absolute error', 'goal', 'inside 90 % interval', 'sharp'],
    ...kinds.map(({ name, goal }) => {
      const list = all.filter(({ kind }) => kind === name);
      return [
        name,
        String(list.length),
        percentOf(medianError(documents, name)),
        goal,
        share(list, ({ inside }) => inside),
        share(list, ({ sharp }) => sharp),
      ];
    }),
    [
      'all valid metrics',
      String(all.length),
      '',
      '',
      share(all, ({ inside }) => inside),
      share(all, ({ sharp }) => sharp),
    ],
  ]);
}

function medianError(from: readonly VerifiedDemo[], kind: string): number {
  const errors = from
    .flatMap(observations)
    .flatMap((one) => (one.kind === kind ? [one.error] : []));
  return errors.length === 0 ? Number.NaN : median(errors);
}

/** Every valid metric of a demo; `sharp`: the 90 % interval is at most three times as wide as chance alone makes it. */
function observations({ prediction, verification }: VerifiedDemo): Observation[] {
  return verification.metrics.flatMap((one): Observation[] => {
    if (one.verdict === 'invalid') return [];
    const predicted = prediction.metrics.find(
      ({ metric, phase }) => metric === one.metric && phase === one.phase,
    );
    const width = one.pi90[1] - one.pi90[0];
    return [
      {
        kind: kinds.find(({ of }) => of.test(`${one.phase} ${one.metric}`))?.name ?? 'other',
        error: Math.abs(one.relativeError ?? 0),
        inside: one.verdict === 'confirmed',
        sharp: width <= 3 * (predicted?.freshSpread90 ?? 0),
      },
    ];
  });
}

function percentOf(share: number): string {
  return Number.isNaN(share) ? '–' : `${(100 * share).toFixed(1)} %`;
}
