// The failover monitor of a lab: hears the heart of every primary that it was told to watch and replaces one that it gives
// up. Off until it is told: a planned change stops primaries, too, and is run without anybody in its back, as operators
// pause theirs for maintenance.
import { UserError } from '../../../engine/failure.ts';
import type { FailoverRule } from '../../../twin/estate/estate.ts';
import { failoverStepId } from '../../../twin/failover/steps.ts';
import type { Cluster } from '../cluster.ts';
import type { FaultContext } from '../faults/performer.ts';
import type { LoadProcess } from '../load-process.ts';
import { Heart, type Death } from './heart.ts';
import { rejoin, replacePrimary, type Replacement } from './replace-primary.ts';

/** What to watch: who leads a shard by which epoch of its map, and when to give it up. */
export interface WatchOrder {
  readonly shard: string;
  readonly primary: string;
  readonly epoch: number;
  readonly rule: FailoverRule;
}

/** A failover from the moment that it was seen to be needed. */
export interface Failover {
  readonly former: string;
  /** Resolves when another node leads and requests go there; rejects when nobody could be promoted. */
  readonly replaced: Promise<{ readonly primary: string; readonly epoch: number }>;
  /** Brings the former primary back as a standby. */
  readonly rejoin: () => Promise<void>;
}

type Report = FaultContext['report'];

/** Who leads a shard, and who hears its heart; between a death and the end of its failover nobody does. */
interface Ward {
  readonly order: WatchOrder;
  heart: Heart | null;
  /** Whoever wants to know what is done about the next death. */
  witness: { readonly report: Report; readonly tell: (failover: Failover) => void } | null;
  failover: Promise<unknown>;
}

export class Monitor {
  readonly #cluster: Cluster;
  readonly #load: LoadProcess;
  readonly #wards = new Map<string, Ward>();

  constructor(cluster: Cluster, load: LoadProcess) {
    this.#cluster = cluster;
    this.#load = load;
  }

  /** Watches a primary from now on, in place of whatever was watched for this shard. Rejects when it does not answer. */
  async watch(order: WatchOrder): Promise<void> {
    this.#cluster.shard(order.shard);
    await this.unwatch(order.shard);
    const ward: Ward = { order, heart: null, witness: null, failover: Promise.resolve() };
    ward.heart = await this.#listen(ward, order.primary);
    this.#wards.set(order.shard, ward);
  }

  /** Ends the watch of a shard; a failover that has begun comes to its end first. */
  async unwatch(shard: string): Promise<void> {
    const ward = this.#wards.get(shard);
    if (ward === undefined) return;
    this.#wards.delete(shard);
    ward.heart?.close();
    await ward.failover.catch(() => undefined);
    ward.heart?.close();
  }

  /** What is done about the next death of the primary of this shard. Throws UserError('refused') when it is not watched. */
  expectDeath(node: string, report: Report): Promise<Failover> {
    const ward = [...this.#wards.values()].find((one) => one.order.primary === node);
    if (ward === undefined) {
      throw new UserError('refused', {
        message: `nobody watches ${node}, so nobody would replace it`,
        remedy: 'let the monitor watch its shard first',
      });
    }
    return new Promise((tell) => {
      ward.witness = { report, tell };
    });
  }

  async close(): Promise<void> {
    await Promise.all([...this.#wards.keys()].map((shard) => this.unwatch(shard)));
  }

  async #listen(ward: Ward, node: string): Promise<Heart> {
    const address = await this.#cluster.monitorAddress(node);
    return Heart.of(address, ward.order.rule, (death) => this.#replace(ward, node, death));
  }

  #replace(ward: Ward, former: string, death: Death): void {
    const shard = this.#cluster.shard(ward.order.shard);
    const { witness } = ward;
    const report: Replacement['report'] = (step, state, evidence = {}) =>
      witness?.report(failoverStepId(shard, step), state, { evidence });
    report('detect', 'done', { sign: death.sign });
    const replacement: Replacement = {
      cluster: this.#cluster,
      load: this.#load,
      shard,
      former,
      epoch: ward.order.epoch,
      report,
    };
    const replaced = replacePrimary(replacement);
    ward.failover = replaced.then((next) => this.#goOn(ward, next));
    // Told to whoever waits for the failover; without a witness the daemon goes on, and the shard has no primary.
    ward.failover.catch(() => undefined);
    witness?.tell({
      former,
      replaced,
      rejoin: async () => rejoin(replacement, (await replaced).primary),
    });
  }

  /** The new primary is watched like the one before. */
  async #goOn(
    ward: Ward,
    next: { readonly primary: string; readonly epoch: number },
  ): Promise<void> {
    if (this.#wards.get(ward.order.shard) !== ward) return;
    const order = { ...ward.order, ...next };
    const successor: Ward = { order, heart: null, witness: null, failover: Promise.resolve() };
    this.#wards.set(order.shard, successor);
    successor.heart = await this.#listen(successor, next.primary);
  }
}
