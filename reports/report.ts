// The shape of every report: what a page says, free of how it looks. Each document has one function that builds a
// Report, each format one function that prints it, so three formats cannot tell three stories. Charts are
// Vega-Lite specifications here; only the page draws them, the other formats print their sparklines.
import type { TopLevelSpec } from 'vega-lite';

/** How a figure should be felt. Never carried by colour alone: the words and signs say the same. */
export type Tone = 'good' | 'bad' | 'caution' | 'plain';

/** A measured value against a predicted interval, drawn as a small strip: all four in one unit. */
export interface Strip {
  readonly low: number;
  readonly median: number;
  readonly high: number;
  readonly value: number;
}

/** `detail` is the smaller second line: an interval, a sample size. */
export interface Cell {
  readonly text: string;
  readonly detail?: string;
  readonly tone?: Tone;
  readonly strip?: Strip;
}

export type CellContent = string | Cell;

export interface Column {
  readonly title: string;
  readonly align: 'left' | 'right';
}

/** A key figure of the head: `5 ms` under `requests held`, with its interval. */
export interface Fact {
  readonly label: string;
  readonly value: string;
  readonly detail: string;
  readonly tone: Tone;
}

/** A bar of 0 to 1 with what it stands for; `share` is its length. */
export interface Bar {
  readonly label: string;
  readonly share: number;
  readonly text: string;
  readonly detail: string;
}

/** One line of numbers for formats that cannot draw; null where nothing is known. */
export interface Sparkline {
  readonly label: string;
  readonly values: readonly (number | null)[];
  readonly unit: string;
}

export interface Chart {
  readonly kind: 'chart';
  /** Unique within the report; made of letters, digits and hyphens, since element ids are made of it. */
  readonly id: string;
  readonly title: string;
  readonly caption: string;
  readonly spec: TopLevelSpec;
  readonly sparklines: readonly Sparkline[];
}

/** What a colour of the charts below it stands for. `colour` is one of the theme's. */
export interface Legend {
  readonly label: string;
  readonly shape: 'band' | 'line' | 'block' | 'rule' | 'whisker';
  readonly colour: string;
}

export interface Table {
  readonly kind: 'table';
  readonly title: string;
  readonly columns: readonly Column[];
  readonly rows: readonly (readonly CellContent[])[];
  readonly note: string;
}

/** `beside`: next to each other where the page is wide enough. */
export type Block =
  | { readonly kind: 'paragraph'; readonly text: string; readonly tone?: Tone }
  | { readonly kind: 'bars'; readonly bars: readonly Bar[]; readonly note: string }
  | {
      readonly kind: 'charts';
      readonly charts: readonly Chart[];
      readonly legend: readonly Legend[];
    }
  | { readonly kind: 'beside'; readonly blocks: readonly Block[] }
  | Table;

export interface Section {
  readonly id: string;
  readonly title: string;
  /** One or two sentences: what the section shows and how to read it. */
  readonly lead: string;
  readonly blocks: readonly Block[];
}

/** The answer first (`verdict`, `headline`, `facts`), evidence below (`sections`), what it takes to repeat it last. */
export interface Report {
  /** Title of the window and of the document. */
  readonly title: string;
  readonly verdict: { readonly text: string; readonly tone: Tone };
  readonly headline: string;
  readonly summary: readonly string[];
  readonly facts: readonly Fact[];
  readonly sections: readonly Section[];
  readonly origin: readonly { readonly label: string; readonly value: string }[];
}
