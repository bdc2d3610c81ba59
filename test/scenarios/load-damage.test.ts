// Damaged library files: whatever is broken in them is told with file and line, and nothing crashes the loader. Every unit,
// name, number and key of the library is broken once; random edits look for what nobody thought of.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isMap, isPair, isScalar, parseDocument, visit, type Scalar } from 'yaml';
import { UserError, type Mistake } from '../../engine/failure.ts';
import { checkScenario, loadEstate, loadScenario } from '../../scenarios/load.ts';
import { crashText, labEstateText, promoteText } from './library.ts';

const lab = loadEstate(labEstateText, 'lab.yaml');

/** Loads an estate or a scenario, whichever the text is of, and checks the scenario against the lab. */
function load(text: string, fileName: string): void {
  if (fileName === 'lab.yaml') loadEstate(text, fileName);
  else checkScenario(loadScenario(text, fileName), lab, fileName, text);
}

/** The mistakes of a text; none when it loads. Anything but a UserError with places is thrown on. */
function mistakesOf(text: string, fileName: string): readonly Mistake[] {
  try {
    load(text, fileName);
    return [];
  } catch (error) {
    if (!(error instanceof UserError) || error.code !== 'input') throw error;
    const lines = text.split('\n').length;
    for (const { place, message } of error.mistakes) {
      expect(message).not.toBe('');
      expect(place?.file).toBe(fileName);
      expect(place?.line).toBeGreaterThanOrEqual(1);
      expect(place?.line).toBeLessThanOrEqual(lines);
    }
    return error.mistakes;
  }
}

// One splice of a text: what stands between the two offsets is replaced.
interface Splice {
  readonly from: number;
  readonly to: number;
  readonly text: string;
}

function apply(text: string, { from, to, text: inserted }: Splice): string {
  return text.slice(0, from) + inserted + text.slice(to);
}

/** Scalars of the file that a predicate picks, each with the key or entry it belongs to. */
function scalarsOf(text: string, picks: (value: unknown, key: string) => boolean): Scalar[] {
  const found: Scalar[] = [];
  visit(parseDocument(text), {
    Scalar(_key, node, path) {
      const pair = path.findLast(isPair);
      const key = isScalar(pair?.key) ? String(pair.key.value) : '';
      if (_key !== 'key' && picks(node.value, key)) found.push(node);
    },
  });
  return found;
}

function rangeOf(node: {
  range?: readonly [number, number, number] | null | undefined;
}): [number, number] {
  if (node.range === null || node.range === undefined) throw new Error('a parsed node has a range');
  return [node.range[0], node.range[1]];
}

const files = [
  ['lab.yaml', labEstateText],
  ['promote-eu.yaml', promoteText],
  ['primary-crash.yaml', crashText],
] as const;

const isQuantity = (value: unknown): boolean =>
  /^\$?\d+(ms|s|\/s|B|GiB|%|\.\d+\/h)$/.test(String(value));

const references = new Set([
  'region',
  'zone',
  'tier',
  'home',
  'between',
  'nodes',
  'class',
  'shard',
  'to',
  'node',
]);
const optional = new Set([
  'lane',
  'syncRule',
  'commitMode',
  'slos',
  'failover',
  'warmup',
  'timeline',
]);

describe.each(files)('any damage to %s', (fileName, text) => {
  const spliceEach = (nodes: readonly Scalar[], change: (given: string) => string[]): Splice[] =>
    nodes.flatMap((node) => {
      const [from, to] = rangeOf(node);
      return change(text.slice(from, to)).map((inserted) => ({ from, to, text: inserted }));
    });
  const quantities = scalarsOf(text, isQuantity);
  const named = scalarsOf(text, (_value, key) => references.has(key));
  const numbers = scalarsOf(text, (value) => typeof value === 'number');
  const changes = [
    ...spliceEach(quantities, (given) => [
      `-${given}`,
      given.replaceAll(/[^\d.]/g, ''),
      `${given}x`,
      '5 parsecs',
      '[]',
      '{ a: 1 }',
      '~',
      '.inf',
      '0x10ms',
    ]),
    ...spliceEach(named, () => ['nowhere', '7', '~', '[]', '""', '__proto__', 'constructor']),
    ...spliceEach(numbers, (given) => [
      `-${given}`,
      '0.5e-400',
      '.nan',
      '-.inf',
      'many',
      `"${given}"`,
    ]),
  ].filter((splice) => !(splice.text === '0' || splice.text === ''));

  it('in a unit, a name or a number is found on its line', () => {
    expect(changes.length).toBeGreaterThan(10);
    for (const splice of changes) {
      const damaged = apply(text, splice);
      const line = damaged.slice(0, splice.from).split('\n').length;
      const lines = mistakesOf(damaged, fileName).map(({ place }) => place?.line);
      expect(lines, JSON.stringify(splice)).toContain(line);
    }
  });

  it('by leaving out a key is found', () => {
    const document = parseDocument(text);
    const paths: string[][] = [];
    visit(document, {
      Pair(_key, pair, path) {
        const keys = [...path, pair].filter(isPair).map(({ key }) => String(key));
        const inList = path.some((node) => !isMap(node) && !isPair(node) && 'items' in node);
        if (!inList && !optional.has(String(pair.key))) paths.push(keys);
      },
    });
    expect(paths.length).toBeGreaterThan(5);
    for (const path of paths) {
      const cut = document.clone();
      expect(cut.deleteIn(path)).toBe(true);
      expect(mistakesOf(cut.toString(), fileName).length, path.join('.')).toBeGreaterThan(0);
    }
  });

  it('of any kind is a UserError with file and line, never a crash', () => {
    const scraps = fc.constantFrom(
      ':',
      '\n',
      '  ',
      '- ',
      '{',
      '}',
      '[',
      ']',
      '"',
      '&a ',
      '*a',
      '!x ',
      '~',
      '#',
      '\t',
      '__proto__: {}',
      '<<: *a',
      '\0',
      '?',
    );
    const splice = fc.record({
      from: fc.nat(text.length),
      length: fc.nat(30),
      text: fc.oneof(scraps, fc.string({ maxLength: 8 })),
    });
    fc.assert(
      fc.property(fc.array(splice, { minLength: 1, maxLength: 4 }), (splices) => {
        const damaged = splices.reduce(
          (current, { from, length, text: inserted }) =>
            apply(current, { from, to: from + length, text: inserted }),
          text,
        );
        mistakesOf(damaged, fileName);
      }),
      { numRuns: 400 },
    );
  });
});
