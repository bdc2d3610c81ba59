// The testimony of a stopped server, read from hand-made bytes in the layout of the server's own header file.
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { endianness, tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import { formatLsn, readControlFile } from '../../live/bridge/control-file.ts';
import { lsnBytes } from '../../live/bridge/topology.ts';

const directory = await mkdtemp(join(tmpdir(), 'premortem-control-'));
await mkdir(join(directory, 'global'));
afterAll(() => rm(directory, { recursive: true, force: true }));

async function writeControl(state: number, lsn: bigint, timeline: number): Promise<void> {
  const view = new DataView(new ArrayBuffer(8_192));
  const isLittle = endianness() === 'LE';
  view.setBigUint64(0, 7_430_000_000_000_000_001n, isLittle);
  view.setUint32(16, state, isLittle);
  view.setBigUint64(32, lsn, isLittle);
  view.setUint32(48, timeline, isLittle);
  await writeFile(join(directory, 'global', 'pg_control'), new Uint8Array(view.buffer));
}

describe('a control file', () => {
  it('says how its server ended and how far its log goes', async () => {
    await writeControl(1, lsnBytes('0/3000060'), 4);
    expect(await readControlFile(directory)).toEqual({
      systemIdentifier: '7430000000000000001',
      end: 'shut-down',
      checkpointLsn: 0x3000060n,
      timeline: 4,
    });
  });

  it('tells a clean shutdown from every other end', async () => {
    const ends: string[] = [];
    for (let state = 0; state <= 7; state++) {
      await writeControl(state, 1n, 1);
      ends.push((await readControlFile(directory)).end);
    }
    expect(ends).toEqual([
      'not-shut-down',
      'shut-down',
      'stopped-standby',
      'not-shut-down',
      'not-shut-down',
      'running-standby',
      'not-shut-down',
      'not-shut-down',
    ]);
  });

  it('that is missing or cut short is a mistake with a remedy', async () => {
    await writeFile(join(directory, 'global', 'pg_control'), new Uint8Array(20));
    await expect(readControlFile(directory)).rejects.toThrow('20 bytes');
    await expect(readControlFile(join(directory, 'nowhere'))).rejects.toThrow('ENOENT');
  });
});

describe('a log position', () => {
  it('reads back as it was written', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }), (lsn) => {
        expect(lsnBytes(formatLsn(lsn))).toBe(lsn);
      }),
    );
  });
});
