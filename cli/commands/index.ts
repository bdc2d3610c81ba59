// The registry of commands, in the order in which a newcomer meets them. Help is made of it; a command's own file is
// loaded only when it is called.
import type { CommandEntry } from '../command.ts';

export const commands: readonly CommandEntry[] = [
  {
    name: 'estate',
    summary: 'check or show an estate: the platform that is modelled',
    usage: ['estate check <file...>', 'estate show <file>'],
    examples: ['premortem estate check estate.yaml', 'premortem estate show lab --json'],
    load: () => import('./estate.ts'),
  },
  {
    name: 'scenarios',
    summary: 'list the scenarios and estates of the library',
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
