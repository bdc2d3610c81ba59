// The library's campaign on its estate, for tests that draw from it.
import { readFileSync } from 'node:fs';
import type { Campaign } from '../../../scenarios/campaign/campaign.ts';
import type { Course } from '../../../scenarios/campaign/draw.ts';
import { loadCampaign } from '../../../scenarios/campaign/load.ts';
import { findLibraryFile } from '../../../scenarios/library/index.ts';
import { loadEstate } from '../../../scenarios/load.ts';

export const campaignText = readFileSync(findLibraryFile('campaign', 'default').url, 'utf8');
export const campaign: Campaign = loadCampaign(campaignText, 'default.yaml');

const text = readFileSync(findLibraryFile('estate', campaign.estate).url, 'utf8');
export const base = { text, estate: loadEstate(text, 'prove.yaml') };

/** The campaign with a seed, and with other parts where they are given. */
export function courseOf(seed: string, parts: Partial<Campaign> = {}): Course {
  return { campaign: { ...campaign, ...parts }, base, seed };
}
