// HTML as values: the tag `html` escapes everything that is put into it, except what is markup already. This is the one
// place where text becomes HTML, so nothing from a document can open a tag or leave an attribute.

/** HTML that is safe to put into a page. Made only by the functions of this file. */
export interface Markup {
  readonly markup: string;
}

type Content = string | number | Markup | readonly Markup[];

/** Attributes must stand in double quotes for the escaping to hold. */
export function html(strings: TemplateStringsArray, ...contents: readonly Content[]): Markup {
  const parts = contents.map((content, index) => `${textOf(content)}${strings[index + 1] ?? ''}`);
  return { markup: `${strings[0] ?? ''}${parts.join('')}` };
}

/** Text that is known to be markup because this room drew it: a chart, the style sheet. */
export function trusted(markup: string): Markup {
  return { markup };
}

/** Pieces of a sentence, with nothing between them. */
export function joined(parts: readonly Markup[]): Markup {
  return { markup: parts.map(({ markup }) => markup).join('') };
}

export const nothing: Markup = { markup: '' };

function textOf(content: Content): string {
  if (typeof content === 'number') return String(content);
  if (typeof content === 'string') return escapeHtml(content);
  return 'markup' in content ? content.markup : content.map(({ markup }) => markup).join('\n');
}

function escapeHtml(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replaceAll("'", '&#39;');
}
