// Does a campaign find a twin that lacks a mechanism? Plays the same cases as `premortem prove` on real servers, with
// predictions from a twin that ignores the delay of links or the size of pools, and prints the record. The switch exists
// for this and for tests; no command offers it.
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { openCalibration, openCampaign } from '../../cli/files.ts';
import { proveCampaign } from '../../live/prove/prove.ts';
import { readRecord } from '../../live/prove/read-record.ts';
import { openState } from '../../live/store/state.ts';
import { caseLine } from '../../reports/case-line.ts';
import { renderReport } from '../../reports/index.ts';
import { chooseCases } from '../../scenarios/campaign/choose.ts';
import type { Estate } from '../../twin/estate/estate.ts';

/** What the predicting twin is told instead of the estate. */
const blindnesses: Readonly<Record<string, (estate: Estate) => Estate>> = {
  nothing: (estate) => estate,
  'link-delay': (estate) => ({
    ...estate,
    links: estate.links.map((link) => ({ ...link, delayMs: 0 })),
  }),
  'pool-size': (estate) => ({
    ...estate,
    fleets: estate.fleets.map((fleet) => ({ ...fleet, pool: { ...fleet.pool, size: 1_000 } })),
  }),
};

const { values } = parseArgs({
  options: {
    without: { type: 'string', default: 'link-delay' },
    campaign: { type: 'string', default: 'default' },
    cases: { type: 'string', default: '12' },
    seed: { type: 'string', default: '1' },
    calibration: { type: 'string' },
  },
});

const modelled = blindnesses[values.without];
if (modelled === undefined) {
  process.stderr.write(`--without is one of ${Object.keys(blindnesses).join(', ')}\n`);
  process.exit(2);
}

const { campaign, campaignText, base } = openCampaign(values.campaign);
const course = { campaign, base, seed: values.seed };
const directory = mkdtempSync(join(tmpdir(), `premortem-without-${values.without}-`));
const state = await openState(directory, { configDirectory: join(directory, 'keys') });
const controller = new AbortController();
process.on('SIGINT', () => controller.abort(new Error('stopped by Ctrl-C')));
process.stderr.write(`cases: ${directory}\n`);
try {
  await proveCampaign(
    {
      state,
      course,
      campaignText,
      calibration:
        values.calibration === undefined ? null : openCalibration(values.calibration, base.estate),
      cases: chooseCases(course, { count: Number(values.cases), only: null }),
      limitMs: null,
    },
    {
      modelled,
      signal: controller.signal,
      onProgress: () => undefined,
      onCase: (score) => process.stderr.write(`${caseLine(score)}\n`),
    },
  );
  const record = await readRecord(state);
  process.stdout.write(`${await renderReport('premortem/record/v1', record, 'markdown')}\n`);
} finally {
  await state.close();
}
