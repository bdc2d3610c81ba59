// Faults: what breaks by itself, as opposed to an action, which somebody decides. A fault is leased: it is injected for a
// time and ends by itself, whoever injected it. Kinds are listed in `index.ts`; what they do to a world is written in
// `twin/model/faults/` and `live/bridge/faults/`.
import { z } from 'zod';
import type { Estate } from '../estate/estate.ts';
import type { Finding } from '../findings.ts';
import { quantitySchema } from '../quantity-schema.ts';

const crashSchema = z.strictObject({
  kind: z.literal('crash'),
  node: z.string().describe('the primary that dies'),
  manner: z
    .enum(['reset', 'silent'])
    .describe('its connections are reset, or it is cut off and nobody is told'),
});

const pauseReplaySchema = z.strictObject({
  kind: z.literal('pause-replay'),
  node: z.string().describe('the standby that applies nothing'),
});

const limitBandwidthSchema = z
  .strictObject({
    kind: z.literal('limit-bandwidth'),
    between: z
      .tuple([z.string(), z.string()], { error: 'write the two regions: [A, B]' })
      .describe('the two regions of the link, such as [us-east-1, eu-west-1]'),
    bandwidth: quantitySchema('bandwidth', 'positive').describe(
      'what it carries in each direction, such as 25kB/s',
    ),
  })
  .transform(({ kind, between, bandwidth }) => ({ kind, between, bytesPerSec: bandwidth }));

/** A fault as it stands in a scenario file, and what it resolves to. Grows by one member per file of this folder. */
export const faultInputSchema = z.discriminatedUnion('kind', [
  crashSchema,
  pauseReplaySchema,
  limitBandwidthSchema,
]);

/** A resolved fault, as it goes over a wire. */
export const faultSchema = z.discriminatedUnion('kind', [
  crashSchema,
  pauseReplaySchema,
  z.strictObject({
    kind: z.literal('limit-bandwidth'),
    between: z.tuple([z.string(), z.string()]),
    bytesPerSec: z.number().positive(),
  }),
]);

/**
 * A primary dies, with everything that is on its way from and to it. `reset`: its host says so, and every connection to
 * it is reset. `silent`: it is cut off from clients, standbys and monitor and keeps running; packets vanish.
 */
export type CrashFault = Readonly<z.infer<typeof crashSchema>>;
/** A standby receives and flushes, but applies nothing. */
export type PauseReplayFault = Readonly<z.infer<typeof pauseReplaySchema>>;
/** The link between two regions carries only so many bytes per second, in each direction. */
export type LimitBandwidthFault = Readonly<z.infer<typeof limitBandwidthSchema>>;
export type Fault = CrashFault | PauseReplayFault | LimitBandwidthFault;

/** What every kind of fault tells about itself. */
export interface FaultKind<F extends Fault> {
  readonly kind: F['kind'];
  readonly summary: string;
  /** Why the fault cannot be injected into this estate, with paths within the fault as written; empty when it can. */
  obstacles(fault: F, estate: Estate): readonly Finding[];
  /** One sentence for people. */
  describe(fault: F, estate: Estate): string;
  /** Shards whose requests feel it. */
  shards(fault: F, estate: Estate): readonly string[];
}
