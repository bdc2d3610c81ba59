// `premortem lab up|status|down`: real local Postgres clusters with the delays of an estate.
import { labDown, labStatus, type LabStatus } from '../../live/lab/lab.ts';
import type { LabInfo } from '../../live/lab/lab-info.ts';
import { startLab } from '../../live/operations/start-lab.ts';
import { textTable, type TextStyle } from '../../reports/table.ts';
import { unreachable } from '../../engine/failure.ts';
import type { Call, CommandModule, Result } from '../command.ts';
import { exitCodes } from '../exit.ts';
import { openEstate } from '../files.ts';
import { numberOption, textOption } from '../options.ts';

export const verbs: CommandModule['verbs'] = [
  {
    name: 'up',
    summary: 'start the servers and proxies of an estate; they stay up until `lab down`',
    words: [
      { form: '[estate]', meaning: 'an estate file, or a name of the library (default: lab)' },
    ],
    options: [
      {
        form: '--binaries <directory>',
        meaning: 'a bin directory of Postgres, instead of the packaged one',
      },
      {
        form: '--first-port <port>',
        meaning: 'servers take this port and those behind it, instead of free ones',
      },
    ],
    run: bringUp,
  },
  {
    name: 'status',
    summary: 'show the lab of the state directory',
    words: [],
    options: [],
    run: showStatus,
  },
  {
    name: 'down',
    summary: 'stop the lab and remove its data',
    words: [],
    options: [],
    run: takeDown,
  },
];

async function bringUp(call: Call): Promise<Result> {
  const { session, words } = call;
  const { estate } = openEstate(words[0] ?? 'lab');
  const binaries = textOption(call, 'binaries');
  const firstPort = numberOption(call, 'firstPort', { min: 1024, max: 65_000, whole: true });
  const lab = await startLab(estate, {
    stateDir: session.stateDirectory,
    lifeline: 'detached',
    onProgress: (text) => session.terminal.status(text),
    signal: session.signal,
    ...(binaries === null ? {} : { binariesDirectory: binaries }),
    ...(firstPort === null ? {} : { firstPort }),
  });
  session.terminal.step(`lab ${lab.estate} is up`);
  return { document: lab, text: describeLab(lab, session.style), exitCode: exitCodes.done };
}

async function showStatus({ session }: Call): Promise<Result> {
  const status = await labStatus(session.stateDirectory);
  return {
    document: { schema: 'premortem/lab-status/v1', ...status },
    text: describeStatus(status, session.style),
    exitCode: exitCodes.done,
  };
}

async function takeDown({ session }: Call): Promise<Result> {
  session.terminal.status('stopping the lab');
  const stopped = await labDown(session.stateDirectory);
  return {
    document: { schema: 'premortem/lab-down/v1', stopped },
    text: stopped ? 'the lab is down\n' : 'no lab was up\n',
    exitCode: exitCodes.done,
  };
}

function describeStatus(status: LabStatus, style: TextStyle): string {
  switch (status.kind) {
    case 'none':
      return 'no lab is up\n';
    case 'starting':
      return `lab ${status.estate} is starting (process ${status.pid})\n`;
    case 'stale':
      return `lab ${status.estate} died (process ${status.pid}); \`premortem lab down\` removes what it left\n`;
    case 'up':
      return describeLab(status.lab, style);
    default:
      return unreachable(status);
  }
}

function describeLab(lab: LabInfo, style: TextStyle): string {
  const columns = ['node', 'region', 'zone', 'address'].map((title) => ({
    title,
    align: 'left' as const,
  }));
  const rows = lab.nodes.map(({ id, region, zone, host, port }) => [
    id,
    region,
    zone,
    `${host}:${port}`,
  ]);
  const head = `lab ${lab.estate}: Postgres ${lab.postgresVersion}, database ${lab.database.name}, user ${lab.database.user}; daemon ${lab.daemon.pid}`;
  return `${head}\n${textTable({ columns, rows }, style)}\n`;
}
