// The sections of a risk card: why the score is what it is, what requests will feel, the steps, who is touched, what
// policy says, and where every number of the model came from.
import type { Plan } from '../twin/change/plan.ts';
import { exactClaims } from '../twin/metrics.ts';
import { summariseDoubts } from '../twin/estate/calibration-doubts.ts';
import { parameterKinds } from '../twin/parameters.ts';
import type { Parameter } from '../twin/parameters.ts';
import type { Prediction, Risk } from '../twin/prediction.ts';
import { bandCharts, bandLegend } from './band-charts.ts';
import { columnsOf } from './columns.ts';
import {
  forecastCell,
  forecastPhrase,
  formatChange,
  formatCount,
  formatDate,
  formatDay,
  formatInterval,
  formatShare,
  formatValue,
  shortDigest,
} from './figures.ts';
import { metricTables } from './metric-table.ts';
import {
  capitalise,
  componentName,
  listNames,
  metricPhrase,
  phaseName,
  stepName,
  verdictCell,
} from './names.ts';
import type { Bar, Block, Section } from './report.ts';
import { stepChart, stepLegend } from './step-chart.ts';

/** In the order in which an operator asks. */
export function riskSections(prediction: Prediction, plan: Plan | undefined): Section[] {
  const sections = [
    planSection(plan),
    riskSection(prediction.risk),
    stepsSection(prediction),
    chartsSection(prediction),
    metricsSection(prediction),
    exactSection(prediction),
    promisesSection(prediction),
    blastSection(prediction),
    policySection(prediction),
    parametersSection(prediction),
  ];
  return sections.filter((section) => section !== null);
}

function planSection(plan: Plan | undefined): Section | null {
  if (plan === undefined) return null;
  const { fenceMs, durationMs } = plan.expected;
  const rows: [string, string][] = [
    ['Plan', `${plan.id}: ${plan.title}`],
    ['Author', `${plan.author.name} (key ${shortDigest(plan.author.key)})`],
    ['Approvals needed', `${formatCount(plan.approvalsNeeded)}, not the author's own`],
    ['Submitted', formatDate(plan.submittedAt)],
    ['Valid until', formatDate(plan.expiresAt)],
    ['Prediction valid until', formatDate(plan.predictionExpiresAt)],
    [
      'Promised',
      `${fenceMs === null ? 'no request held' : `requests held ${forecastPhrase(fenceMs, 'ms')}`}, whole action ${forecastPhrase(durationMs, 'ms')}`,
    ],
    ['Observed topology', shortDigest(plan.bound.topology)],
    ['Blocked by', plan.blockers.length === 0 ? 'nothing' : plan.blockers.join('; ')],
  ];
  const table: Block = {
    kind: 'table',
    title: '',
    columns: columnsOf('', 'Bound to this prediction'),
    rows,
    note: '',
  };
  const lead =
    'The plan names this prediction by digest; a change of estate, topology, policy or calibration makes it void.';
  return { id: 'plan', title: 'Plan', lead, blocks: [table] };
}

function riskSection(risk: Risk): Section {
  const bars = riskBars(risk);
  const note =
    'Score = 100 · (1 − Π(1 − weight · value)). A bar is a component’s value from 0 to 1; points are its part of the score.';
  return {
    id: 'risk',
    title: `Why the risk score is ${Math.round(risk.score)}`,
    lead:
      bars.length === 0
        ? 'No component was evaluated.'
        : 'Each component comes from the simulated executions, none from adjectives.',
    blocks: [{ kind: 'bars', bars, note }],
  };
}

/** Points add up to the score: each component's share of the sum of −log(1 − weight · value). */
export function riskBars({ score, components }: Risk): Bar[] {
  // A component of weight and value 1 alone makes the score 100; the floor keeps its logarithm finite.
  const logs = components.map(
    ({ weight, value }) => -Math.log(Math.max(1e-12, 1 - weight * value)),
  );
  const sum = logs.reduce((total, log) => total + log, 0);
  return components
    .map((component, index) => ({
      ...component,
      points: sum === 0 ? 0 : ((logs[index] ?? 0) / sum) * score,
    }))
    .toSorted((a, b) => b.points - a.points)
    .map(({ name, value, weight, evidence, points }) => ({
      label: capitalise(componentName(name)),
      share: value,
      text: `${points.toFixed(1)} points`,
      detail: `${evidence} (value ${value.toFixed(2)}, weight ${weight.toFixed(2)})`,
    }));
}

function stepsSection(prediction: Prediction): Section | null {
  if (prediction.steps.length === 0) return null;
  const rows = prediction.steps.map(({ step, durationMs, fenced }) => {
    const { text, detail } = forecastCell(durationMs, 'ms');
    return [stepName(step), text, detail, fenced ? 'held' : 'served'];
  });
  const columns = columnsOf('Step', '>Takes', '>90 % interval', 'Requests');
  return {
    id: 'steps',
    title: 'Steps',
    lead: 'What happens, one after the other. Bars run from median start to median end.',
    blocks: [
      {
        kind: 'beside',
        blocks: [
          { kind: 'charts', charts: [stepChart(prediction, null)], legend: stepLegend(false) },
          { kind: 'table', title: '', columns, rows, note: '' },
        ],
      },
    ],
  };
}

function chartsSection(prediction: Prediction): Section | null {
  if (prediction.bands.length === 0) return null;
  const charts = bandCharts(prediction, null);
  return {
    id: 'time',
    title: 'Over time',
    lead: 'One execution of the bound request trace. Numbers above a chart are steps at the time they begin.',
    blocks: [{ kind: 'charts', charts, legend: bandLegend(prediction, false) }],
  };
}

