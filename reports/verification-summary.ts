// Predicted against measured in one short table for the end of a demo: the figures that most people ask for first. The
// whole of it is in the page.
import { unreachable } from '../engine/failure.ts';
import type { Verification } from '../twin/verify.ts';
import { forecastCell, formatInterval, formatValue } from './figures.ts';
import { metricNames, metricPhrase, phaseName, verdictCell } from './names.ts';
import type { CellContent, Column } from './report.ts';
import { paint, textTable, type TextStyle } from './table.ts';

const columns: readonly Column[] = [
  { title: '', align: 'left' },
  { title: 'predicted', align: 'right' },
  { title: '90 % interval', align: 'right' },
  { title: 'measured', align: 'right' },
  { title: 'error', align: 'right' },
  { title: 'verdict', align: 'left' },
];

/** Medians and 95 % quantiles before and after, throughput, fence, duration and the exact claims. */
export function verificationSummary(verification: Verification, style: TextStyle): string {
  const metrics = verification.metrics.filter(({ metric, phase }) => isAsked(metric, phase));
  const rows: CellContent[][] = metrics.map((one) => {
    const { text, tone } = verdictCell(one.verdict);
    return [
      one.phase === 'all'
        ? metricPhrase(one.metric)
        : `${phaseName(one.phase)}: ${metricPhrase(one.metric)}`,
      forecastCell(one, one.unit).text,
      formatInterval(one.pi90, one.unit, one.median),
      formatValue(one.measured, one.unit),
      one.relativeError === null ? '' : formatError(one.relativeError),
      paint(text, tone, style),
    ];
  });
  const claims: CellContent[][] = verification.exact.map(
    ({ claim, predicted, measured, verdict }) => {
      const { text, tone } = verdictCell(verdict);
      const seen = measured === null ? 'not checked' : String(measured);
      return [
        claim.replaceAll('_', ' '),
        String(predicted),
        'exact',
        seen,
        '',
        paint(text, tone, style),
      ];
    },
  );
  return textTable({ columns, rows: [...rows, ...claims] }, style);
}

function isAsked(metric: string, phase: string): boolean {
  const { name, stat } = metricNames(metric);
  switch (name) {
    case 'latency_ms':
      return phase !== 'during' && (stat === 'p50' || stat === 'p95');
    case 'throughput_per_s':
      return phase === 'before' || phase === 'after';
    case 'fence_ms':
    case 'copy_ms':
    case 'rto_ms':
    case 'lost_writes':
    case 'duration_ms':
      return true;
    case 'utilisation':
    case 'cpu_utilisation':
    case 'error_share':
    case 'lag_bytes':
    case 'lag_ms':
    case 'step_ms':
      return false;
    default:
      return unreachable(name);
  }
}

function formatError(relative: number): string {
  const text = Math.abs(100 * relative).toFixed(1);
  return `${relative < 0 && text !== '0.0' ? '−' : '+'}${text} %`;
}
