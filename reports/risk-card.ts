// The risk card: what an action will do, how sure that is and what is at stake, made of a prediction and, when there is
// one, the plan that is bound to it. The answer stands in the head; the sections are its evidence (risk-evidence.ts).
import type { Plan } from '../twin/change/plan.ts';
import type { MetricName } from '../twin/metrics.ts';
import type { PredictedMetric, Prediction } from '../twin/prediction.ts';
import { trackText } from '../twin/record/distrust.ts';
import {
  forecastPhrase,
  formatChange,
  formatCount,
  formatDate,
  formatInterval,
  formatShare,
  formatValue,
  plural,
  shortDigest,
} from './figures.ts';
import { changeTone, requestMetrics } from './metric-table.ts';
import { capitalise, componentName, listNames, metricNames, metricPhrase } from './names.ts';
import type { Fact, Report } from './report.ts';
import { riskSections } from './risk-evidence.ts';

export interface RiskCardInput {
  readonly prediction: Prediction;
  readonly plan?: Plan;
}

export function riskCard({ prediction, plan }: RiskCardInput): Report {
  return {
    title: `Prediction for ${prediction.scenario.name} on estate ${prediction.estate.name}`,
    verdict: policyVerdict(prediction),
    headline: headlineOf(prediction),
    summary: summaryOf(prediction),
    facts: factsOf(prediction),
    sections: riskSections(prediction, plan),
    origin: originOf(prediction),
  };
}

/** As the workflow sees it: one blocking rule that does not pass is enough to refuse. */
function policyVerdict({ policy }: Prediction): Report['verdict'] {
  const blocking = policy.filter(({ enforce }) => enforce === 'block');
  const failed = blocking.filter(({ outcome }) => outcome === 'fail');
  const open = blocking.filter(({ outcome }) => outcome === 'unknown');
  if (failed.length > 0) {
    return {
      text: `✗ Policy forbids it: ${listNames(failed.map(({ rule }) => rule))}`,
      tone: 'bad',
    };
  }
  if (open.length > 0) {
    return {
      text: `○ Policy is undecided: ${listNames(open.map(({ rule }) => rule))}`,
      tone: 'caution',
    };
  }
  if (blocking.length === 0) return { text: '○ No policy rule was asked', tone: 'caution' };
  return { text: `✓ Policy allows it: ${plural(blocking.length, 'rule')} passed`, tone: 'good' };
}

function headlineOf(prediction: Prediction): string {
  const { blastRadius, exact } = prediction;
  const fence = wholeMetric(prediction, 'fence_ms');
  const recovery = wholeMetric(prediction, 'rto_ms');
  const lost = exact.find(({ claim }) => claim === 'lost_acknowledged_writes')?.value;
  const losses = wholeMetric(prediction, 'lost_writes');
  const shards = listNames(blastRadius.shards);
  const held =
    recovery !== undefined
      ? `Writes to ${shards} are acknowledged again ${forecastPhrase(recovery.forecast, recovery.unit)} after its primary died`
      : fence === undefined
        ? 'No request is held'
        : `Requests to ${shards} are held for ${forecastPhrase(fence.forecast, fence.unit)}`;
  const loss =
    lost === undefined
      ? losses === undefined
        ? ''
        : `; acknowledged writes that are lost: ${forecastPhrase(losses.forecast, losses.unit)}`
      : lost === 0
        ? ', and no acknowledged write is lost'
        : `, and ${plural(lost, 'acknowledged write')} will be lost`;
  return `${held}${loss}.`;
}

function summaryOf(prediction: Prediction): string[] {
  const { actions, replications } = prediction;
  const plan =
    actions.length === 0 ? 'No action: load only.' : `What happens: ${actions.join('; ')}.`;
  const sure = `How sure: ${plural(replications, 'simulated execution')} with and without it on the same requests; ${calibrationPhrase(prediction)}.`;
  return [
    overloadPhrase(prediction),
    plan,
    lastingPhrase(prediction),
    sure,
    recordPhrase(prediction),
  ].filter((text) => text !== '');
}

/** More load than can be carried: whoever reads on must know that times then have no steady state. */
function overloadPhrase({ overloads }: Prediction): string {
  if (overloads.length === 0) return '';
  const queues = overloads.map(
    ({ class: operation, region, shard, probability }) =>
      `${operation} from ${region} to ${shard} (in ${formatShare(probability)} of the simulated executions)`,
  );
  return `Overload: more requests come than are answered, and they wait in queues that never empty: ${listNames(queues)}. The times below grow with how long is simulated.`;
}

/** What stays different after the action: the change in latency that hurts most and the one that helps most. */
function lastingPhrase(prediction: Prediction): string {
  const lasting = requestMetrics(prediction).filter(
    ({ metric, phase }) => phase === 'after' && metricNames(metric).name === 'latency_ms',
  );
  const [worst, best] = (['bad', 'good'] as const).map((tone) =>
    lasting
      .filter((one) => changeTone(one) === tone && metricNames(one.metric).stat === 'p50')
      .toSorted((a, b) => Math.abs(b.delta.mean) - Math.abs(a.delta.mean))
      .at(0),
  );
  const parts = [worst, best].filter((one) => one !== undefined).map(changePhrase);
  if (lasting.length === 0) return '';
  return parts.length === 0
    ? 'Afterwards latency is as before.'
    : `Afterwards: ${parts.join('; ')}.`;
}

