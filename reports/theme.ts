// The look of every picture: one palette, one Vega-Lite configuration. Light and printable; the colours are those of
// Okabe and Ito (2008), which stay apart for colour-blind eyes, darkened where they carry thin lines on white.
import type { Config } from 'vega-lite';

export const palette = {
  ink: '#1b1f24',
  muted: '#57606a',
  grid: '#e4e8ed',
  predicted: '#0072b2',
  measured: '#c04a00',
  fence: '#f3c65a',
  served: '#a9bccb',
  step: '#5b7083',
} as const;

/** Sizes in a chart's own pixels; pages scale the whole picture between about three quarters and one and a quarter. */
export const chartWidth = 480;

export const theme: Config = {
  background: 'white',
  font: 'system-ui, -apple-system, "Segoe UI", "Liberation Sans", Arial, sans-serif',
  padding: 4,
  aria: false,
  view: { stroke: null },
  axis: {
    domain: false,
    ticks: false,
    grid: true,
    gridColor: palette.grid,
    labelColor: palette.muted,
    labelFontSize: 12,
    labelPadding: 6,
    titleColor: palette.muted,
    titleFontSize: 12,
    titleFontWeight: 'normal',
    titlePadding: 8,
  },
};
