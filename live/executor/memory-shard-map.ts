// A shard map in memory, under the same rules as the one in the store: for runs that nobody else routes by, such as
// practice promotions.
import { assert } from '../../engine/failure.ts';
import type { ShardMapStore } from '../bridge/step-driver.ts';

interface Entry {
  readonly primary: string;
  readonly epoch: number;
}

export class MemoryShardMap implements ShardMapStore {
  readonly #entries = new Map<string, Entry>();

  constructor(shard: string, primary: string) {
    this.#entries.set(shard, { primary, epoch: 1 });
  }

  get(shard: string): Promise<Entry | undefined> {
    return Promise.resolve(this.#entries.get(shard));
  }

  switch(shard: string, primary: string, epoch: number): Promise<void> {
    const current = this.#entries.get(shard);
    const isSame = current?.primary === primary && current.epoch === epoch;
    assert(isSame || epoch > (current?.epoch ?? 0), 'an epoch of a shard map grows');
    this.#entries.set(shard, { primary, epoch });
    return Promise.resolve();
  }
}
