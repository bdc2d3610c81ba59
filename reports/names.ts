// Names for people: metric ids, steps and verdicts as words. Ids stay what they are in documents and in the
// interface; only pages speak like this.
import { unreachable } from '../engine/failure.ts';
import type { Phase } from '../twin/document.ts';
import { metricKinds, parseMetricId, type MetricName } from '../twin/metrics.ts';
import type { Cell, Tone } from './report.ts';

/** A metric id taken apart for tables: `who` names its labels, `what` its statistic. */
export interface MetricNames {
  readonly name: MetricName;
  readonly who: string;
  readonly what: string;
  readonly stat: string;
  /** Which direction hurts; null when neither does by itself. */
  readonly worse: 'higher' | 'lower' | null;
}

const nouns: Readonly<Record<MetricName, string>> = {
  latency_ms: 'latency',
  throughput_per_s: 'throughput',
  utilisation: 'pool in use',
  cpu_utilisation: 'processors in use',
  error_share: 'not acknowledged',
  lag_bytes: 'log not confirmed',
  lag_ms: 'lag',
  fence_ms: 'requests held',
  copy_ms: 'copy',
  rto_ms: 'time to recovery',
  lost_writes: 'acknowledged writes lost',
  step_ms: 'step',
  duration_ms: 'whole action',
};

const worseDirections: Readonly<Record<MetricName, MetricNames['worse']>> = {
  latency_ms: 'higher',
  throughput_per_s: 'lower',
  utilisation: null,
  cpu_utilisation: null,
  error_share: 'higher',
  lag_bytes: 'higher',
  lag_ms: 'higher',
  fence_ms: 'higher',
  copy_ms: 'higher',
  rto_ms: 'higher',
  lost_writes: 'higher',
  step_ms: 'higher',
  duration_ms: 'higher',
};

/** `latency_ms.p95{class=commit,region=us-east-1}` → commit from us-east-1, p95 latency. */
export function metricNames(id: string): MetricNames {
  const { name, stat, labels } = parseMetricId(id);
  const { class: classId, region, ...rest } = labels;
  const place = region === undefined ? '' : classId === undefined ? region : `from ${region}`;
  const others = Object.entries(rest).map(([key, value]) =>
    key === 'component' ? value.replaceAll('-', ' ') : `${key} ${value}`,
  );
  const who = [classId ?? '', place, ...others].filter((part) => part !== '').join(' ');
  const noun = nouns[name];
  const what = stat === 'value' ? noun : `${stat} ${noun}`;
  return { name, stat, who: who === '' ? 'all requests' : who, what, worse: worseDirections[name] };
}

/** `commit from us-east-1, p95 latency`; for metrics of the whole action only the noun, or `noun: part`. */
export function metricPhrase(id: string): string {
  const { who, what, stat } = metricNames(id);
  if (stat !== 'value') return `${who}, ${what}`;
  return Object.keys(parseMetricId(id).labels).length === 0 ? what : `${what}: ${who}`;
}

/** `Latency: from the intended send time of a request to its answer`. */
export function metricHeading(name: MetricName): string {
  const noun = nouns[name];
  return `${capitalise(noun)}: ${metricKinds[name].meaning}`;
}

/** `5-stop-node` → `5 stop node`. */
export function stepName(step: string): string {
  const [, ordinal, name] = /^(\d+)-(.+)$/.exec(step) ?? [];
  return ordinal === undefined || name === undefined
    ? step
    : `${ordinal} ${name.replaceAll('-', ' ')}`;
}

/** The number in front of a step's id, or the id itself. */
export function stepOrdinal(step: string): string {
  return /^\d+/.exec(step)?.[0] ?? step;
}

/** `slo-break` → `SLO break`. */
export function componentName(name: string): string {
  return name.replaceAll('-', ' ').replace(/^slo\b/, 'SLO');
}

export function phaseName(phase: Phase): string {
  switch (phase) {
    case 'before':
      return 'before';
    case 'during':
      return 'during';
    case 'after':
      return 'after';
    case 'all':
      return 'whole run';
    default:
      return unreachable(phase);
  }
}

type VerdictWord =
  | 'confirmed'
  | 'refuted'
  | 'invalid'
  | 'pass'
  | 'fail'
  | 'unknown'
  | 'passed'
  | 'failed'
  | 'unsupported';

const verdictSigns: Readonly<Record<VerdictWord, { readonly sign: string; readonly tone: Tone }>> =
  {
    confirmed: { sign: '✓', tone: 'good' },
    pass: { sign: '✓', tone: 'good' },
    passed: { sign: '✓', tone: 'good' },
    refuted: { sign: '✗', tone: 'bad' },
    fail: { sign: '✗', tone: 'bad' },
    failed: { sign: '✗', tone: 'bad' },
    invalid: { sign: '○', tone: 'caution' },
    unknown: { sign: '○', tone: 'caution' },
    unsupported: { sign: '○', tone: 'caution' },
  };

/** A verdict as sign, word and tone; sign and word stay together. */
export function verdictCell(verdict: VerdictWord): Required<Pick<Cell, 'text' | 'tone'>> {
  const { sign, tone } = verdictSigns[verdict];
  return { text: `${sign}\u00A0${verdict}`, tone };
}

export function capitalise(text: string): string {
  return text === '' ? '' : `${text.charAt(0).toUpperCase()}${text.slice(1)}`;
}

/** `a`, `a and b`, `a, b and c`. */
export function listNames(names: readonly string[]): string {
  if (names.length < 2) return names.join('');
  return `${names.slice(0, -1).join(', ')} and ${names.at(-1) ?? ''}`;
}
