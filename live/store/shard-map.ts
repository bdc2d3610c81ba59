// The shard map's truth: who leads each shard, with an epoch that only grows. Routers hold copies of it; an executor that
// was overtaken cannot move it back.
import type { ShardAssignment } from '../../twin/change/register.ts';
import type { Ledger } from './ledger.ts';

export class ShardMap {
  readonly #ledger: Ledger;
  readonly #actor: string;

  constructor(ledger: Ledger, actor: string) {
    this.#ledger = ledger;
    this.#actor = actor;
  }

  /** The assignment of a shard, or undefined before its first one. */
  async get(shard: string): Promise<ShardAssignment | undefined> {
    return (await this.#ledger.register()).shards.get(shard);
  }

  /** Assigns a shard to a primary. The same values again are a no-op; an epoch that is not newer is refused. */
  async switch(shard: string, primary: string, epoch: number): Promise<void> {
    await this.#ledger.append(({ shards }) => {
      const current = shards.get(shard);
      if (current?.primary === primary && current.epoch === epoch) return null;
      return {
        event: {
          type: 'premortem.shard.assigned',
          subject: `shard/${shard}`,
          data: { primary, epoch },
        },
        actor: this.#actor,
      };
    });
  }
}
