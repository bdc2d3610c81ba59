// The value axis of a chart: linear or logarithmic, its domain and its ticks. Chosen here and not by the drawing library,
// so that the same numbers always stand at the same places and a logarithmic axis is never chosen for a zero.

/** Beyond this ratio of the largest to the smallest value a linear axis hides the small ones. */
const logRatio = 15;

export interface ValueAxis {
  readonly kind: 'linear' | 'log';
  readonly domain: readonly [number, number];
  readonly ticks: readonly number[];
}

/** Logarithmic when everything is positive and spans more than `logRatio`; linear from zero otherwise. */
export function valueAxis(values: readonly (number | null)[]): ValueAxis {
  const known = values.filter((value) => value !== null);
  const high = Math.max(0, ...known);
  const low = Math.min(...known);
  if (high === 0) return { kind: 'linear', domain: [0, 1], ticks: [0, 1] };
  if (low > 0 && high / low > logRatio) {
    const domain = [low / 1.15, high * 1.15] as const;
    return { kind: 'log', domain, ticks: logTicks(domain) };
  }
  const step = niceStep(high / 4);
  const count = Math.ceil(high / step - 1e-9);
  const ticks = Array.from({ length: count + 1 }, (_, index) =>
    Number((index * step).toPrecision(12)),
  );
  return { kind: 'linear', domain: [0, Math.max(high, ticks.at(-1) ?? high)], ticks };
}

/** 1, 2 and 5 times powers of ten inside the domain; only the powers when that would be too many. */
function logTicks([low, high]: readonly [number, number]): number[] {
  const powers = Array.from(
    { length: Math.ceil(Math.log10(high)) - Math.floor(Math.log10(low)) + 1 },
    (_, index) => index + Math.floor(Math.log10(low)),
  );
  const steps = Math.log10(high / low) > 2.5 ? [1] : [1, 2, 5];
  return powers
    .flatMap((power) => steps.map((step) => Number(`${step}e${power}`)))
    .filter((tick) => tick >= low && tick <= high);
}

function niceStep(rough: number): number {
  const power = 10 ** Math.floor(Math.log10(rough));
  const step =
    [1, 2, 2.5, 5, 10].find((candidate) => candidate * power >= rough * (1 - 1e-9)) ?? 10;
  return step * power;
}
