// `npm run bench`: speed of the kernel and of the model, as rates on this machine and as ratios to naive programs that run
// beside them in the same process. Nothing here decides a test.
import { cpus } from 'node:os';
import { textTable } from '../../reports/table.ts';
import { benchKernel } from './kernel.ts';
import { benchTwin } from './twin.ts';

const results = [...(await benchKernel()), ...(await benchTwin())];
const rows = results.map(({ name, value, unit }) => [
  name,
  unit === '/s' ? Math.round(value).toLocaleString('en-US') : value.toFixed(2),
  unit,
]);
const columns = [
  { title: 'what', align: 'left' as const },
  { title: 'value', align: 'right' as const },
  { title: 'unit', align: 'left' as const },
];
process.stdout.write(`${cpus()[0]?.model ?? 'unknown processor'}, Node ${process.version}\n`);
process.stdout.write(`${textTable({ columns, rows }, { columns: 100, colour: false })}\n`);
