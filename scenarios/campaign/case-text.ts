// Drawn cases as files: the base estate's own text with what was drawn put in, and a scenario that plays on it. Real files,
// so that whoever doubts a case can read it, simulate it and change it.
import { isMap, isSeq, parseDocument, stringify, type Document } from 'yaml';
import { assert } from '../../engine/failure.ts';
import { onlyFleet } from '../../twin/model/platform.ts';
import type { Estate } from '../../twin/estate/estate.ts';
import { formatQuantity } from '../../twin/units.ts';
import type { ClassDraft, EventDraft, LoadDraft } from './kinds/case-draft.ts';
import type { PlatformDraft } from './kinds/platform.ts';

/** The estate that cases are made of: its text and what it says. One fleet with one shard. */
export interface BaseEstate {
  readonly text: string;
  readonly estate: Estate;
}

/** What servers do beside requests in the cases that have it: as often as Postgres allows, so that a short run sees some. */
const maintenance = { autovacuum: 'on', checkpointTimeout: '30s', maxWal: '1GiB' };

/** The text of an estate with this platform and this load. `why` says where it comes from. */
export function caseEstateText(
  base: BaseEstate,
  why: string,
  { platform, load }: { readonly platform: PlatformDraft; readonly load: LoadDraft },
): string {
  const document = parseDocument(base.text);
  assert(isMap(document.contents), 'an estate that was read is a map');
  document.contents.commentBefore = ` ${why}`;
  document.set('why', why);
  for (const [link, delayMs] of platform.delaysMs.entries()) {
    document.setIn(['links', link, 'delay'], formatQuantity('duration', delayMs));
  }
  const fleet = ['fleets', onlyFleet(base.estate).id];
  putPlatform(document, [...fleet, 'shards', 0], platform);
  putSurroundings(document, fleet, platform);
  putLoad(document, fleet, load);
  return document.toString({ lineWidth: 110 });
}

/** The text of a scenario on the estate of a file beside it. */
export function caseScenarioText(facts: {
  readonly name: string;
  readonly why: string;
  readonly estateFile: string;
  readonly warmupMs: number;
  readonly horizonMs: number;
  readonly timeline: readonly EventDraft[];
}): string {
  const { name, why, estateFile, warmupMs, horizonMs, timeline } = facts;
  const hasFault = timeline.some((event) => 'fault' in event);
  return stringify({
    schema: 'premortem/scenario/v1',
    name,
    kind: hasFault ? 'drill' : 'what-if',
    why,
    estate: estateFile,
    horizon: formatQuantity('duration', horizonMs),
    warmup: formatQuantity('duration', warmupMs),
    timeline: timeline.map(eventText),
  });
}

function eventText(event: EventDraft): object {
  const at = formatQuantity('duration', event.atMs);
  if ('action' in event) return { at, action: event.action };
  return { at, fault: event.fault, for: formatQuantity('duration', event.forMs) };
}

function putPlatform(document: Document, shard: readonly unknown[], draft: PlatformDraft): void {
  keepReplicas(document, [...shard, 'replicas'], draft.replicas);
  document.setIn([...shard, 'syncRule'], document.createNode(draft.syncRule));
  document.setIn([...shard, 'commitMode'], draft.commitMode);
  const { dataBytes } = draft;
  document.setIn([...shard, 'data'], dataBytes === null ? null : formatQuantity('size', dataBytes));
  if (draft.maintained) document.setIn([...shard, 'maintenance'], document.createNode(maintenance));
}

function putSurroundings(
  document: Document,
  fleet: readonly unknown[],
  draft: PlatformDraft,
): void {
  const { clientsBeside, failover } = draft;
  if (clientsBeside) {
    const home = document.getIn([...fleet, 'shards', 0, 'primary', 'region']);
    document.setIn(
      [...fleet, 'tenants'],
      document.createNode({ everyone: { home, share: '100%' } }),
    );
  }
  const rule =
    failover === null
      ? null
      : {
          heartbeat: formatQuantity('duration', failover.heartbeatMs),
          lease: formatQuantity('duration', failover.leaseMs),
        };
  document.setIn([...fleet, 'failover'], document.createNode(rule));
}

function keepReplicas(document: Document, path: readonly unknown[], kept: readonly string[]): void {
  const replicas = document.getIn(path);
  assert(isSeq(replicas), 'an estate that was read has a list of replicas');
  replicas.items = replicas.items.filter(
    (replica) => isMap(replica) && kept.includes(String(replica.get('id'))),
  );
}

function putLoad(
  document: Document,
  fleet: readonly unknown[],
  { poolSize, classes }: LoadDraft,
): void {
  const texts = classes.map((one) => [one.id, classText(one)] as const);
  const slos = classes.map(({ id, limitMs }) => ({
    class: id,
    stat: 'p95',
    limit: formatQuantity('duration', limitMs),
  }));
  document.setIn([...fleet, 'classes'], document.createNode(Object.fromEntries(texts)));
  document.setIn([...fleet, 'pool', 'size'], poolSize);
  document.setIn([...fleet, 'slos'], document.createNode(slos));
}

function classText({ kind, ratePerSec, size }: ClassDraft): object {
  const rate = `${ratePerSec}/s`;
  return size === null ? { kind, rate } : { kind, rate, size };
}
