// Where cases are played: the port between a campaign and the servers. `lab-stage.ts` stands behind it with real ones;
// tests put a twin there, so that a campaign of many cases can be held against a world whose mechanisms are known.
import type { DrawnCase } from '../../scenarios/campaign/draw.ts';
import type { Calibration } from '../../twin/estate/calibration.ts';
import type { CommitMode, Estate } from '../../twin/estate/estate.ts';
import type { Measurement } from '../../twin/measurement.ts';
import type { Trace } from '../../twin/trace.ts';

/** One case, to be played. Whatever a repetition leaves behind goes into a directory below `directory`. */
export interface PlayOrder {
  readonly drawn: DrawnCase;
  readonly trace: Trace;
  readonly directory: string;
  readonly signal: AbortSignal;
  readonly onProgress: (text: string) => void;
}

export interface Stage {
  /** Measures an estate with next to no link delay, in its own commit mode and in those of its cases. */
  calibrate(
    estate: Estate,
    options: Pick<PlayOrder, 'signal' | 'onProgress'> & {
      readonly commitModes: readonly CommitMode[];
    },
  ): Promise<Calibration>;
  /** A measurement per repetition, each as soon as it is there. Leaving the loop early takes everything down. */
  play(order: PlayOrder): AsyncGenerator<Measurement, void>;
  /** Processors that others use, now and for a moment; null where the system does not tell. */
  foreignCores(signal: AbortSignal): Promise<number | null>;
}
