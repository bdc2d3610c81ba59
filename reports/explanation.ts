// Why forecasts are as wide as they are, and what to measure next, as a report.
import { unreachable } from '../engine/failure.ts';
import type { Advice, ExplainedMetric, Explanation } from '../twin/explanation.ts';
import { columnsOf } from './columns.ts';
import {
  formatCount,
  formatInterval,
  formatShare,
  formatValue,
  plural,
  shortDigest,
} from './figures.ts';
import { metricPhrase, phaseName } from './names.ts';
import type { Bar, Report, Section } from './report.ts';

/** Parts below this are told together. */
const leastShare = 0.01;

export function explanationReport(explanation: Explanation): Report {
  const { scenario, estate, metrics, advice, calibration, seed, replications } = explanation;
  const [first] = advice;
  return {
    title: `Why the forecasts of ${scenario} are as wide as they are`,
    verdict:
      first === undefined
        ? { text: '✓ No parameter matters', tone: 'good' }
        : { text: `○ Next: ${first.path}`, tone: 'plain' },
    headline:
      first === undefined
        ? 'What is left of the width is the chance of a single execution; no calibration shrinks it.'
        : `${first.path} makes ${formatShare(first.share)} of the variance of ${nameOf(first)}; ${remedyPhrase(first)}.`,
    summary: [],
    facts: [],
    sections: [
      ...metrics.map(partsSection),
      ...(advice.length === 0 ? [] : [adviceSection(advice)]),
    ],
    origin: [
      { label: 'Estate', value: estate },
      {
        label: 'Calibration',
        value:
          calibration === null ? 'none: every parameter is a default' : shortDigest(calibration),
      },
      { label: 'Seed', value: seed },
      { label: 'Rests on', value: plural(replications, 'simulated execution') },
    ],
  };
}

function partsSection(metric: ExplainedMetric, index: number): Section {
  const { median, pi90, unit, parts, accounted } = metric;
  const named = parts.filter(({ share }) => share >= leastShare);
  const rest = parts.slice(named.length).reduce((sum, { share }) => sum + share, 0);
  const bars = named.map(({ source, share }): Bar => ({
    label: source === 'chance' ? 'chance of one execution' : source,
    share,
    text: formatShare(share),
    detail: source === 'chance' ? 'no calibration shrinks it' : '',
  }));
  return {
    id: `parts-${index + 1}`,
    title: nameOf(metric),
    lead: `${formatValue(median, unit)}, in 90 % of executions ${formatInterval(pi90, unit, median)}. Shares of its variance.`,
    blocks: [
      {
        kind: 'bars',
        bars:
          rest > 0
            ? [...bars, { label: 'all others', share: rest, text: formatShare(rest), detail: '' }]
            : bars,
        note: `Together the parts make ${formatShare(accounted)} of the variance that ${accounted > 1.3 || accounted < 0.7 ? 'the rehearsals show: they act on each other, and shares are rough' : 'the rehearsals show'}.`,
      },
    ],
  };
}

function adviceSection(advice: readonly Advice[]): Section {
  return {
    id: 'advice',
    title: 'What to measure next',
    lead: 'The parameter that matters most first. Width: what the 90 % interval of that metric would shrink to if the uncertainty of the parameter were halved.',
    blocks: [
      {
        kind: 'table',
        title: '',
        columns: columnsOf(
          'Parameter',
          '>Value',
          '>Uncertainty',
          'Rests on',
          'Matters to',
          '>Share',
          '>Width',
          'What to do',
        ),
        rows: advice.map((one) => [
          one.path,
          one.interval90 === null
            ? formatValue(one.value, one.unit)
            : {
                text: formatValue(one.value, one.unit),
                detail: formatInterval(one.interval90, one.unit, one.value),
              },
          `± ${formatShare(one.uncertainty)}`,
          one.n === null
            ? one.restsOn
            : { text: one.restsOn, detail: `n ${formatCount(one.n)}, ${repetitionsOf(one)}` },
          nameOf(one),
          formatShare(one.share),
          formatShare(one.narrowedTo),
          remedyPhrase(one),
        ]),
        note: '`premortem calibrate --only EXPERIMENT --into OVERLAY` measures it; with `--repetitions COUNT`, so many in all.',
      },
    ],
  };
}

function nameOf({ metric, phase }: Pick<ExplainedMetric, 'metric' | 'phase'>): string {
  const phrase = metricPhrase(metric);
  return phase === 'all' ? phrase : `${phrase}, ${phaseName(phase).toLowerCase()}`;
}

function repetitionsOf({ repetitions }: Advice): string {
  return plural(repetitions ?? 0, 'repetition');
}

function remedyPhrase({ remedy, repetitions }: Advice): string {
  switch (remedy.kind) {
    case 'measure':
      return `experiment ${remedy.experiment} measures it`;
    case 'repeat':
      return `${formatCount(remedy.repetitions - (repetitions ?? 0))} more repetitions of experiment ${remedy.experiment} halve it`;
    case 'varies':
      return `${formatCount(remedy.repetitions - (repetitions ?? 0))} more repetitions of experiment ${remedy.experiment} leave ± ${formatShare(remedy.leaves)}; ± ${formatShare(remedy.atBest)} is reality’s own`;
    case 'unmeasurable':
      return 'no experiment measures it here';
    default:
      return unreachable(remedy);
  }
}
