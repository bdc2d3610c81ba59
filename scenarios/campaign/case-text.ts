// Drawn cases as files: the base estate's own text with what was drawn put in, and a scenario that plays on it. Real files,
// so that whoever doubts a case can read it, simulate it and change it.
import { isMap, isSeq, parseDocument, stringify, type Document } from 'yaml';
import { assert } from '../../engine/failure.ts';
import { onlyFleet } from '../../twin/model/platform.ts';
import type { Estate } from '../../twin/estate/estate.ts';
import { formatQuantity } from '../../twin/units.ts';
import type { ClassDraft, EventDraft, LoadDraft } from './kinds/case-draft.ts';
import type { PlatformDraft } from './kinds/platform.ts';

/** The estate that cases are made of: its text and what it says. One fleet, everybody on its first shard. */
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
  putTenantCopy(document, fleet, base.estate, platform);
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

/** Rows of tenants and the shard that they can go to, where they go; a case that copies none does without both. */
function putTenantCopy(
  document: Document,
  fleet: readonly unknown[],
  { links, fleets }: Estate,
  { tenantCopy }: PlatformDraft,
): void {
  for (const { id } of fleets.flatMap(({ tenants }) => tenants))
    document.deleteIn([...fleet, 'tenants', id, 'data']);
  const shards = document.getIn([...fleet, 'shards']);
  assert(isSeq(shards), 'an estate that was read has a list of shards');
  shards.items = shards.items.slice(0, tenantCopy === null ? 1 : 2);
  if (tenantCopy === null) return;
  const { tenant, dataBytes, to, bytesPerSec } = tenantCopy;
  document.setIn([...fleet, 'tenants', tenant, 'data'], formatQuantity('size', dataBytes));
  document.setIn([...fleet, 'shards', 1, 'primary', 'region'], to.region);
  document.setIn([...fleet, 'shards', 1, 'primary', 'zone'], to.zone);
  const home = fleets.flatMap((one) => one.shards)[0]?.primary.region ?? '';
  const link = links.findIndex(
    ({ between }) => between.includes(home) && between.includes(to.region),
  );
  if (bytesPerSec !== null && link >= 0) {
    document.setIn(['links', link, 'bandwidth'], formatQuantity('bandwidth', bytesPerSec));
  }
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
