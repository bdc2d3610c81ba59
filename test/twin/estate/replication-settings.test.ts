// What an estate says about replication: links and what they carry, commit modes, and what servers do by themselves.
import { describe, expect, it } from 'vitest';
import { loadEstate } from '../../../scenarios/load.ts';
import { estateDigest } from '../../../twin/estate/digest.ts';
import { edited, estateMistakes, labEstateText } from '../../scenarios/library.ts';

const lab = loadEstate(labEstateText, 'lab.yaml');

describe('a link', () => {
  it('carries as much as anybody sends, unless the estate says otherwise', () => {
    const narrow = loadEstate(
      edited(labEstateText, ['delay: 34ms', 'delay: 34ms, bandwidth: 10MB/s']),
      'lab.yaml',
    );
    expect(lab.links.map((link) => link.bandwidthBytesPerSec)).toEqual([null, null, null]);
    expect(narrow.links.map((link) => link.bandwidthBytesPerSec)).toEqual([1e7, null, null]);
    expect(estateDigest(narrow)).not.toBe(estateDigest(lab));
  });

  it.each([
    ['0B/s', /bandwidth: "0B\/s" must be above zero/],
    ['10MB', /bandwidth: "10MB" is not a quantity of this kind; write a bandwidth such as 10MB\/s/],
  ])('refuses a bandwidth of %s', (text, message) => {
    const given = edited(labEstateText, ['delay: 34ms', `delay: 34ms, bandwidth: ${text}`]);
    expect(estateMistakes(given)).toEqual([expect.stringMatching(message)]);
  });
});

describe('the maintenance of a shard', () => {
  const written = '{ autovacuum: off, checkpointTimeout: 30m, maxWal: 2GiB }';

  it('is what the lab says, and what Postgres does by itself where nothing is said', () => {
    const silent = loadEstate(edited(labEstateText, [written, '{}']), 'lab.yaml');
    expect(lab.fleets[0]?.shards[0]?.maintenance).toEqual({
      autovacuum: false,
      checkpointTimeoutMs: 1_800_000,
      maxWalBytes: 2 ** 31,
    });
    expect(silent.fleets[0]?.shards[0]?.maintenance).toEqual({
      autovacuum: true,
      checkpointTimeoutMs: 300_000,
      maxWalBytes: 2 ** 30,
    });
  });

  it.each([
    [
      '{ checkpointTimeout: 20s }',
      /checkpointTimeout: Postgres takes whole seconds from 30s to 1d/,
    ],
    ['{ checkpointTimeout: 2d }', /checkpointTimeout: Postgres takes whole seconds from 30s to 1d/],
    ['{ maxWal: 16MiB }', /maxWal: Postgres takes whole MiB from 32MiB/],
    ['{ autovacuum: of }', /autovacuum: "of" is not allowed here; did you mean o(n|ff)\?/],
  ])('refuses %s', (given, message) => {
    expect(estateMistakes(edited(labEstateText, [written, given]))).toEqual([
      expect.stringMatching(message),
    ]);
  });
});

describe('a commit mode', () => {
  it.each(['off', 'local', 'remote_write', 'on', 'remote_apply'])('may be %s', (mode) => {
    const estate = loadEstate(
      edited(labEstateText, ['commitMode: on', `commitMode: ${mode}`]),
      'lab.yaml',
    );
    expect(estate.fleets[0]?.shards[0]?.commitMode).toBe(mode);
  });
});
