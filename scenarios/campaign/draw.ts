// The cases of a campaign: which kind stands at which number, and everything about it, drawn from the seed alone. Case
// number 7 is the same whether a campaign has 8 cases or 800, and whether the others were played or not.
import { assert } from '../../engine/failure.ts';
import { loadEstate, loadScenario, checkScenario } from '../load.ts';
import type { Estate } from '../../twin/estate/estate.ts';
import { onlyFleet } from '../../twin/model/platform.ts';
import type { Scenario } from '../scenario.ts';
import type { Campaign } from './campaign.ts';
import { caseEstateText, caseScenarioText, type BaseEstate } from './case-text.ts';
import { Dice } from './dice.ts';
import type { CaseDraft, DrawContext } from './kinds/case-draft.ts';
import { caseKinds, drawDraft, type CaseKind } from './kinds/index.ts';
import { onlyShard } from './kinds/platform.ts';

/** What cases are drawn from. */
export interface Course {
  readonly campaign: Campaign;
  readonly base: BaseEstate;
  readonly seed: string;
}

/** Which case: enough to draw it. */
export interface CaseNumber {
  readonly id: string;
  readonly index: number;
  readonly kind: CaseKind;
}

/** A case before it is predicted and played. The texts are files that `premortem simulate` reads. */
export interface DrawnCase extends CaseNumber {
  readonly estateText: string;
  readonly scenarioText: string;
  readonly estate: Estate;
  readonly scenario: Scenario;
  /** Seed of the prediction, and so of the trace that every repetition plays. */
  readonly traceSeed: string;
  readonly repetitions: number;
  /** Does each repetition need servers that nothing was done to? */
  readonly freshServers: boolean;
  /** For tables and bands; `utilisation` is a share of 1. */
  readonly conditions: Readonly<Record<string, number | string>>;
}

/** Names of a drawn case's files, which refer to each other. */
export const caseFiles = { estate: 'estate.yaml', scenario: 'scenario.yaml' } as const;

/** The case at a place of the campaign, without drawing it. */
export function numberCase({ campaign, seed }: Course, index: number): CaseNumber {
  const kind = kindAt(campaign, seed, index);
  return { id: `${seed}-${String(index).padStart(3, '0')}-${kind}`, index, kind };
}

/** Draws the case at a place of the campaign. */
export function drawCase(course: Course, index: number): DrawnCase {
  const { campaign, base } = course;
  const number = numberCase(course, index);
  const draft = drawDraft(number.kind, campaign.kinds, contextOf(course, index));
  const why = `Case ${number.id} of campaign ${campaign.name}: drawn from its seed, by nobody.`;
  const estateText = caseEstateText(base, why, draft);
  const scenarioText = caseScenarioText({
    name: `${campaign.name}/${number.id.toLowerCase()}`,
    why,
    estateFile: caseFiles.estate,
    warmupMs: campaign.warmupMs,
    horizonMs: campaign.warmupMs + wholeSeconds(draft.lengthMs),
    timeline: draft.timeline,
  });
  const estate = loadEstate(estateText, caseFiles.estate);
  const scenario = loadScenario(scenarioText, caseFiles.scenario);
  checkScenario(scenario, estate, caseFiles.scenario, scenarioText);
  return {
    ...number,
    estateText,
    scenarioText,
    estate,
    scenario,
    traceSeed: number.id,
    repetitions: campaign.repetitions,
    freshServers: draft.timeline.length > 0,
    conditions: conditionsOf(draft, estate),
  };
}

/** Each kind as often as its weight says in every block of cases, in an order of the block's own. */
function kindAt({ kinds }: Campaign, seed: string, index: number): CaseKind {
  const block = caseKinds.flatMap((kind) =>
    Array.from({ length: kinds[kind]?.weight ?? 0 }, () => kind),
  );
  const number = Math.floor(index / block.length);
  const kind = new Dice(seed, number).shuffle('kinds', block)[index % block.length];
  assert(kind !== undefined, 'a campaign has at least one kind of case');
  return kind;
}

function contextOf({ campaign, base, seed }: Course, index: number): DrawContext {
  const { samples, repetitions, repetitionMs } = campaign;
  const [leastMs, mostMs] = repetitionMs;
  return {
    dice: new Dice(seed, index),
    base: base.estate,
    resolve: (platform, load) =>
      loadEstate(caseEstateText(base, 'outline', { platform, load }), caseFiles.estate),
    warmupMs: campaign.warmupMs,
    lengthFor: (busiestPerSec) =>
      Math.min(mostMs, Math.max(leastMs, (1_000 * samples) / (repetitions * busiestPerSec))),
  };
}

function wholeSeconds(ms: number): number {
  return Math.ceil(ms / 1_000) * 1_000;
}

function conditionsOf(draft: CaseDraft, estate: Estate): DrawnCase['conditions'] {
  const { platform, load } = draft;
  const { classes } = onlyFleet(estate);
  const { replicas, syncRule } = onlyShard(estate);
  const rule =
    syncRule === null ? 'none' : `${syncRule.method} ${syncRule.count} of ${replicas.length}`;
  return {
    utilisation: Math.round(load.utilisation * 1_000) / 1_000,
    classes: classes.map(({ kind }) => kind).join(' + '),
    requestsPerSec: Math.round(classes.reduce((sum, { ratePerSec }) => sum + ratePerSec, 0)),
    pool: load.poolSize,
    commitMode: platform.commitMode,
    waitsFor: rule,
    standbys: replicas.length,
    delaysMs: delaysUsed(estate),
    maintenance: platform.maintained ? 'on' : 'off',
    ...actionsOf(draft),
    ...faultsOf(draft),
  };
}

/** What is done, in the words of its scenario. */
function actionsOf({ timeline, platform }: CaseDraft): DrawnCase['conditions'] {
  const actions = timeline.flatMap((event) => ('action' in event ? [event.action] : []));
  if (actions.length === 0) return {};
  const dataBytes = platform.tenantCopy?.dataBytes ?? platform.dataBytes;
  const data = dataBytes === null ? {} : { dataBytes };
  return { action: actions.map((action) => Object.values(action).join(' ')).join('; '), ...data };
}

/** What breaks, and for how long. */
function faultsOf({ timeline }: CaseDraft): DrawnCase['conditions'] {
  const faults = timeline.flatMap((event) => ('fault' in event ? [event] : []));
  const texts = faults.map(({ fault, forMs }) =>
    [...Object.values(fault).flat(), `for ${forMs / 1_000} s`].join(' '),
  );
  return texts.length === 0 ? {} : { fault: texts.join('; ') };
}

/** One-way delays between the regions where somebody is. */
function delaysUsed(estate: Estate): string {
  const { primary, replicas } = onlyShard(estate);
  const homes = onlyFleet(estate).tenants.map(({ home }) => home);
  const places = new Set([primary.region, ...replicas.map(({ region }) => region), ...homes]);
  return estate.links
    .filter(({ between }) => between.every((region) => places.has(region)))
    .map(({ delayMs }) => String(delayMs))
    .join(' / ');
}
