// What a campaign writes to the ledger: that a case was begun, predicted, measured and scored, with the digest of each
// document, in this order. The prediction is there before anything runs, and nobody can put another one in its place.
import { digestOf, digestOfBytes, type Digest } from '../../engine/digest.ts';
import type { DrawnCase } from '../../scenarios/campaign/draw.ts';
import { countingAttempt, type CaseAttempt } from '../../twin/change/case-standing.ts';
import type { Proposal } from '../../twin/change/events.ts';
import type { Measurement } from '../../twin/measurement.ts';
import type { Prediction } from '../../twin/prediction.ts';
import type { CaseScore } from '../../twin/record/case.ts';
import type { State } from '../store/state.ts';

type CaseProposal = Extract<Proposal, { type: `premortem.case.${string}` }>;
type DataOf<T extends CaseProposal['type']> = Extract<CaseProposal, { type: T }>['data'];

export class CaseLedger {
  readonly #state: State;
  readonly #campaign: string;

  /** `campaign`: name and seed, as its directory is called. */
  constructor(state: State, campaign: string) {
    this.#state = state;
    this.#campaign = campaign;
  }

  /** The attempts at a case, in order. */
  async attempts(id: string): Promise<readonly CaseAttempt[]> {
    const { cases } = await this.#state.ledger.register();
    return cases.get(this.#name(id))?.attempts ?? [];
  }

  /** The attempt that counts, or null when none came to an end. */
  async counting(id: string): Promise<CaseAttempt | null> {
    const { cases } = await this.#state.ledger.register();
    const standing = cases.get(this.#name(id));
    return standing === undefined ? null : (countingAttempt(standing) ?? null);
  }

  /** Begins the next attempt and returns its number. */
  async begin({ id, estateText, scenarioText }: DrawnCase, campaign: Digest): Promise<number> {
    const attempt = (await this.attempts(id)).length + 1;
    await this.#append(id, 'premortem.case.begun', {
      attempt,
      campaign,
      estate: digestOfBytes(estateText),
      scenario: digestOfBytes(scenarioText),
    });
    return attempt;
  }

  async predicted(id: string, attempt: number, prediction: Prediction): Promise<void> {
    await this.#append(id, 'premortem.case.predicted', {
      attempt,
      calibration: prediction.estate.calibration,
      prediction: prediction.digest,
      trace: prediction.trace,
    });
  }

  async measured(
    id: string,
    { attempt, repetition }: { readonly attempt: number; readonly repetition: number },
    measurement: Measurement,
  ): Promise<void> {
    await this.#append(id, 'premortem.case.measured', {
      attempt,
      repetition,
      measurement: digestOf(measurement),
    });
  }

  async scored(score: CaseScore): Promise<void> {
    const { id, attempt, status } = score;
    await this.#append(id, 'premortem.case.scored', { attempt, status, score: digestOf(score) });
  }

  async #append<T extends CaseProposal['type']>(
    id: string,
    type: T,
    data: DataOf<T>,
  ): Promise<void> {
    const event = { type, subject: `case/${this.#name(id)}`, data } as Proposal;
    await this.#state.ledger.append(() => ({ event, actor: this.#state.actor }));
  }

  #name(id: string): string {
    return `${this.#campaign}/${id}`;
  }
}
