// A report as GitHub-flavoured Markdown, for pull requests, tickets and chat. No HTML but line breaks in tables;
// charts are sparklines in code blocks.
import { unreachable } from '../engine/failure.ts';
import type { Block, Report, Section } from './report.ts';
import { drawSparkline } from './sparkline.ts';
import { escapeMarkdown, markdownOf, plainLine } from './table.ts';

const sparklineWidth = 60;

/** Ends with a newline. */
export function renderMarkdown(report: Report): string {
  const parts = [
    `# ${escapeMarkdown(report.title)}`,
    `**${escapeMarkdown(report.verdict.text)}** ${escapeMarkdown(report.headline)}`,
    ...report.summary.map(escapeMarkdown),
    factsOf(report),
    ...report.sections.map(sectionOf),
    originOf(report),
  ];
  return `${parts.filter((part) => part !== '').join('\n\n')}\n`;
}

function factsOf({ facts }: Report): string {
  const titles = ['Key figure', 'Value', 'How sure'];
  return markdownOf({
    columns: titles.map((title, index) => ({ title, align: index === 1 ? 'right' : 'left' })),
    rows: facts.map(({ label, value, detail }) => [label, value, detail]),
  });
}

function sectionOf({ title, lead, blocks }: Section): string {
  const head = [`## ${escapeMarkdown(title)}`, escapeMarkdown(lead)];
  return [...head, ...blocks.map(blockOf)].filter((part) => part !== '').join('\n\n');
}

function blockOf(block: Block): string {
  switch (block.kind) {
    case 'paragraph':
      return escapeMarkdown(block.text);
    case 'table':
      return withFrame(block.title, markdownOf(block), block.note);
    case 'bars': {
      const columns = ['', 'Value', 'Because'].map((title, index) => ({
        title,
        align: index === 1 ? ('right' as const) : ('left' as const),
      }));
      const rows = block.bars.map(({ label, text, detail }) => [label, text, detail]);
      return withFrame('', markdownOf({ columns, rows }), block.note);
    }
    case 'charts': {
      const lines = block.charts
        .flatMap(({ sparklines }) => sparklines)
        .map(
          (line) => `${plainLine(line.label)}\n${plainLine(drawSparkline(line, sparklineWidth))}`,
        );
      // Labels come from documents: a fence longer than any run of backticks in them cannot be closed early.
      const longest = Math.max(
        2,
        ...[...lines.join('\n').matchAll(/`+/g)].map(([run]) => run.length),
      );
      const fence = '`'.repeat(longest + 1);
      return lines.length === 0 ? '' : `${fence}text\n${lines.join('\n')}\n${fence}`;
    }
    case 'beside':
      return block.blocks
        .map(blockOf)
        .filter((part) => part !== '')
        .join('\n\n');
    default:
      return unreachable(block);
  }
}

function withFrame(title: string, table: string, note: string): string {
  return [title === '' ? '' : `### ${escapeMarkdown(title)}`, table, escapeMarkdown(note)]
    .filter((part) => part !== '')
    .join('\n\n');
}

function originOf({ origin }: Report): string {
  return [
    '---',
    ...origin.map(({ label, value }) => `- ${escapeMarkdown(label)}: ${escapeMarkdown(value)}`),
  ].join('\n');
}
