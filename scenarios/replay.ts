// One replication of a prediction once more, with somebody who looks on: what became of one request, what happened on one shard,
// or what an action or a fault did, step by step. It is the same execution to the last event, as its fingerprint says.
import { nearestNames, UserError } from '../engine/failure.ts';
import { findShard, nodesOf, type Estate } from '../twin/estate/estate.ts';
import { stepIdsOfFault } from '../twin/faults/steps.ts';
import { onlyFleet } from '../twin/model/platform.ts';
import {
  requestStages,
  type ReplayDocument,
  type ReplayEntry,
  type ReplayFocus,
} from '../twin/replay.ts';
import type { Trace } from '../twin/trace.ts';
import { traceOfReplication, worldOf, type ReplicationInput } from './replication.ts';
import { faultsOf } from './scenario.ts';
import { playTimeline } from './timeline.ts';

/** `request:1234`, `shard:orders-0`, `process:action`. Throws UserError('usage') for anything else. */
export function parseFocus(text: string): ReplayFocus {
  const [kind = '', ...rest] = text.split(':');
  const name = rest.join(':');
  if (kind === 'request' && /^\d+$/.test(name)) return { kind, request: Number(name) };
  if (kind === 'shard' && name !== '') return { kind, shard: name };
  if (kind === 'process' && (name === 'action' || name === 'fault')) return { kind, process: name };
  throw new UserError('usage', {
    message: `"${text}" is nothing that can be looked at`,
    remedy: 'give request:<number>, shard:<id>, process:action or process:fault',
  });
}

/**
 * Plays it and writes down what happened up to `untilMs`. Throws UserError('input') for a request or a shard that the scenario
 * does not have.
 */
export async function replay(
  input: ReplicationInput,
  focus: ReplayFocus,
  untilMs: number,
): Promise<ReplayDocument> {
  const { scenario, estate, seed, index, kind } = input;
  const trace = traceOfReplication(input);
  const seen: Omit<ReplayEntry, 'sinceMs'>[] = [];
  const subject = subjectOf(focus, estate, trace);
  const note = (atMs: number, what: string, detail: string): void => {
    if (atMs <= untilMs) seen.push({ atMs, what, detail });
  };
  let events = 0;
  const own = focus.kind === 'shard' ? handlersOf(focus.shard, estate) : null;
  const world = worldOf(input, trace, {
    observer: (atMs, handler, argument) => {
      events++;
      if (own?.(handler) === true) note(atMs, handler, argument === 0 ? '' : String(argument));
    },
    ...(focus.kind === 'request'
      ? {
          watch: {
            request: focus.request,
            note: (stage, atMs) => note(atMs, stage, requestStages[stage]),
          },
        }
      : {}),
  });
  const { steps } = await playTimeline(world, scenario);
  if (focus.kind !== 'request') {
    const ofFaults = new Set(faultsOf(scenario).flatMap((one) => stepIdsOfFault(one, estate)));
    for (const { step, state, atMs } of steps) {
      if (focus.kind === 'shard' || ofFaults.has(step) === (focus.process === 'fault'))
        note(atMs, `${step} ${state}`, '');
    }
  }
  const entries = seen.toSorted((a, b) => a.atMs - b.atMs);
  return {
    schema: 'premortem/replay/v1',
    scenario: scenario.name,
    estate: estate.name,
    seed,
    kind,
    replication: index,
    focus,
    subject,
    untilMs,
    entries: entries.map((entry, at) => {
      const before = entries[at - 1];
      return { ...entry, sinceMs: before === undefined ? null : entry.atMs - before.atMs };
    }),
    events,
    fingerprint: world.fingerprint(),
  };
}

/** Stations and processes of a shard's servers are named after them. */
function handlersOf(shardId: string, estate: Estate): (handler: string) => boolean {
  const shard = findShard(estate, shardId)?.shard;
  const nodes = shard === undefined ? [] : nodesOf(shard).map(({ id }) => `${id}/`);
  return (handler) => nodes.some((node) => handler.startsWith(node));
}

function subjectOf(focus: ReplayFocus, estate: Estate, trace: Trace): string {
  switch (focus.kind) {
    case 'request':
      return requestText(focus.request, trace);
    case 'shard': {
      const ids = onlyFleet(estate).shards.map(({ id }) => id);
      if (ids.includes(focus.shard)) return `shard ${focus.shard}`;
      const [near] = nearestNames(focus.shard, ids, 1);
      throw new UserError('input', {
        message: `estate ${estate.name} has no shard "${focus.shard}"`,
        remedy: near === undefined ? `choose from ${ids.join(', ')}` : `did you mean ${near}?`,
      });
    }
    case 'process':
      return `the scenario’s ${focus.process}s`;
    default:
      return focus satisfies never;
  }
}

function requestText(request: number, trace: Trace): string {
  if (request >= trace.count) {
    throw new UserError('input', {
      message: `there is no request ${request}: the trace has ${trace.count}`,
      remedy: `give a number from 0 to ${trace.count - 1}`,
    });
  }
  const name = trace.classes[trace.classOf[request] ?? 0] ?? '';
  const tenant = trace.tenants[trace.tenantOf[request] ?? 0] ?? '';
  return `request ${request}, a ${name} of ${tenant}, size ${Number((trace.size[request] ?? 0).toPrecision(6))}`;
}
