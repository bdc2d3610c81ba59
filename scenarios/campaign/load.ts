// A campaign file → a campaign, held against the estate that its cases are made of. Text in, document out; every mistake
// at once, with file, line and path.
import { shardsInUse } from '../../twin/estate/estate.ts';
import { readWith, type Finding } from '../../twin/findings.ts';
import { freezeDeep } from '../../twin/freeze.ts';
import { mistakesIn, readSource } from '../source.ts';
import { campaignInputSchema, type Campaign } from './campaign.ts';
import type { BaseEstate } from './case-text.ts';

/** The campaign of a file, not yet held against its estate. Throws UserError('input') with every mistake in it. */
export function loadCampaign(text: string, fileName: string): Campaign {
  const source = readSource(text, fileName);
  const reading = readWith(campaignInputSchema, source.data);
  if (reading.kind === 'mistaken') throw mistakesIn(source, reading.findings);
  const { warmup, repetition, quiet, ...rest } = reading.value;
  return freezeDeep({
    ...rest,
    warmupMs: warmup,
    repetitionMs: repetition,
    quiet: { foreignCores: quiet.foreignCores, patienceMs: quiet.patience },
  });
}

/** Throws UserError('input') when the cases of the campaign cannot be made of this estate. `text` is the campaign's own. */
export function checkCampaign(
  campaign: Campaign,
  { estate }: BaseEstate,
  fileName: string,
  text: string,
): void {
  const findings = [...checkShape(estate.fleets), ...checkStandbys(campaign, estate.fleets)];
  if (findings.length > 0) throw mistakesIn(readSource(text, fileName), findings);
}

type Fleets = BaseEstate['estate']['fleets'];

function checkShape(fleets: Fleets): readonly Finding[] {
  const shards = fleets.flatMap(shardsInUse);
  const isFirst = shards[0] === fleets[0]?.shards[0];
  if (fleets.length === 1 && shards.length === 1 && isFirst) return [];
  return [
    {
      path: ['estate'],
      message: `has ${fleets.length} fleets with tenants on ${shards.length} shards`,
      remedy:
        'a campaign is played on one shard: give it an estate with one fleet, and put its tenants on the first shard',
    },
  ];
}

function checkStandbys({ kinds }: Campaign, fleets: Fleets): readonly Finding[] {
  const present = fleets[0]?.shards[0]?.replicas.length ?? 0;
  return Object.entries(kinds).flatMap(([kind, { standbys }]): Finding[] =>
    standbys[1] <= present
      ? []
      : [
          {
            path: ['kinds', kind, 'standbys'],
            message: `draws up to ${standbys[1]} standbys, and the estate has ${present}`,
            remedy: 'lower the upper end, or give the estate more replicas',
          },
        ],
  );
}
