// What can be wrong with a timeline: entries that are neither action nor fault, times outside the run, kinds of scenario that
// say something else than their entries, deeds that the estate does not allow. Called by `load.ts`, which has the text.
import { actionKindOf, shardsOfAction } from '../twin/actions/index.ts';
import type { Estate } from '../twin/estate/estate.ts';
import type { Fault } from '../twin/faults/fault.ts';
import { faultObstacles, shardsOfFault } from '../twin/faults/index.ts';
import type { Finding, Path } from '../twin/findings.ts';
import { formatQuantity } from '../twin/units.ts';
import type { Deed, Scenario, TimelineEntry } from './scenario.ts';
import type { ScenarioInput } from './schema.ts';

type EntryInput = ScenarioInput['timeline'][number];

/** Everything that can be told without the estate. */
export function checkTimeline(input: ScenarioInput): readonly Finding[] {
  return [
    ...checkWarmup(input),
    ...input.timeline.flatMap((entry, index) => checkEntry(entry, ['timeline', index])),
    ...input.timeline.flatMap((_, index) => checkTime(input, index)),
    ...checkKind(input),
  ];
}

/** The entries of a timeline that `checkTimeline` had nothing to say about. */
export function resolveTimeline(entries: ScenarioInput['timeline']): readonly TimelineEntry[] {
  return entries.flatMap((entry): TimelineEntry[] => {
    const deed = deedOf(entry);
    return deed === null ? [] : [{ when: { kind: 'at', ms: entry.at }, do: deed }];
  });
}

/** Deeds that this estate does not allow. */
export function checkDeeds(scenario: Scenario, estate: Estate): readonly Finding[] {
  return [
    ...scenario.timeline.flatMap((entry, index) => checkDeed(entry.do, index, estate)),
    ...checkRepeated(scenario, estate),
  ];
}

function deedOf({ action, fault, for: forMs }: EntryInput): Deed | null {
  if (action !== undefined) return { kind: 'action', action };
  return fault === undefined || forMs === undefined ? null : { kind: 'fault', fault, forMs };
}

function checkEntry({ action, fault, for: forMs }: EntryInput, path: Path): readonly Finding[] {
  if (action === undefined && fault === undefined) {
    return [{ path, message: 'does nothing', remedy: 'give it an action or a fault' }];
  }
  if (action !== undefined && fault !== undefined) {
    const remedy = 'write two entries; they may have the same time';
    return [{ path: [...path, 'fault'], message: 'stands beside an action', remedy }];
  }
  if (action !== undefined && forMs !== undefined) {
    const remedy = 'an action lasts as long as its steps take; only a fault has a time to last';
    return [{ path: [...path, 'for'], message: 'belongs to no fault', remedy }];
  }
  if (fault === undefined || forMs !== undefined) return [];
  const remedy = 'say when the fault ends by itself: for: 10s';
  return [{ path: [...path, 'for'], message: 'missing', remedy }];
}

function checkWarmup({ horizon, warmup }: ScenarioInput): readonly Finding[] {
  if (warmup < horizon) return [];
  return [
    {
      path: ['warmup'],
      message: `does not end before the horizon (${formatQuantity('duration', horizon)})`,
      remedy: 'shorten the warm-up or lengthen the horizon',
    },
  ];
}

function checkTime({ horizon, warmup, timeline }: ScenarioInput, index: number): Finding[] {
  const at = timeline[index]?.at ?? 0;
  const forMs = timeline[index]?.for ?? 0;
  const text = (ms: number): string => formatQuantity('duration', ms);
  const path = ['timeline', index, 'at'];
  const findings: Finding[] = [];
  if (at < warmup || at >= horizon) {
    findings.push({
      path,
      message: `${text(at)} is not between the end of the warm-up (${text(warmup)}) and the horizon (${text(horizon)})`,
      remedy: 'metrics of the time before an action or a fault need some of it',
    });
  } else if (at + forMs >= horizon) {
    findings.push({
      path: ['timeline', index, 'for'],
      message: `ends at ${text(at + forMs)}, not before the horizon (${text(horizon)})`,
      remedy: 'shorten the fault or lengthen the horizon: what follows it belongs to the answer',
    });
  }
  if (at < (timeline[index - 1]?.at ?? 0)) {
    findings.push({
      path,
      message: 'is earlier than the entry before it',
      remedy: 'write the timeline in the order of its times',
    });
  }
  return findings;
}

/** A reader must be able to tell from the first lines whether something is going to be broken. */
function checkKind({ kind, timeline }: ScenarioInput): readonly Finding[] {
  const hasFault = timeline.some(({ fault }) => fault !== undefined);
  if (hasFault === (kind === 'drill')) return [];
  return hasFault
    ? [{ path: ['kind'], message: 'a what-if breaks nothing', remedy: 'write kind: drill' }]
    : [{ path: ['kind'], message: 'a drill has a fault', remedy: 'write kind: what-if' }];
}

function checkDeed(deed: Deed, index: number, estate: Estate): readonly Finding[] {
  switch (deed.kind) {
    case 'action': {
      const found = actionKindOf(deed.action).obstacles(deed.action, estate);
      return found.map((one) => ({ ...one, path: ['timeline', index, 'action', one.path] }));
    }
    case 'fault': {
      const found = faultObstacles(deed.fault, estate);
      return found.map((one) => ({ ...one, path: ['timeline', index, 'fault', ...one.path] }));
    }
  }
}

/** Steps follow from the declared topology, which a shard's first action or crash changes; and a fault is not doubled. */
function checkRepeated({ timeline }: Scenario, estate: Estate): readonly Finding[] {
  const changed = new Set<string>();
  const struck = new Set<string>();
  return timeline.flatMap((entry, index): Finding[] => {
    const path = ['timeline', index, entry.do.kind];
    const isRepeated = entry.do.kind === 'fault' && struck.has(targetOf(entry.do.fault));
    if (entry.do.kind === 'fault') struck.add(targetOf(entry.do.fault));
    if (isRepeated) {
      return [{ path, message: 'the same is broken by an earlier entry', remedy: 'break it once' }];
    }
    const shards = shardsChanged(entry.do, estate);
    const [again] = shards.filter((shard) => changed.has(shard));
    for (const shard of shards) changed.add(shard);
    if (again === undefined) return [];
    return [
      {
        path: entry.do.kind === 'action' ? [...path, 'shard'] : [...path, 'node'],
        message: `an earlier entry already changes "${again}"`,
        remedy: 'give each shard one action or crash per scenario',
      },
    ];
  });
}

function shardsChanged(deed: Deed, estate: Estate): readonly string[] {
  if (deed.kind === 'action') return shardsOfAction(deed.action);
  return deed.fault.kind === 'crash' ? shardsOfFault(deed.fault, estate) : [];
}

function targetOf(fault: Fault): string {
  return fault.kind === 'limit-bandwidth'
    ? `${fault.kind} ${fault.between.toSorted().join(' ')}`
    : `${fault.kind} ${fault.node}`;
}
