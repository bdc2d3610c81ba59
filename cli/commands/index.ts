// The registry of commands, in the order in which a newcomer meets them. Help is made of it; a command's own file is
// loaded only when it is called.
import type { CommandEntry } from '../command.ts';

export const commands: readonly CommandEntry[] = [
  {
    name: 'demo',
    summary: 'the whole loop with real Postgres: predict, approve, execute, verify, report',
    usage: ['demo'],
    examples: ['premortem demo', 'premortem demo --seed 7'],
    load: () => import('./demo.ts'),
  },
  {
    name: 'estate',
    summary: 'check or show an estate: the platform that is modelled',
    usage: ['estate check <file...>', 'estate show <file>'],
    examples: ['premortem estate check estate.yaml', 'premortem estate show lab --json'],
    load: () => import('./estate.ts'),
  },
  {
    name: 'scenarios',
    summary: 'list the scenarios, estates and campaigns of the library',
    usage: ['scenarios'],
    examples: ['premortem scenarios', 'premortem scenarios --json'],
    load: () => import('./scenarios.ts'),
  },
  {
    name: 'simulate',
    summary: 'predict what a scenario will do, in the twin',
    usage: ['simulate <scenario>'],
    examples: [
      'premortem simulate lab/promote-eu',
      'premortem simulate change.yaml --calibration lab-calibration.yaml --json',
    ],
    load: () => import('./simulate.ts'),
  },
  {
    name: 'calibrate',
    summary: 'measure on the running lab what the model takes as given',
    usage: [
      'calibrate [estate]',
      'calibrate [estate] --plan',
      'calibrate [estate] --from-production <url>',
    ],
    examples: [
      'premortem calibrate',
      'premortem calibrate --plan',
      'premortem calibrate estate.yaml --out calibrations',
      'premortem calibrate estate.yaml --from-production postgresql://ada@db.example/shop',
      'premortem calibrate --only promotions --repetitions 16 --into lab.yaml',
    ],
    load: () => import('./calibrate.ts'),
  },
  {
    name: 'calibration',
    summary: 'how sure measured parameters are, and what to measure next',
    usage: ['calibration show <file>', 'calibration next <scenario>'],
    examples: [
      'premortem calibration show lab.yaml',
      'premortem calibration next lab/promote-eu --calibration lab.yaml',
    ],
    load: () => import('./calibration.ts'),
  },
  {
    name: 'plan',
    summary: 'submit a scenario’s actions as a plan, bound to its prediction',
    usage: ['plan <scenario> --as <author>'],
    examples: ['premortem plan lab/promote-eu --as ada --calibration lab-calibration.yaml'],
    load: () => import('./plan.ts'),
  },
  {
    name: 'approve',
    summary: 'sign that a plan may, or must not, be executed',
    usage: [
      'approve <plan> --as <identity>',
      'approve <plan> --as <identity> --reject --reason <text>',
    ],
    examples: ['premortem approve plan-1a2b --as grace'],
    load: () => import('./approve.ts'),
  },
  {
    name: 'execute',
    summary: 'execute an approved plan and hold it against its prediction',
    usage: ['execute <plan>'],
    examples: ['premortem execute plan-1a2b'],
    load: () => import('./execute.ts'),
  },
  {
    name: 'resume',
    summary: 'go on with an execution that was cut off',
    usage: ['resume <plan>'],
    examples: ['premortem resume plan-1a2b'],
    load: () => import('./resume.ts'),
  },
  {
    name: 'verify',
    summary: 'hold what was measured against what was predicted',
    usage: ['verify <plan>'],
    examples: ['premortem verify plan-1a2b'],
    load: () => import('./verify.ts'),
  },
  {
    name: 'report',
    summary: 'print the report of a plan, before or after its execution',
    usage: ['report <plan>'],
    examples: ['premortem report plan-1a2b --format markdown'],
    load: () => import('./report.ts'),
  },
  {
    name: 'record',
    summary: 'how good predictions were: every case of every campaign, misses first',
    usage: ['record'],
    examples: [
      'premortem record',
      'premortem record --kind promotion --format html > record.html',
      'premortem record --json > record.json',
    ],
    load: () => import('./record.ts'),
  },
  {
    name: 'audit',
    summary: 'check that nothing recorded was changed, or list the ledger',
    usage: ['audit verify', 'audit log'],
    examples: ['premortem audit verify', 'premortem audit log --json'],
    load: () => import('./audit.ts'),
  },
  {
    name: 'prove',
    summary: 'play cases that nobody chose on real servers, and score every prediction',
    usage: ['prove [campaign]'],
    examples: [
      'premortem prove --cases 12',
      'premortem prove --seed 7 --hours 2',
      'premortem prove campaign.yaml --only promotion --json',
      'premortem prove --case 1-003-promotion',
    ],
    load: () => import('./prove.ts'),
  },
  {
    name: 'validate',
    summary: 'run exact reference cases through the engine',
    usage: ['validate <file...>'],
    examples: [
      'premortem validate cases.json',
      'premortem validate cases.json --effort 0.1 --json',
    ],
    load: () => import('./validate.ts'),
  },
  {
    name: 'lab',
    summary: 'real local Postgres clusters with the delays of an estate',
    usage: ['lab up [estate]', 'lab status', 'lab down'],
    examples: ['premortem lab up', 'premortem lab status --json', 'premortem lab down'],
    load: () => import('./lab.ts'),
  },
  {
    name: 'identity',
    summary: 'people who author and approve plans, with their keys',
    usage: ['identity new <name>', 'identity list'],
    examples: ['premortem identity new ada', 'premortem identity list'],
    load: () => import('./identity.ts'),
  },
];
