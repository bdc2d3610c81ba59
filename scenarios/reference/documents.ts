// What a validation says: per case and metric the exact value, the computed one, and the verdict, as one plain
// document. The rule behind every verdict is in judge.ts.

type MetricVerdict = 'passed' | 'failed' | 'unsupported';

export interface MetricResult {
  readonly name: string;
  readonly exact: unknown;
  readonly computed: Calculated | null;
  /** Simulated figures carry sampling error; closed forms are calculated. */
  readonly method: 'simulated' | 'closed-form';
  /** Confidence interval of the simulated figure, by batch means. */
  readonly interval95: readonly [number, number] | null;
  /** Standard error of the simulated figure, by batch means. */
  readonly se: number | null;
  /** Deviation from the exact value in standard errors `se`. */
  readonly z: number | null;
  /** Largest deviation that passes. */
  readonly tolerance: number | null;
  readonly verdict: MetricVerdict;
}

export interface CaseResult {
  readonly id: string;
  readonly family: string;
  /** `unsupported` as soon as one metric cannot be computed; `failed` as soon as one deviates. */
  readonly status: MetricVerdict;
  /** Why the case, or part of it, is unsupported, and whether its model is unstable. */
  readonly reason: string | null;
  readonly metrics: readonly MetricResult[];
}

export interface ValidationDocument {
  readonly schema: 'premortem/validation/v1';
  readonly cases: readonly CaseResult[];
  readonly counts: {
    readonly passed: number;
    readonly failed: number;
    readonly unsupported: number;
  };
}

export interface ValidationOptions {
  /** Fraction of the run length that each case states; 1 is the full length. */
  readonly effort: number;
  readonly seed: string;
}

/** What a formula may give: a number, several, or the name of one thing among others. */
export type Calculated = number | string | readonly number[];

/** A figure that a family computed for one metric. */
export type Figure =
  | { readonly method: 'closed-form'; readonly value: Calculated }
  /** The least or the most that a run showed, which must not lie beyond a bound. */
  | { readonly method: 'extreme'; readonly side: 'least' | 'most'; readonly value: number }
  | {
      readonly method: 'simulated';
      readonly value: number;
      readonly batchValues: readonly number[];
      /** Length of the measured part of the run, in the units that tolerances are stated for. */
      readonly length: { readonly customers: number; readonly time: number };
    };

/** What a family makes of a case: figures by metric name, or the reason why it cannot run it. */
export type Outcome =
  | {
      readonly kind: 'computed';
      readonly figures: ReadonlyMap<string, Figure>;
      /** What whoever reads the figures must know. */
      readonly remark?: string | null;
    }
  | { readonly kind: 'unsupported'; readonly reason: string };
