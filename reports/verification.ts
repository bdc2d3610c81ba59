// Predicted against measured: the verdict in the head, then the exact claims, the gates, every metric with the place of
// its measured value in the predicted interval, the bands with the measured lines, and the steps.
import type { Measurement } from '../twin/measurement.ts';
import type { Prediction } from '../twin/prediction.ts';
import type { Verification } from '../twin/verify.ts';
import {
  forecastPhrase,
  formatCount,
  formatInterval,
  formatValue,
  plural,
  shortDigest,
} from './figures.ts';
import { capitalise, listNames, metricNames, metricPhrase, verdictCell } from './names.ts';
import type { Fact, Report } from './report.ts';
import { originOf, recordPhrase } from './risk-card.ts';
import { countVerdicts, type VerdictCounts } from './verdict-counts.ts';
import { verificationSections } from './verification-evidence.ts';

export interface VerificationInput {
  readonly prediction: Prediction;
  readonly measurement: Measurement;
  readonly verification: Verification;
}

export function verificationReport(input: VerificationInput): Report {
  const { prediction, measurement, verification } = input;
  const { text, tone } = verdictCell(verification.verdict);
  return {
    title: `${measurement.world === 'live' ? 'Live run' : 'Run in the twin'} ${measurement.run} of ${prediction.scenario.name} on estate ${prediction.estate.name}`,
    verdict: { text: text.replace(/[a-z]/, (letter) => letter.toUpperCase()), tone },
    headline: headlineOf(verification),
    summary: summaryOf(input),
    facts: factsOf(verification),
    sections: verificationSections(input),
    origin: [
      {
        label: 'Measurement',
        value: `${measurement.run}, ${shortDigest(verification.measurement)}`,
      },
      ...Object.entries(measurement.host).map(([label, value]) => ({
        label: capitalise(label),
        value,
      })),
      ...originOf(prediction),
    ],
  };
}

function headlineOf(verification: Verification): string {
  const metrics = countVerdicts(verification.metrics);
  const broken = verification.exact.filter(({ verdict }) => verdict === 'refuted');
  const claims =
    broken.length === 0
      ? `all ${plural(verification.exact.length, 'exact claim')} hold`
      : `${broken.length} of ${plural(verification.exact.length, 'exact claim')} broken: ${listNames(broken.map(({ claim }) => claim.replaceAll('_', ' ')))}`;
  switch (verification.verdict) {
    case 'confirmed':
      return `Reality did what was predicted: ${shareOf(metrics)}, and ${claims}.`;
    case 'refuted':
      return `Reality did something else than predicted: ${shareOf(metrics)}; ${claims}.`;
    case 'invalid':
      return `The measurement cannot judge the prediction: ${gatesPhrase(verification)}; ${claims}.`;
  }
}

function shareOf({ confirmed, judged }: VerdictCounts): string {
  return `${formatCount(confirmed)} of ${plural(judged, 'judged metric')} inside their 90 % interval`;
}

function gatesPhrase({ gates }: Verification): string {
  const failed = gates.filter(({ pass }) => !pass);
  return failed.length === 0
    ? 'no metric rests on enough requests'
    : listNames(failed.map(({ gate, why }) => `${gate} (${why})`));
}

function summaryOf({ prediction, verification }: VerificationInput): string[] {
  const { judged, confirmed } = countVerdicts(verification.metrics);
  const expected = `A right model sees about nine in ten of its metrics inside: here ${formatCount(Math.round(judged * 0.9))} of ${formatCount(judged)} were to be expected, ${formatCount(confirmed)} were seen.`;
  const action =
    prediction.actions.length === 0 ? '' : `The action: ${prediction.actions.join('; ')}.`;
  return [
    action,
    judged === 0 ? '' : expected,
    worstPhrase(verification),
    recordPhrase(prediction),
  ].filter((text) => text !== '');
}

/** The judged latency metric that missed by most, named even when everything is confirmed. */
function worstPhrase({ metrics }: Verification): string {
  const worst = metrics
    .filter(({ verdict, relativeError }) => verdict !== 'invalid' && relativeError !== null)
    .filter(({ metric }) => metricNames(metric).name === 'latency_ms')
    .toSorted((a, b) => Math.abs(b.relativeError ?? 0) - Math.abs(a.relativeError ?? 0))[0];
  if (worst === undefined) return '';
  const { metric, phase, unit, measured } = worst;
  const predicted = forecastPhrase(worst, unit);
  return `Furthest off in latency: ${metricPhrase(metric)} ${phase === 'all' ? 'over the whole run' : phase}, predicted ${predicted}, measured ${formatValue(measured, unit)}.`;
}

function factsOf(verification: Verification): Fact[] {
  const metrics = countVerdicts(verification.metrics);
  const steps = countVerdicts(verification.steps);
  const held = verification.exact.filter(({ verdict }) => verdict === 'confirmed').length;
  const passed = verification.gates.filter(({ pass }) => pass).length;
  return [
    completeFact('Exact claims confirmed', held, verification.exact.length),
    ...wholeFacts(verification),
    countFact('Metrics confirmed', metrics),
    countFact('Steps confirmed', steps),
    completeFact('Validity gates passed', passed, verification.gates.length),
  ];
}

/** Something of which everything has to hold. */
function completeFact(label: string, count: number, of: number): Fact {
  const value = `${formatCount(count)} of ${formatCount(of)}`;
  return { label, value, detail: 'all must hold', tone: count === of ? 'good' : 'bad' };
}

/** Statistical verdicts: some misses are to be expected, so the number alone is neither good nor bad. */
function countFact(label: string, counts: VerdictCounts): Fact {
  const value = `${formatCount(counts.confirmed)} of ${formatCount(counts.judged)}`;
  return { label, value, detail: detailOf(counts), tone: 'plain' };
}

function detailOf({ refuted, invalid }: VerdictCounts): string {
  return `${formatCount(refuted)} refuted, ${formatCount(invalid)} invalid`;
}

function wholeFacts({ metrics }: Verification): Fact[] {
  return metrics
    .filter(({ metric }) =>
      ['fence_ms', 'copy_ms', 'duration_ms'].includes(metricNames(metric).name),
    )
    .map(({ metric, unit, median, pi90, measured, verdict }) => ({
      label: capitalise(metricNames(metric).what),
      value: formatValue(measured, unit),
      detail: `predicted ${formatValue(median, unit)}, 90 %: ${formatInterval(pi90, unit, median)}`,
      tone: verdictCell(verdict).tone,
    }));
}