function metricsSection(prediction: Prediction): Section {
  return {
    id: 'requests',
    title: 'What requests will feel',
    lead: 'Large: median of one execution; small: its 90 % interval. Change: with the action minus without it, on the same requests, mean of the ensemble over its 95 % interval.',
    blocks: metricTables(prediction),
  };
}

function exactSection({ exact }: Prediction): Section | null {
  if (exact.length === 0) return null;
  const rows = exact.map(({ claim, value, because }) => [
    capitalise(claimMeaning(claim)),
    formatCount(value),
    because,
  ]);
  const columns = columnsOf('Claim', '>Predicted', 'Because');
  const lead = 'Judged without tolerance, whatever the host does.';
  return {
    id: 'exact',
    title: 'Exact claims',
    lead,
    blocks: [{ kind: 'table', title: '', columns, rows, note: '' }],
  };
}

function promisesSection({ slos }: Prediction): Section | null {
  if (slos.length === 0) return null;
  const rows = slos.map(({ metric, phase, limitMs, probability }) => [
    capitalise(metricPhrase(metric)),
    phaseName(phase),
    formatValue(limitMs, 'ms'),
    formatShare(probability),
  ]);
  const columns = columnsOf('Promise', 'Phase', '>At most', '>Chance to break it');
  return {
    id: 'promises',
    title: 'Promises on latency',
    lead: 'Share of the simulated executions of the bound request trace in which the promise is broken.',
    blocks: [{ kind: 'table', title: '', columns, rows, note: '' }],
  };
}

/** A claim in words; a claim that the registry does not know keeps its own name. */
export function claimMeaning(claim: string): string {
  return Object.hasOwn(exactClaims, claim) ? exactClaims[claim as keyof typeof exactClaims] : claim;
}

function blastSection({ blastRadius, cost }: Prediction): Section {
  const { fleets, shards, tenants, trafficShare, degradedMs } = blastRadius;
  const rows: [string, string][] = [
    ['Fleets', namesOrNone(fleets)],
    ['Shards', namesOrNone(shards)],
    ['Tenants', namesOrNone(tenants)],
    ['Share of traffic', formatShare(trafficShare)],
    ['Degraded for', forecastPhrase(degradedMs, 'ms')],
    ['Cost', costPhrase(cost)],
  ];
  return {
    id: 'blast-radius',
    title: 'Blast radius and cost',
    lead: '',
    blocks: [{ kind: 'table', title: '', columns: columnsOf('', 'Touched'), rows, note: '' }],
  };
}

function policySection({ policy }: Prediction): Section {
  const rows = policy.map(({ rule, domain, outcome, enforce, reason }) => [
    verdictCell(outcome),
    rule,
    domain,
    enforce === 'block' ? 'blocks' : 'only watches',
    reason,
  ]);
  return {
    id: 'policy',
    title: 'Policy',
    lead: policy.length === 0 ? 'No rule was evaluated.' : '',
    blocks: [
      {
        kind: 'table',
        title: '',
        columns: columnsOf('Outcome', 'Rule', 'Domain', 'Effect', 'Why'),
        rows,
        note: '',
      },
    ],
  };
}

function parametersSection({ parameters }: Prediction): Section {
  const columns = columnsOf(
    'Parameter',
    '>Value',
    '>90 % interval',
    'Origin',
    '>n',
    'Date',
    'Source',
  );
  const rows = parameters.map((parameter) => [
    { text: parameter.path, ...meaningOf(parameter) },
    formatValue(parameter.value, parameter.unit),
    parameter.interval90 === undefined
      ? '–'
      : formatInterval(parameter.interval90, parameter.unit, parameter.value),
    {
      text: parameter.origin,
      tone: isDoubtful(parameter) ? ('caution' as const) : ('plain' as const),
      ...(parameter.doubts === undefined ? {} : { detail: parameter.doubts.join('; ') }),
    },
    parameter.n === undefined ? '–' : formatCount(parameter.n),
    parameter.date === undefined ? '–' : formatDay(parameter.date),
    parameter.source,
  ]);
  const { evidence } = summariseDoubts(parameters);
  const lead = [
    'Calibrated: measured on this estate. Production statistics: read on a server that does its own work. Given: declared in the estate. Default: documented, but not measured here.',
    ...(evidence === '' ? [] : [`In doubt: ${evidence}.`]),
  ].join(' ');
  return {
    id: 'parameters',
    title: 'Where the model’s numbers come from',
    lead,
    blocks: [{ kind: 'table', title: '', columns, rows, note: '' }],
  };
}

function isDoubtful({ origin, doubts = [] }: Parameter): boolean {
  return origin === 'default' || doubts.length > 0;
}

function meaningOf({ path }: Parameter): { readonly detail?: string } {
  return Object.hasOwn(parameterKinds, path)
    ? { detail: parameterKinds[path as keyof typeof parameterKinds].meaning.replace(/^.*: /, '') }
    : {};
}

function namesOrNone(names: readonly string[]): string {
  return names.length === 0 ? 'none' : `${formatCount(names.length)}: ${listNames(names)}`;
}

function costPhrase({ oneOffUsd, perMonthUsd }: Prediction['cost']): string {
  const monthly = perMonthUsd === 0 ? 'nothing changes' : formatChange(perMonthUsd, 'USD');
  return `${formatValue(oneOffUsd, 'USD')} once; ${monthly} per month afterwards`;
}
