// `npm run bench`: speed of the kernel and of the model, as rates on this machine and as ratios to other programs that do the same
// work beside them. Nothing here decides a test.
import { cpus } from 'node:os';
import { textTable } from '../../reports/table.ts';
import { benchKernel } from './kernel.ts';
import { benchTwin } from './twin.ts';

const results = [...(await benchKernel()), ...(await benchTwin())];
const rows = results.flatMap(({ name, value, unit, ratios = [] }) => [
  [name, numberOf(value), unit, ''],
  ...ratios.map(({ peer, times }) => ['', '', `beside ${peer}`, `${times.toFixed(2)} ×`]),
]);
const columns = [
  { title: 'what', align: 'left' as const },
  { title: 'value', align: 'right' as const },
  { title: 'unit', align: 'left' as const },
  { title: 'ratio', align: 'right' as const },
];
process.stdout.write(`${cpus()[0]?.model ?? 'unknown processor'}, Node ${process.version}\n`);
process.stdout.write(`${textTable({ columns, rows }, { columns: 100, colour: false })}\n`);

function numberOf(value: number): string {
  return value >= 1_000 ? Math.round(value).toLocaleString('en-US') : value.toFixed(2);
}
