// `premortem scenarios`: what the library holds, each with its question.
import type { CommandModule, Result, Session } from '../command.ts';
import { exitCodes } from '../exit.ts';
import { openCampaign, openEstate, openScenario } from '../files.ts';
import { paint } from '../../reports/table.ts';
import { describeDeed } from '../../scenarios/deeds.ts';
import { libraryFiles, type LibraryFile } from '../../scenarios/library/index.ts';

export const verbs: CommandModule['verbs'] = [
  {
    name: '',
    summary: 'list the scenarios, estates and campaigns of the library',
    words: [],
    options: [],
    run: async ({ session }) => listLibrary(session),
  },
];

function listLibrary({ style }: Session): Result {
  const scenarios = namesOf('scenario').map((name) => {
    const { scenario, estate } = openScenario(name);
    const { kind, why, timeline } = scenario;
    const actions = timeline.map((entry) => describeDeed(entry.do, estate));
    return { name, kind, estate: estate.name, why, actions };
  });
  const estates = namesOf('estate').map((name) => ({ name, why: openEstate(name).estate.why }));
  const campaigns = namesOf('campaign').map((name) => {
    const { why, cases } = openCampaign(name).campaign;
    return { name, cases, why };
  });
  const text = [
    ...scenarios.map(
      ({ name, estate, why, actions }) =>
        `${paint(name, 'strong', style)}  (on ${estate})\n${why}\n${actions.map((line) => `  → ${line}\n`).join('')}`,
    ),
    `estates: ${estates.map(({ name }) => name).join(', ')}\ncampaigns: ${campaigns.map(({ name, cases }) => `${name} (${cases} cases)`).join(', ')}\n`,
  ].join('\n');
  return {
    document: { schema: 'premortem/library/v1', scenarios, estates, campaigns },
    text,
    exitCode: exitCodes.done,
  };
}

function namesOf(kind: LibraryFile['kind']): readonly string[] {
  return libraryFiles.filter((file) => file.kind === kind).map(({ name }) => name);
}
