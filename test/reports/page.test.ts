// The page as a browser gets it: nothing runs, nothing is fetched, nothing from a document becomes markup.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { drawChart } from '../../reports/chart.ts';
import { html } from '../../reports/markup.ts';
import { renderReport } from '../../reports/index.ts';
import { stepChart } from '../../reports/step-chart.ts';
import { exampleComparison, examplePrediction } from './fixtures.ts';

const hostile = `"><script>alert(1)</script><img src=x onerror=alert(1)>'&amp;`;

describe('a page', () => {
  const pages = bothPages();

  it('has no scripts, no event handlers and no address to fetch', async () => {
    for (const page of await pages) {
      expect(page).not.toMatch(/<script|<link|<iframe|<img|<object|\son\w+=|javascript:|@import/i);
      expect(
        [...page.matchAll(/(?:src|href|url)\s*[=(]\s*"?([^")\s>]+)/g)].map(([, to]) => to),
      ).toSatisfy((addresses: string[]) => addresses.every((address) => address.startsWith('#')));
      expect(
        page.match(/https?:[^"]*/g)?.every((name) => name.startsWith('http://www.w3.org/')),
      ).toBe(true);
    }
  });

  it('has well-nested elements, ids that are unique and links that lead somewhere', async () => {
    for (const page of await pages) {
      expect(unclosedElements(page)).toEqual([]);
      const ids = [...page.matchAll(/\sid="([^"]+)"/g)].map(([, id]) => id);
      expect(new Set(ids).size).toBe(ids.length);
      const targets = [...page.matchAll(/href="#([^"]+)"/g)].map(([, id]) => id);
      expect(targets.length).toBeGreaterThan(3);
      expect(targets.every((target) => ids.includes(target))).toBe(true);
    }
  });

  it('is the same, byte for byte, when it is made twice at the same time', async () => {
    const [first, second] = await Promise.all([bothPages(), pages]);
    expect(first).toEqual(second);
    expect(first[0]).not.toBe(first[1]);
  });

  it('shows hostile names as text, in tables and in pictures', async () => {
    const prediction = hostilePrediction();
    const page = await renderReport('premortem/prediction/v1', { prediction }, 'html');
    expect(page).not.toContain('<script');
    expect(page).not.toContain('<img');
    expect(page).toContain('&lt;script&gt;');
    expect(unclosedElements(page)).toEqual([]);
  });
});

it('a sentence keeps its figures and names whole, and says what it said', async () => {
  const page = await renderReport(
    'premortem/prediction/v1',
    { prediction: examplePrediction() },
    'html',
  );
  const [, headline = ''] = /<h1>([^]*?)<\/h1>/.exec(page) ?? [];
  expect(headline).toContain('<span class="whole">checkout-0</span>');
  expect(headline).toMatch(/<span class="whole">90.%: 487–593.ms<\/span>/);
  expect(headline.replaceAll(/<[^>]*>/g, '').replaceAll('\u00A0', ' ')).toBe(
    'Requests to checkout-0 are held for 535 ms (90 %: 487–593 ms), and no acknowledged write is lost.',
  );
});

it('no text can open a tag or leave an attribute', () => {
  fc.assert(
    fc.property(fc.string({ unit: fc.constantFrom('<', '>', '"', "'", '&', 'a', ' ') }), (text) => {
      const { markup } = html`<p title="${text}">${text}</p>`;
      const [, attribute = '', content = ''] =
        /^<p title="([^"]*)">([^<>]*)<\/p>$/.exec(markup) ?? [];
      expect(unescape(attribute)).toBe(text);
      expect(unescape(content)).toBe(text);
    }),
  );
});

describe('a chart', () => {
  it('fills the width it is given and keeps its proportions', async () => {
    const drawn = await drawChart(stepChart(examplePrediction(), null));
    expect(drawn).toMatch(/^<svg [^>]*viewBox="0 0 \d+ \d+"/);
    expect(drawn.slice(0, drawn.indexOf('>'))).not.toMatch(/ (?:width|height)=/);
  });

  it('names every step once and draws a measured bar for each measured one', async () => {
    const prediction = examplePrediction();
    const spans = prediction.steps.map(({ step }, index) => ({
      step,
      startMs: index * 10,
      endMs: index * 10 + 8,
      isFenced: false,
    }));
    const drawn = await drawChart(stepChart(prediction, spans));
    for (const name of ['1 check topology', '7 follow', '10 rejoin']) {
      expect(drawn.split(`>${name}<`)).toHaveLength(2);
    }
    expect(drawn.match(/fill="#c04a00"/g)).toHaveLength(spans.length);
  });

  it('with a mistake in its specification is refused, not drawn wrongly', async () => {
    const spec = {
      data: { values: [] },
      mark: 'bar' as const,
      encoding: { x: { field: 'a', type: 'quantitative' as const } },
    };
    await expect(drawChart({ id: 'empty', spec })).rejects.toThrow(/chart empty/);
  });

  it('that wants to load something is refused', async () => {
    const spec = { data: { url: 'data.json' }, mark: 'point' as const, encoding: {} };
    await expect(drawChart({ id: 'thief', spec })).rejects.toThrow();
  });
});

function hostilePrediction(): ReturnType<typeof examplePrediction> {
  const prediction = examplePrediction();
  return {
    ...prediction,
    scenario: { ...prediction.scenario, name: hostile },
    actions: [hostile],
    steps: prediction.steps.map((step, index) => ({
      ...step,
      step: `${index + 1}-${hostile}${index}`,
    })),
    bands: prediction.bands.map((band, index) => ({
      ...band,
      metric: `latency_ms.p50{class=${hostile.replaceAll('=', '')}${index}}`,
    })),
    blastRadius: { ...prediction.blastRadius, tenants: [hostile], shards: [hostile] },
    policy: prediction.policy.map((verdict) => ({ ...verdict, rule: hostile, reason: hostile })),
    risk: {
      score: 10,
      components: [{ name: hostile, value: 0.1, weight: 1, evidence: hostile }],
    },
    parameters: prediction.parameters.map((one) => ({ ...one, path: hostile, source: hostile })),
  };
}

async function bothPages(): Promise<[string, string]> {
  return [
    await renderReport('premortem/prediction/v1', { prediction: examplePrediction() }, 'html'),
    await renderReport('premortem/verification/v1', exampleComparison(), 'html'),
  ];
}

/** Names of elements that are closed in the wrong order or never; void elements have no end. */
function unclosedElements(page: string): string[] {
  const open: string[] = [];
  const body = page.replace(/<style>[^]*?<\/style>/, '');
  for (const [tag, slash, name = ''] of body.matchAll(/<(\/?)([a-z]+)(?:\s[^<>]*)?>/gi)) {
    if (['meta', 'br'].includes(name) || tag.endsWith('/>')) continue;
    if (slash === '') open.push(name);
    else if (open.at(-1) === name) open.pop();
    else return [...open, `/${name}`];
  }
  return open;
}

function unescape(text: string): string {
  return text
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&quot;', '"')
    .replaceAll('&#39;', "'")
    .replaceAll('&amp;', '&');
}
