// Sparklines, strips, axes and step labels: the small arithmetic under every picture.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { clusterSteps } from '../../reports/band-chart.ts';
import { drawSparkline, drawStrip } from '../../reports/sparkline.ts';
import { valueAxis } from '../../reports/value-axis.ts';
import { chartWidth } from '../../reports/theme.ts';

describe('a sparkline', () => {
  it('keeps the peak of every cell and shows its range', () => {
    const values = Array.from({ length: 100 }, (_, index) => (index === 51 ? 90 : 10));
    const drawn = drawSparkline({ values, unit: 'ms' }, 10);
    expect(drawn.slice(0, 10)).toBe('▁▁▁▁▁█▁▁▁▁');
    expect(drawn.replaceAll('\u00A0', ' ')).toContain('10.0 ms to 90.0 ms');
  });

  it('leaves a gap where nothing is known', () => {
    const drawn = drawSparkline({ values: [1, null, 2], unit: '/s' }, 60);
    expect(drawn.slice(0, 3)).toBe('▁ █');
    expect(drawSparkline({ values: [null], unit: '/s' }, 60)).toBe('nothing known');
  });
});

describe('a strip', () => {
  const interval = { low: 10, median: 14, high: 20 };

  it('has the same width wherever the value is', () => {
    fc.assert(
      fc.property(fc.double({ min: -1e6, max: 1e6, noNaN: true }), (value) => {
        expect(drawStrip({ ...interval, value })).toHaveLength(15);
      }),
    );
  });

  it('shows a value inside, at the edge, outside and out of sight', () => {
    expect(drawStrip({ ...interval, value: 15 })).toBe('····├──●──┤····');
    expect(drawStrip({ ...interval, value: 20 })).toBe('····├─────●····');
    expect(drawStrip({ ...interval, value: 24 })).toBe('····├─────┤·●··');
    expect(drawStrip({ ...interval, value: 99 })).toBe('····├─────┤···▶');
    expect(drawStrip({ ...interval, value: -99 })).toBe('◀···├─────┤····');
  });

  it('never shows a value inside that is outside, nor the other way round', () => {
    fc.assert(
      fc.property(fc.double({ min: 4, max: 26, noNaN: true }), (value) => {
        const place = drawStrip({ ...interval, value }).indexOf('●');
        expect(place >= 4 && place <= 10).toBe(value >= interval.low && value <= interval.high);
      }),
    );
  });

  it('of an interval without width has its value in the middle or out of sight', () => {
    const point = { low: 0, median: 0, high: 0 };
    expect(drawStrip({ ...point, value: 0 })).toBe('····├──●──┤····');
    expect(drawStrip({ ...point, value: 1 })).toBe('····├─────┤···▶');
  });
});

describe('a value axis', () => {
  const positive = fc.array(fc.double({ min: 1e-3, max: 1e5, noNaN: true }), { minLength: 1 });

  it('holds every value, with rising ticks inside of it', () => {
    fc.assert(
      fc.property(positive, (values) => {
        const { domain, ticks } = valueAxis(values);
        expect(Math.min(...values)).toBeGreaterThanOrEqual(domain[0]);
        expect(Math.max(...values)).toBeLessThanOrEqual(domain[1]);
        expect(ticks.length).toBeGreaterThan(0);
        expect(ticks).toEqual([...new Set(ticks)].toSorted((a, b) => a - b));
        expect(ticks.every((tick) => tick >= domain[0] && tick <= domain[1])).toBe(true);
      }),
    );
  });

  it('is never logarithmic when a value is zero, however wide the range', () => {
    expect(valueAxis([0, 1e6]).kind).toBe('linear');
    expect(valueAxis([1, 1e6]).kind).toBe('log');
    expect(valueAxis([5, 6, null]).kind).toBe('linear');
  });

  it('exists without any value', () => {
    expect(valueAxis([null]).domain).toEqual([0, 1]);
  });
});

describe('step labels', () => {
  const horizonMs = 60_000;
  const starts = fc.array(fc.double({ min: 0, max: horizonMs, noNaN: true }), {
    minLength: 1,
    maxLength: 25,
  });

  it('never overlap, and every step belongs to exactly one of them, in order', () => {
    fc.assert(
      fc.property(starts, (times) => {
        const steps = times
          .toSorted((a, b) => a - b)
          .map((startMs, index) => ({
            step: `${index + 1}-any`,
            startMs,
            endMs: startMs,
            isFenced: false,
          }));
        const marks = clusterSteps({ steps, horizonMs });
        const pixelsPerMs = (chartWidth - 70) / horizonMs;
        for (const [index, mark] of marks.entries()) {
          const next = marks[index + 1];
          if (next === undefined) continue;
          const room = (next.atMs - mark.atMs) * pixelsPerMs;
          expect(room).toBeGreaterThan(((mark.label.length + next.label.length) / 2) * 6.5);
        }
        const ranges = marks.map(({ label }) => label.split('–').map(Number));
        expect(ranges.flatMap(([from = 0, to = from]) => numbersBetween(from, to))).toEqual(
          numbersBetween(1, times.length),
        );
      }),
    );
  });
});

function numbersBetween(from: number, to: number): number[] {
  return Array.from({ length: to - from + 1 }, (_, index) => from + index);
}
