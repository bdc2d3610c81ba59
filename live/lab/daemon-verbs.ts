// What the lab's control socket understands: verbs, the shape of their arguments, and what is done. Each verb may be
// repeated by an executor that resumes after a crash; asking for what is already so changes nothing.
import { z } from 'zod';
import { UserError } from '../../engine/failure.ts';
import type { Link } from '../../twin/estate/estate.ts';
import type { ControlHandler } from '../control-socket.ts';
import { faultSchema } from '../../twin/faults/fault.ts';
import type { Cluster } from './cluster.ts';
import type { Monitor } from './failover/monitor.ts';
import type { FaultDesk } from './faults/fault-desk.ts';
import type { LoadProcess } from './load-process.ts';

const nodeArguments = z.strictObject({ node: z.string() });
const stopArguments = z.strictObject({ node: z.string(), mode: z.enum(['fast', 'immediate']) });
const standbyArguments = z.strictObject({ node: z.string(), upstream: z.string() });
const copyArguments = standbyArguments.extend({ bytesPerSec: z.number().positive() });
const linksArguments = z.strictObject({
  links: z.array(
    z.strictObject({
      between: z.tuple([z.string(), z.string()]),
      delayMs: z.number().nonnegative(),
      bandwidthBytesPerSec: z.number().positive().nullable(),
    }),
  ),
});
const loadArguments = z.strictObject({ config: z.record(z.string(), z.unknown()) });
const watchArguments = z.strictObject({
  shard: z.string(),
  primary: z.string(),
  epoch: z.int().nonnegative(),
  rule: z.strictObject({ heartbeatMs: z.number().positive(), leaseMs: z.number().positive() }),
});
const shardArguments = z.strictObject({ shard: z.string() });
const injectArguments = z.strictObject({
  id: z.string(),
  fault: faultSchema,
  forMs: z.number().positive(),
});
const faultArguments = z.strictObject({ id: z.string() });
const noArguments = z.strictObject({});

/** What the verbs act on. `shutDown` begins the end of the daemon and returns at once. */
export interface VerbTargets {
  readonly cluster: Cluster;
  readonly load: LoadProcess;
  readonly faults: FaultDesk;
  readonly monitor: Monitor;
  readonly links: readonly Link[];
  readonly shutDown: () => void;
}

export function labVerbs(targets: VerbTargets): Readonly<Record<string, ControlHandler>> {
  const { cluster, load, faults, monitor, shutDown } = targets;
  let links = targets.links;
  return {
    status: verb('status', noArguments, async () => ({
      nodes: cluster.states(),
      links,
      load: await load.status(),
    })),
    'set-links': verb('set-links', linksArguments, (args) => {
      cluster.setLinks(args.links);
      links = mergeLinks(links, args.links);
      return { links };
    }),
    'stop-node': verb('stop-node', stopArguments, ({ node, mode }) => cluster.stopNode(node, mode)),
    'start-node': verb('start-node', nodeArguments, ({ node }) => cluster.startNode(node)),
    'configure-standby': verb('configure-standby', standbyArguments, ({ node, upstream }) =>
      cluster.configureStandby(node, upstream),
    ),
    'rebuild-node': verb('rebuild-node', standbyArguments, ({ node, upstream }) =>
      cluster.rebuildNode(node, upstream),
    ),
    'copy-node': verb('copy-node', copyArguments, ({ node, ...order }) =>
      cluster.copyNode(node, order),
    ),
    'watch-shard': verb('watch-shard', watchArguments, async (order) => {
      await monitor.watch(order);
      return {};
    }),
    'unwatch-shard': verb('unwatch-shard', shardArguments, async ({ shard }) => {
      await monitor.unwatch(shard);
      return {};
    }),
    'inject-fault': verb('inject-fault', injectArguments, ({ id, fault, forMs }) =>
      faults.inject(id, fault, forMs),
    ),
    'fault-status': verb('fault-status', faultArguments, ({ id }) => faults.standing(id)),
    'end-fault': verb('end-fault', faultArguments, ({ id }) => faults.end(id)),
    'load-start': verb('load-start', loadArguments, ({ config }) => load.start(config)),
    'load-status': verb('load-status', noArguments, () => load.status()),
    'load-stop': verb('load-stop', noArguments, () => load.stop()),
    shutdown: verb('shutdown', noArguments, () => {
      // The answer goes out first; the caller then waits for the process to end.
      setImmediate(shutDown);
      return {};
    }),
  };
}

/** A handler that checks its arguments first and says what is wrong with them. */
function verb<A>(
  name: string,
  schema: z.ZodType<A>,
  perform: (args: A) => Promise<object> | object,
): ControlHandler {
  return (args) => {
    const parsed = schema.safeParse(args ?? {});
    if (parsed.success) return perform(parsed.data);
    throw new UserError(
      'usage',
      parsed.error.issues.map(({ path, message }) => ({
        message: `${name}: ${message}`,
        place: { path: path.join('.') },
      })),
    );
  };
}

function mergeLinks(links: readonly Link[], changes: readonly Link[]): readonly Link[] {
  const key = ({ between }: Link): string => between.toSorted().join('\n');
  const merged = new Map([...links, ...changes].map((link) => [key(link), link]));
  return [...merged.values()];
}
