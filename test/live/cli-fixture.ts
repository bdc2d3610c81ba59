// A lab as an operator runs it: from the shell, in a directory of one test, with an estate of short links and low rates
// and a scenario in each direction, so that plans can follow each other back and forth.
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { observeShard } from '../../live/bridge/topology.ts';
import { labDown } from '../../live/lab/lab.ts';
import { readLab } from '../../live/lab/lab-info.ts';
import { identityOf, type ProcessIdentity } from '../../live/processes.ts';
import { loadEstate } from '../../scenarios/load.ts';
import { Desk } from '../fixtures/program.ts';
import { edited, labEstateText, promoteText } from '../scenarios/library.ts';

export const shardId = 'checkout-0';
export const [us, eu] = ['checkout-0-us', 'checkout-0-eu'] as const;

/** Longer than any command line of these tests takes on a busy machine. */
const commandLimitMs = 100_000;

export const estateText = edited(
  labEstateText,
  ['name: lab', 'name: shell'],
  ['delay: 34ms', 'delay: 4ms'],
  ['delay: 45ms', 'delay: 5ms'],
  ['delay: 12ms', 'delay: 2ms'],
  ['write, rate: 40/s', 'write, rate: 15/s'],
  ['job, rate: 40/s', 'job, rate: 15/s'],
  ['size: 8, timeout: 30s', 'size: 2, timeout: 20s'],
);

/** The same platform after the promotion: Ireland leads. */
const estateBackText = edited(
  estateText,
  [`primary: { id: ${us}, region: us-east-1, zone: us-east-1a`, 'primary: { IRELAND'],
  [`- { id: ${eu}, region: eu-west-1, zone: eu-west-1a`, '- { VIRGINIA'],
  ['IRELAND', `id: ${eu}, region: eu-west-1, zone: eu-west-1a`],
  ['VIRGINIA', `id: ${us}, region: us-east-1, zone: us-east-1a`],
);

const scenarioText = edited(
  promoteText,
  ['name: lab/promote-eu', 'name: to-ireland'],
  ['estate: lab', 'estate: estate.yaml'],
  ['horizon: 60s', 'horizon: 12s'],
  ['warmup: 5s', 'warmup: 1s'],
  ['at: 25s', 'at: 3s'],
);

const scenarioBackText = edited(
  scenarioText,
  ['name: to-ireland', 'name: to-virginia'],
  ['estate: estate.yaml', 'estate: estate-back.yaml'],
  [`to: ${eu}`, `to: ${us}`],
);

/** A submitted plan and the run that its files are in. */
export interface ShellPlan {
  readonly id: string;
  readonly run: string;
}

export class ShellLab extends Desk {
  readonly stateDirectory = join(this.directory, '.premortem');

  constructor() {
    super(commandLimitMs);
    this.write('estate.yaml', estateText);
    this.write('estate-back.yaml', estateBackText);
    this.write('scenario.yaml', scenarioText);
    this.write('scenario-back.yaml', scenarioBackText);
  }

  /** Takes down whatever lab is left. */
  async end(): Promise<void> {
    await labDown(this.stateDirectory);
    this.remove();
  }

  /** Ada's plan of a scenario. */
  async plan(scenario: string): Promise<string> {
    const { document } = await this.document(['plan', scenario, '--as', 'ada']);
    return String(document['id']);
  }

  /** Grace's approval. */
  async approve(plan: string): Promise<ShellPlan> {
    const { document } = await this.document(['approve', plan, '--as', 'grace']);
    return { id: plan, run: String(document['run']) };
  }

  /** Who leads, and how many stream from it. */
  async roles(): Promise<{ readonly primary: string | null; readonly standbys: number }> {
    const estate = loadEstate(estateText, 'estate.yaml');
    const lab = readLab(this.stateDirectory);
    const { primary, nodes } = await observeShard(lab, estate, shardId);
    return { primary, standbys: nodes.filter(({ upstream }) => upstream === primary).length };
  }

  /** What the ledger says happened to a plan, oldest first, without the journal of its steps. */
  async history(plan: string): Promise<readonly string[]> {
    const { document } = await this.document(['audit', 'log']);
    const events = document['events'] as readonly { type: string; subject: string }[];
    return events
      .filter(({ type, subject }) => subject === `plan/${plan}` && type.includes('.plan.'))
      .map(({ type }) => type.replace('premortem.plan.', ''));
  }
}

/** Every process below this one. */
export function descendantsOf(pid: number): readonly ProcessIdentity[] {
  const text = execFileSync('ps', ['-A', '-o', 'pid=,ppid='], { encoding: 'utf8' });
  const rows = text.split('\n').map((line) => line.trim().split(/\s+/).map(Number));
  const below = (parent: number): readonly number[] =>
    rows.flatMap(([child = 0, of]) => (of === parent ? [child, ...below(child)] : []));
  return below(pid).map(identityOf);
}

/** The process that cleans up after a daemon that was killed. */
export function watchdogOf(daemonPid: number): ProcessIdentity {
  const text = execFileSync('ps', ['-A', '-o', 'pid=,ppid=,args='], { encoding: 'utf8' });
  const rows = text.split('\n').map((line) => line.trim().split(/\s+/));
  const row = rows.find(
    ([, parent, ...words]) => Number(parent) === daemonPid && words.join(' ').includes('watchdog'),
  );
  if (row === undefined) throw new Error(`process ${daemonPid} has no watchdog`);
  return identityOf(Number(row[0]));
}

/** The exact claims of a verification document, as claim → verdict. */
export function exactClaims(document: Readonly<Record<string, unknown>>): object {
  const exact = document['exact'] as readonly { claim: string; verdict: string }[];
  return Object.fromEntries(exact.map(({ claim, verdict }) => [claim, verdict]));
}

export const allConfirmed = {
  lost_acknowledged_writes: 'confirmed',
  duplicate_writes: 'confirmed',
  promotions: 'confirmed',
};
