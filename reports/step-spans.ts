// When each step ran, in the time of the run: predicted (medians) or measured (events), and the span in which requests
// were held. What both kinds of charts and tables draw from.
import { stepDurations, type Measurement } from '../twin/measurement.ts';
import type { Prediction } from '../twin/prediction.ts';

export interface StepSpan {
  readonly step: string;
  readonly startMs: number;
  readonly endMs: number;
  readonly isFenced: boolean;
}

/** Median start and median duration of each predicted step. */
export function predictedSpans({ steps }: Pick<Prediction, 'steps'>): StepSpan[] {
  return steps.map(({ step, startMs, durationMs, fenced }) => ({
    step,
    startMs: startMs.median,
    endMs: startMs.median + durationMs.median,
    isFenced: fenced,
  }));
}

/** Steps that started and were done. Whether a step was fenced is known from the prediction of the same name. */
export function measuredSpans(
  { steps }: Pick<Measurement, 'steps'>,
  predicted: Pick<Prediction, 'steps'>,
): StepSpan[] {
  return [...stepDurations(steps)].flatMap(([step, durationMs]) => {
    const startMs = steps.find((event) => event.step === step && event.state === 'started')?.atMs;
    const isFenced = predicted.steps.some((one) => one.step === step && one.fenced);
    return startMs === undefined ? [] : [{ step, startMs, endMs: startMs + durationMs, isFenced }];
  });
}

/** From the first fenced step's start to the last one's end; null when nothing was held. */
export function fenceOf(spans: readonly StepSpan[]): { startMs: number; endMs: number } | null {
  const fenced = spans.filter(({ isFenced }) => isFenced);
  if (fenced.length === 0) return null;
  return {
    startMs: Math.min(...fenced.map(({ startMs }) => startMs)),
    endMs: Math.max(...fenced.map(({ endMs }) => endMs)),
  };
}

/** First start to last end; null without steps. */
export function extentOf(spans: readonly StepSpan[]): { startMs: number; endMs: number } | null {
  if (spans.length === 0) return null;
  return {
    startMs: Math.min(...spans.map(({ startMs }) => startMs)),
    endMs: Math.max(...spans.map(({ endMs }) => endMs)),
  };
}