function changePhrase({ metric, unit, baseline, candidate, delta }: PredictedMetric): string {
  const change = `${formatChange(delta.mean, unit)}, 95 %: ${formatInterval(delta.ci95, unit, delta.mean)}`;
  return `${metricPhrase(metric)} ${formatValue(baseline.mean, unit)} → ${formatValue(candidate.mean, unit)} (${change})`;
}

function calibrationPhrase({ parameters, estate }: Prediction): string {
  const calibrated = parameters.filter(({ interval90 }) => interval90 !== undefined);
  const defaults = parameters.filter(({ origin }) => origin === 'default');
  if (estate.calibration === null || calibrated.length === 0) {
    return 'nothing was calibrated on this estate, so absolute times rest on defaults';
  }
  const of = `${formatCount(calibrated.length)} of ${plural(parameters.length, 'parameter')} measured on this estate`;
  return defaults.length === 0 ? of : `${of}, ${formatCount(defaults.length)} by default`;
}

/** What became of earlier predictions of the same kind; nothing when no record was given. */
export function recordPhrase({ record }: Prediction): string {
  return record === null ? '' : `Track record: ${record.plays.map(trackText).join('; ')}.`;
}

function factsOf(prediction: Prediction): Fact[] {
  const { risk, blastRadius, cost, exact } = prediction;
  const largest = risk.components.toSorted((a, b) => b.weight * b.value - a.weight * a.value)[0];
  const lost = exact.find(({ claim }) => claim === 'lost_acknowledged_writes');
  const because =
    largest === undefined || largest.value === 0
      ? 'nothing found'
      : `mostly ${componentName(largest.name)}`;
  const facts: Fact[] = [
    {
      label: 'Risk score',
      value: `${formatRisk(risk.score)} of 100`,
      detail: because,
      tone: 'plain',
    },
    ...wholeFact(prediction, 'fence_ms'),
    ...wholeFact(prediction, 'copy_ms'),
    ...wholeFact(prediction, 'rto_ms'),
    ...wholeFact(prediction, 'lost_writes'),
    ...wholeFact(prediction, 'duration_ms'),
  ];
  if (lost !== undefined) {
    const tone = lost.value === 0 ? ('good' as const) : ('bad' as const);
    facts.push({
      label: 'Lost writes',
      value: formatCount(lost.value),
      detail: 'acknowledged ones; exact',
      tone,
    });
  }
  facts.push(...promiseFact(prediction));
  const share = formatShare(blastRadius.trafficShare);
  facts.push({
    label: 'Traffic touched',
    value: share,
    detail: plural(blastRadius.tenants.length, 'tenant'),
    tone: 'plain',
  });
  const monthly =
    cost.perMonthUsd === 0
      ? 'no monthly change'
      : `${formatChange(cost.perMonthUsd, 'USD')} a month after`;
  facts.push({
    label: 'Cost',
    value: formatValue(cost.oneOffUsd, 'USD'),
    detail: `once; ${monthly}`,
    tone: 'plain',
  });
  return facts;
}

/** How likely one execution breaks any promise on latency; nothing when the estate promises none. */
function promiseFact({ slos, risk }: Prediction): Fact[] {
  const broken = risk.components.find(({ name }) => name === 'slo-break');
  if (slos.length === 0 || broken === undefined) return [];
  return [
    {
      label: 'Chance to break an SLO',
      value: formatShare(broken.value),
      detail: `any of ${plural(slos.length, 'promise')} on latency, afterwards`,
      tone: 'plain',
    },
  ];
}

function wholeFact(prediction: Prediction, name: MetricName): Fact[] {
  const found = wholeMetric(prediction, name);
  if (found === undefined) return [];
  const { forecast, unit, metric } = found;
  const detail = `90 %: ${formatInterval(forecast.pi90, unit, forecast.median)}`;
  return [
    {
      label: capitalise(metricNames(metric).what),
      value: formatValue(forecast.median, unit),
      detail,
      tone: 'plain',
    },
  ];
}

/** Whole points: a score is no finer than that. */
function formatRisk(score: number): string {
  return String(Math.round(score));
}

function wholeMetric({ metrics }: Prediction, name: MetricName): PredictedMetric | undefined {
  return metrics.find(({ metric }) => metricNames(metric).name === name);
}

/** What it takes to get the same prediction again, digit by digit. */
export function originOf(prediction: Prediction): Report['origin'] {
  const { scenario, estate, seed, replications, version, trace, fingerprint, record } = prediction;
  return [
    { label: 'Prediction', value: `${prediction.id}, ${shortDigest(prediction.digest)}` },
    { label: 'Made', value: formatDate(prediction.createdAt) },
    { label: 'Scenario', value: `${scenario.name}, ${shortDigest(scenario.digest)}` },
    { label: 'Estate', value: `${estate.name}, ${shortDigest(estate.digest)}` },
    {
      label: 'Calibration',
      value: estate.calibration === null ? 'none' : shortDigest(estate.calibration),
    },
    { label: 'Record', value: record === null ? 'none' : shortDigest(record.digest) },
    { label: 'Request trace', value: shortDigest(trace) },
    { label: 'Seed', value: `${seed}, ${plural(replications, 'replication')}` },
    { label: 'Fingerprint', value: fingerprint },
    { label: 'Version', value: `premortem ${version.premortem}, node ${version.node}` },
  ];
}
