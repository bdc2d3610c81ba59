// The record of predictions as a report: how many forecasts came true, which goals are met and which are not, the worst
// misses by name. Its sections are its evidence (record-evidence.ts).
import { coverageAt90, type RecordSummary, type Score } from '../twin/record/record.ts';
import {
  formatCount,
  formatDay,
  formatInterval,
  formatShare,
  plural,
  shortDigest,
} from './figures.ts';
import { listNames } from './names.ts';
import { recordSections, type RecordReportInput } from './record-evidence.ts';
import type { Fact, Report } from './report.ts';

export function recordReport(input: RecordReportInput): Report {
  const { record } = input;
  return {
    title: 'Record of predictions',
    verdict: verdictOf(record),
    headline: headlineOf(record),
    summary: summaryOf(record),
    facts: factsOf(record),
    sections: record.cases.of === 0 ? [] : recordSections(input),
    origin: originOf(record),
  };
}

function verdictOf({ goals }: RecordSummary): Report['verdict'] {
  const missed = goals.filter(({ met }) => met === false).length;
  const judged = goals.filter(({ met }) => met !== null).length;
  if (judged === 0) return { text: '○ Nothing was held against reality yet', tone: 'caution' };
  if (missed > 0) {
    return { text: `✗ ${formatCount(missed)} of ${plural(judged, 'goal')} missed`, tone: 'bad' };
  }
  return { text: `✓ All ${formatCount(judged)} goals met`, tone: 'good' };
}

function headlineOf({ score, cases }: RecordSummary): string {
  const { inside, of } = coverageAt90(score);
  if (cases.of === 0) return 'No case was played yet, so there is no record.';
  if (of === 0) return `None of ${plural(cases.of, 'case')} gave a valid measurement.`;
  return `Of ${plural(of, 'forecast')} at 90 %, ${formatCount(inside)} came true: ${formatShare(inside / of)}.`;
}

function summaryOf({ cases, campaigns, slos, exact, score }: RecordSummary): string[] {
  if (cases.of === 0)
    return ['`premortem prove` plays a campaign of cases and keeps what it showed.'];
  const { of, scored, invalid, failed, repeated, cutOff, unfinished } = cases;
  const others = [
    invalid === 0 ? '' : `${formatCount(invalid)} disturbed by the host`,
    failed === 0 ? '' : `${formatCount(failed)} not played to their end`,
  ].filter((text) => text !== '');
  const besides = [
    unfinished === 0 ? '' : `${plural(unfinished, 'case')} begun and not finished`,
    cutOff === 0 ? '' : `${plural(cutOff, 'attempt')} cut off and begun anew`,
    repeated === 0 ? '' : `${plural(repeated, 'later attempt')}, which do not count`,
  ].filter((text) => text !== '');
  const names = campaigns.map(({ campaign, seed }) => `${campaign} (seed ${seed})`);
  return [
    `${plural(of, 'case')} of ${listNames(names)}: ${formatCount(scored)} scored${others.length === 0 ? '' : `, ${listNames(others)}`}${besides.length === 0 ? '' : `; ${listNames(besides)}`}. Each was predicted, and the prediction recorded, before it was played; every repetition counts as one execution.`,
    repeatPhrase(score),
    exact.violations.length === 0
      ? `${plural(exact.claims, 'guarantee')} held without exception.`
      : `${plural(exact.violations.length, 'guarantee')} violated, of ${formatCount(exact.claims)}.`,
    slos === null
      ? ''
      : `Chances to break a promise on latency: Brier score ${slos.brier.toFixed(3)} over ${plural(slos.n, 'execution')}, where always saying the base rate would have scored ${slos.uncertainty.toFixed(3)}.`,
  ].filter((text) => text !== '');
}

function repeatPhrase({ medianError, repeatability }: Score): string {
  if (medianError === null || repeatability === null) return '';
  return `The median error of a forecast is ${formatShare(medianError)}; reality repeats itself within ${formatShare(repeatability)} (median coefficient of variation between repetitions).`;
}

function factsOf({ score, goals, exact, cases }: RecordSummary): Fact[] {
  const { inside, of, interval95 } = coverageAt90(score);
  const judged = goals.filter(({ met }) => met !== null);
  const met = judged.filter((goal) => goal.met === true).length;
  const metrics = score.metrics + score.invalid;
  return [
    {
      label: 'Came true at 90 %',
      value: of === 0 ? '–' : formatShare(inside / of),
      detail: of === 0 ? 'nothing judged' : `95 %: ${formatInterval(interval95, '', inside / of)}`,
      tone: 'plain',
    },
    {
      label: 'Median error',
      value: score.medianError === null ? '–' : formatShare(score.medianError),
      detail: `of ${plural(score.metrics, 'valid metric')}`,
      tone: 'plain',
    },
    {
      label: 'Goals met',
      value: `${formatCount(met)} of ${formatCount(judged.length)}`,
      detail: `${formatCount(goals.length - judged.length)} open`,
      tone: judged.length === 0 ? 'caution' : met === judged.length ? 'good' : 'bad',
    },
    {
      label: 'Guarantees violated',
      value: formatCount(exact.violations.length),
      detail: `of ${formatCount(exact.claims)}; exact`,
      tone: exact.violations.length === 0 ? 'good' : 'bad',
    },
    {
      label: 'Invalid metrics',
      value: metrics === 0 ? '–' : formatShare(score.invalid / metrics),
      detail: `${formatCount(score.invalid)} of ${formatCount(metrics)}`,
      tone: 'plain',
    },
    {
      label: 'Cases scored',
      value: `${formatCount(cases.scored)} of ${formatCount(cases.of)}`,
      detail: `${formatCount(cases.invalid)} disturbed, ${formatCount(cases.failed)} failed`,
      tone: 'plain',
    },
  ];
}

function originOf({ digest, campaigns }: RecordSummary): Report['origin'] {
  return [
    { label: 'Record', value: shortDigest(digest) },
    ...campaigns.map(({ campaign, seed, cases, firstAt, lastAt }) => ({
      label: `Campaign ${campaign}`,
      value: `seed ${seed}, ${plural(cases, 'case')}, ${formatDay(firstAt)} to ${formatDay(lastAt)}`,
    })),
  ];
}
