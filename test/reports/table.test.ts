import { describe, expect, it } from 'vitest';
import { columnsOf } from '../../reports/columns.ts';
import { escapeMarkdown, markdownOf, textTable, wrapText } from '../../reports/table.ts';

const plain = { columns: 80, colour: false };

describe('a table in the terminal', () => {
  it('aligns figures at the right, puts details below and leaves no trailing blanks', () => {
    const rows = [
      ['commit', { text: '71.6 ms', detail: '65.2–79.3 ms' }],
      ['job', '5 ms'],
    ];
    expect(textTable({ columns: columnsOf('Class', '>Latency'), rows }, plain).split('\n')).toEqual(
      [
        '  Class        Latency',
        '  commit       71.6 ms',
        '          65.2–79.3 ms',
        '  job             5 ms',
      ],
    );
  });

  it('wraps text and never figures, and keeps the width it is given', () => {
    const sentence = 'requests are held and drained before the hand-over, so none is sent twice';
    const rows = [[sentence, '1,234,567 ms', sentence]];
    const drawn = textTable({ columns: columnsOf('Claim', '>Value', 'Because'), rows }, plain);
    expect(drawn.split('\n').every((line) => line.length <= plain.columns)).toBe(true);
    expect(drawn).toContain('1,234,567 ms');
    expect(drawn.replaceAll(/\s+/g, ' ')).toContain('requests are');
  });

  it('has colours only where the terminal has them', () => {
    const rows = [[{ text: 'refuted', tone: 'bad' as const }]];
    const table = { columns: columnsOf('Verdict'), rows };
    expect(textTable(table, plain)).not.toContain('\u001B');
    expect(textTable(table, { ...plain, colour: true })).toContain('\u001B[31mrefuted\u001B[0m');
  });

  it('lets no control character of a document reach the terminal', () => {
    const rows = [['a\u001B[2Jb\nc\u009Bd']];
    const drawn = textTable({ columns: columnsOf('Name'), rows }, plain);
    expect(drawn.split('\n')).toEqual(['  Name', '  a [2Jb c d']);
  });
});

it('text wraps between words but not between a number and its unit', () => {
  expect(wrapText('held for 535\u00A0ms at most', 12)).toEqual(['held for', '535 ms at', 'most']);
});

describe('a table in Markdown', () => {
  it('keeps its cells whole when they hold its own signs', () => {
    const rows = [['a|b\nc', { text: '<b>x</b>', detail: '90 %' }]];
    const [, , body = ''] = markdownOf({ columns: columnsOf('A', '>B'), rows }).split('\n');
    expect(body.split(/(?<!\\)\|/)).toHaveLength(4);
    expect(body).toContain(String.raw`a\|b c`);
    expect(body).toContain('&lt;b&gt;x&lt;/b&gt;<br>90 %');
  });

  it('escapes emphasis, code and links', () => {
    expect(escapeMarkdown('*a* `b` [c](d) #e')).toBe(String.raw`\*a\* \`b\` \[c\](d) \#e`);
  });
});
