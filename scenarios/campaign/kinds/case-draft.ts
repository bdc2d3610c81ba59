// What a kind of case draws, before it is written down: a platform, the load on it, and what happens meanwhile, in the
// words of estate and scenario files. `case-text.ts` writes it, `draw.ts` reads it back.
import type { Estate, OperationKind } from '../../../twin/estate/estate.ts';
import type { Dice } from '../dice.ts';
import type { PlatformDraft } from './platform.ts';

/** A class as an estate file says it. */
export interface ClassDraft {
  readonly id: string;
  readonly kind: OperationKind;
  readonly ratePerSec: number;
  /** `300B`, `{ exponential: 20ms }`; null for a kind without sizes. */
  readonly size: string | object | null;
  /** A promise on its 95 % quantile. */
  readonly limitMs: number;
}

export interface LoadDraft {
  readonly poolSize: number;
  readonly classes: readonly ClassDraft[];
  /** Share of the busiest resource in use. */
  readonly utilisation: number;
}

/** A fault as a scenario file says it. */
export type FaultDraft = Readonly<Record<string, string | readonly string[]>>;

/** What happens at a time, as a scenario file says it. */
export type EventDraft = { readonly atMs: number } & (
  | { readonly action: Readonly<Record<string, string>> }
  | { readonly fault: FaultDraft; readonly forMs: number }
);

export interface CaseDraft {
  readonly platform: PlatformDraft;
  readonly load: LoadDraft;
  readonly timeline: readonly EventDraft[];
  /** After the warm-up. */
  readonly lengthMs: number;
}

/** What every kind draws from. */
export interface DrawContext {
  readonly dice: Dice;
  /** The platform that the cases are made of: one fleet, everybody on its first shard. */
  readonly base: Estate;
  /** An estate with this platform and these classes, resolved. */
  readonly resolve: (platform: PlatformDraft, load: LoadDraft) => Estate;
  readonly warmupMs: number;
  /** How long a case must last for its busiest class to answer as often as the campaign wants, within its bounds. */
  readonly lengthFor: (busiestPerSec: number) => number;
}
