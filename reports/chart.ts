// A Vega-Lite specification in, an SVG element as text out. Vega is large, so it is loaded only when something is drawn.
// It may fetch nothing, and ids are renamed so that many pictures fit one page and equal charts give equal text.
import type { ViewOptions } from 'vega';
import { assert } from '../engine/failure.ts';
import type { Chart } from './report.ts';
import { theme } from './theme.ts';

type VegaLogger = NonNullable<ViewOptions['logger']>;

/** An `<svg>` without size of its own: it fills the width it is given. Rejects when the specification has a mistake. */
export async function drawChart({ id, spec }: Pick<Chart, 'id' | 'spec'>): Promise<string> {
  const [vega, vegaLite] = await Promise.all([import('vega'), import('vega-lite')]);
  const mistakes: string[] = [];
  const logger = collectingLogger(mistakes);
  const compiled = vegaLite.compile({ ...spec, config: theme }, { logger });
  const view = new vega.View(vega.parse(compiled.spec), {
    renderer: 'none',
    loader: closedLoader,
    logger,
  });
  const drawn = await view.toSVG();
  view.finalize();
  assert(
    mistakes.length === 0,
    `chart ${id} is specified without mistakes: ${mistakes.join('; ')}`,
  );
  return ownIds(drawn, id).replace(/ width="[\d.]+" height="[\d.]+"/, '');
}

/** Numbers the ids by their place in the picture: Vega counts them over the life of the process. */
function ownIds(drawn: string, chartId: string): string {
  let renamed = drawn;
  const ids = [...drawn.matchAll(/ id="([^"]+)"/g)].map(([, found = '']) => found);
  for (const [index, found] of ids.entries()) {
    renamed = renamed
      .replaceAll(`id="${found}"`, `id="${chartId}--${index}"`)
      .replaceAll(`url(#${found})`, `url(#${chartId}--${index})`);
  }
  return renamed;
}

const closedLoader = {
  load: refuse,
  sanitize: refuse,
  http: refuse,
  file: refuse,
};

function refuse(address: string): Promise<never> {
  return Promise.reject(new Error(`invariant broken: a chart wants to load ${address}`));
}

/** Vega goes on after mistakes in a specification and only logs them; they are kept, to be found after drawing. */
function collectingLogger(mistakes: string[]): VegaLogger {
  const collect = (...texts: readonly unknown[]): VegaLogger => {
    mistakes.push(texts.join(' '));
    return logger;
  };
  const logger: VegaLogger = {
    level: () => logger,
    error: collect,
    warn: collect,
    info: () => logger,
    debug: () => logger,
  };
  return logger;
}
