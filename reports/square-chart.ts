// A square picture in which what was said stands against what was seen, on equal axes: on the diagonal lies whoever was
// right. The axes are titled by the diagonal, which is drawn first.
import type { TopLevelSpec } from 'vega-lite';
import { chartWidth, palette } from './theme.ts';
import type { ValueAxis } from './value-axis.ts';

export type Layer = Extract<TopLevelSpec, { layer: unknown }>['layer'][number];

/** Width and height of the plot. */
export const squareSide = chartWidth - 90;

/** The layers upon the diagonal, with the titles of both axes. */
export function squareSpec(
  layers: readonly Layer[],
  axis: ValueAxis,
  [xTitle, yTitle]: readonly [string, string],
): TopLevelSpec {
  const [low, high] = axis.domain;
  const corners = [
    { from: low, to: low },
    { from: high, to: high },
  ];
  const x = { field: 'from', type: 'quantitative' as const, ...scaleOf(axis, xTitle) };
  const y = { field: 'to', type: 'quantitative' as const, ...scaleOf(axis, yTitle) };
  return {
    width: squareSide,
    height: squareSide,
    layer: [
      {
        data: { values: corners },
        mark: { type: 'line', color: palette.step, strokeWidth: 1, strokeDash: [3, 3] },
        encoding: { x, y },
      },
      ...layers,
    ],
  };
}

type Channel = { field: string; type: 'quantitative'; scale: ReturnType<typeof scaleOf>['scale'] };

/** Both channels of a layer on these axes. */
export function squareAxes(
  xField: string,
  yField: string,
  axis: ValueAxis,
): { x: Channel; y: Channel } {
  const { scale } = scaleOf(axis, '');
  return {
    x: { field: xField, type: 'quantitative', scale },
    y: { field: yField, type: 'quantitative', scale },
  };
}

/** Scale and axis with the ticks that were chosen for it. */
export function scaleOf(
  axis: ValueAxis,
  title: string,
): {
  scale: { type: ValueAxis['kind']; domain: number[]; nice: false };
  axis: { title: string; values: number[]; format: string };
} {
  return {
    scale: { type: axis.kind, domain: [...axis.domain], nice: false },
    axis: { title, values: [...axis.ticks], format: ',~f' },
  };
}
