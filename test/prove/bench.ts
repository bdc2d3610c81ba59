// A small campaign and the processes that run it: state, keys and files in a directory of one test.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { UserError } from '../../engine/failure.ts';
import { verifyAudit } from '../../live/governance/audit.ts';
import {
  proveCampaign,
  proveCase,
  type CasePlace,
  type ProveOptions,
  type ProveRequest,
  type ProveResult,
} from '../../live/prove/prove.ts';
import { openState } from '../../live/store/state.ts';
import { chooseCases, findCase } from '../../scenarios/campaign/choose.ts';
import type { CaseKind } from '../../scenarios/campaign/kinds/index.ts';
import type { Course } from '../../scenarios/campaign/draw.ts';
import type { AuditReport } from '../../twin/change/audit.ts';
import { makeCalibration } from '../fixtures/calibration.ts';
import { predict } from '../fixtures/scenario.ts';
import { campaign, campaignText, courseOf } from '../scenarios/campaign/course.ts';
import { twinStage, type TwinStage, type TwinStageOptions } from './twin-stage.ts';

/** Good enough to be used, and off by a few per cent, as a real one is. */
export const calibration = makeCalibration(
  {},
  { observation: 0.3, interval: 0.02, repetitionCv: 0.02, sessionCv: 0.02 },
);

const { steady } = campaign.kinds;
if (steady === undefined) throw new Error('the campaign of the library has steady cases');

/** Short and light: a few hundred requests per case. */
export const small: Course = courseOf('1', {
  cases: 4,
  repetitions: 2,
  warmupMs: 200,
  repetitionMs: [2_000, 3_000],
  quiet: { foreignCores: 0.3, patienceMs: 0 },
  kinds: { steady: { ...steady, weight: 1, rate: [50, 200] } },
});

/** A stage on which reality is what the overlay says, but for its uncertainty. */
export function stageOf(options: Omit<TwinStageOptions, 'calibration'> = {}): TwinStage {
  return twinStage({ calibration, ...options });
}

/** In this process and with small ensembles: starting threads would take longer than simulating. */
export function predictWith(rehearsals: number): NonNullable<ProveOptions['predict']> {
  return (input) => predict({ ...input, fresh: 4, rehearsals });
}

export interface Run {
  readonly result: ProveResult;
  readonly told: readonly (CasePlace & { readonly id: string })[];
  /** `<case> <type without its beginning> <attempt>`, oldest first. */
  readonly events: readonly string[];
}

export class Bench {
  readonly root = mkdtempSync(join(tmpdir(), 'premortem-prove-test-'));
  readonly state = join(this.root, 'state');

  /** Runs the campaign, or one case of it, as one process would: opens the state, plays, closes. */
  async run(
    parts: Partial<Omit<ProveRequest, 'cases'> & ProveOptions> & {
      readonly cases?: number;
      readonly only?: CaseKind;
      readonly id?: string;
    } = {},
  ): Promise<Run> {
    const state = await openState(this.state, { configDirectory: join(this.root, 'keys') });
    const told: (CasePlace & { readonly id: string })[] = [];
    const { id, cases = null, only = null, course = small, ...rest } = parts;
    const request: ProveRequest = {
      state,
      course,
      campaignText,
      calibration: null,
      cases: chooseCases(course, { count: cases, only }),
      limitMs: null,
      ...rest,
    };
    const options: ProveOptions = {
      stage: stageOf(),
      predict: predictWith(8),
      signal: new AbortController().signal,
      onProgress: () => undefined,
      onCase: (score, place) => told.push({ id: score.id, ...place }),
      ...rest,
    };
    try {
      const result =
        id === undefined
          ? await proveCampaign(request, options)
          : await proveCase(request, findCase(course, id), options);
      return { result, told, events: await eventsOf(state) };
    } finally {
      await state.close();
    }
  }

  /** The same, for a run that is to fail: code and message of its UserError. */
  async failure(parts: Parameters<Bench['run']>[0] = {}): Promise<string> {
    try {
      await this.run(parts);
      return 'no failure';
    } catch (error) {
      if (error instanceof UserError) return `${error.code}: ${error.message}`;
      throw error;
    }
  }

  async audit(): Promise<AuditReport> {
    const state = await openState(this.state, { configDirectory: join(this.root, 'keys') });
    try {
      return await verifyAudit(state);
    } finally {
      await state.close();
    }
  }

  caseDirectory(id: string): string {
    return join(this.state, 'prove/default-1/cases', id);
  }

  remove(): void {
    rmSync(this.root, { recursive: true, force: true });
  }
}

async function eventsOf({ ledger }: Awaited<ReturnType<typeof openState>>): Promise<string[]> {
  return (await ledger.events()).flatMap((event) => {
    const { type, subject, data } = event;
    if (!type.startsWith('premortem.case.') || !('attempt' in data)) return [];
    return [`${subject.split('/')[2]} ${type.split('.')[2]} ${data.attempt}`];
  });
}
