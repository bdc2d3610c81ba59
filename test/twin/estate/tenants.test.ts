// Which shard a tenant is on, and how much it has there: as the file says, or as the order of the file makes it.
import { describe, expect, it } from 'vitest';
import { loadEstate } from '../../../scenarios/load.ts';
import { edited, estateMistakes, shardsEstateText } from '../../scenarios/library.ts';

describe('an estate', () => {
  it('puts tenants on the shards that they name, and the others on all of them in turn', () => {
    const read = (text: string): unknown =>
      loadEstate(text, 'lab-shards.yaml').fleets[0]?.tenants.map(({ id, shard, dataBytes }) => [
        id,
        shard,
        dataBytes,
      ]);
    expect(read(shardsEstateText)).toEqual([
      ['acme', 'orders-0', 64 * 1024 ** 2],
      ['globex', 'orders-0', null],
    ]);
    expect(read(shardsEstateText.replaceAll(', shard: orders-0', ''))).toEqual([
      ['acme', 'orders-0', 64 * 1024 ** 2],
      ['globex', 'orders-1', null],
    ]);
    expect(
      estateMistakes(edited(shardsEstateText, ['40%, shard: orders-0', '40%, shard: orders-2'])),
    ).toEqual([
      expect.stringContaining(
        'fleets.orders.tenants.globex.shard: unknown shard "orders-2"; did you mean orders-0 or orders-1?',
      ),
    ]);
  });
});
