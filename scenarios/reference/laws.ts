// How reference cases write laws of service and interarrival times, turned into the engine's documents. Rates are
// per unit of time, and a unit of time is simulated as a millisecond.
import { z } from 'zod';
import type { Distribution } from '../../engine/index.ts';

const positive = z.number().positive();

/** Probability `p` of rate `r1`, else rate `r2`. */
export const twoRates = z.object({ p: z.number().min(0).max(1), r1: positive, r2: positive });

export function hyperexponentialOf({ p, r1, r2 }: z.infer<typeof twoRates>): Distribution {
  const branches = [
    { weight: p, mean: 1 / r1 },
    { weight: 1 - p, mean: 1 / r2 },
  ];
  return { kind: 'hyperexponential', branches };
}

/** A law in a case, as the engine's document. */
export const law = z.discriminatedUnion('dist', [
  z
    .object({ dist: z.enum(['constant', 'deterministic']), value: positive })
    .transform(({ value }): Distribution => ({ kind: 'constant', value })),
  z
    .object({
      dist: z.literal('exponential'),
      rate: positive.optional(),
      mean: positive.optional(),
    })
    .refine(({ rate, mean }) => (rate === undefined) !== (mean === undefined), 'rate or mean')
    .transform(({ rate = 1, mean = 1 / rate }): Distribution => ({ kind: 'exponential', mean })),
  z
    .object({ dist: z.literal('uniform'), low: z.number().min(0), high: positive })
    .transform(({ low, high }): Distribution => ({ kind: 'uniform', low, high })),
  z
    .object({ dist: z.literal('erlang'), k: z.number().int().positive(), rate: positive })
    .transform(({ k, rate }): Distribution => ({ kind: 'erlang', phases: k, mean: k / rate })),
  z
    .object({ dist: z.literal('gamma'), shape: positive, scale: positive })
    .transform(({ shape, scale }): Distribution => ({ kind: 'gamma', shape, scale })),
  z
    .object({ dist: z.literal('lognormal'), mu_log: z.number(), sigma_log: positive })
    .transform(({ mu_log, sigma_log }): Distribution => ({
      kind: 'lognormal',
      median: Math.exp(mu_log),
      sigma: sigma_log,
    })),
  z
    .object({ dist: z.literal('truncated Pareto'), alpha: positive, low: positive, high: positive })
    .transform(({ alpha, low, high }): Distribution => ({
      kind: 'truncated-pareto',
      shape: alpha,
      low,
      high,
    })),
  twoRates.extend({ dist: z.literal('hyperexponential') }).transform(hyperexponentialOf),
]);

const number = String.raw`\s*(\d+(?:\.\d+)?)\s*`;

/** Laws as cases write them in words: `Exp(rate)`, `D(value)`, `Uniform(low, high)`, `Erlang(k, rate)`. Null for others. */
export function lawOfText(text: string): Distribution | null {
  const numbersOf = (names: string, count: number): readonly number[] | null => {
    const inside = Array.from({ length: count }, () => number).join(',');
    const match = new RegExp(`^\\s*(?:${names})\\(${inside}\\)\\s*$`, 'i').exec(text);
    return match === null ? null : match.slice(1).map(Number);
  };
  const [rate] = numbersOf('exp|exponential|m', 1) ?? [];
  if (rate !== undefined && rate > 0) return { kind: 'exponential', mean: 1 / rate };
  const [value] = numbersOf('d|det|deterministic|const|constant', 1) ?? [];
  if (value !== undefined) return { kind: 'constant', value };
  const [low, high] = numbersOf('u|uniform', 2) ?? [];
  if (low !== undefined && high !== undefined && high > low) return { kind: 'uniform', low, high };
  const [phases, phaseRate] = numbersOf('erlang', 2) ?? [];
  if (phases === undefined || phaseRate === undefined || !(phases * phaseRate > 0)) return null;
  return { kind: 'erlang', phases, mean: phases / phaseRate };
}
