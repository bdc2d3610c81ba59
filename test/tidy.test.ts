// The repository checks itself: rooms import one way, files stay small and open with what they are for, nothing is left
// half-done, and whatever can be extended has its test and its example.
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { libraryFiles } from '../scenarios/library/index.ts';
import { loadScenario } from '../scenarios/load.ts';
import { actionsOf } from '../scenarios/scenario.ts';
import { actionKinds } from '../twin/actions/index.ts';

const root = fileURLToPath(new URL('..', import.meta.url));

/** In the order in which they may import: each from itself and from those before it. */
const rooms = ['engine', 'twin', 'scenarios', 'reports', 'live', 'cli', 'test'] as const;
const pureRooms: readonly string[] = ['engine', 'twin', 'scenarios', 'reports'];

/** The two files of the pure rooms that touch the machine: hashing, and threads for ensembles. */
const worldly = ['engine/digest.ts', 'engine/ensemble/threads.ts'];

interface File {
  readonly path: string;
  readonly room: string;
  readonly text: string;
  /** Without comments. */
  readonly code: string;
}

function filesWith(suffix: string): File[] {
  return rooms.flatMap((room) =>
    readdirSync(join(root, room), { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith(suffix))
      .map((name) => {
        const path = `${room}/${name}`;
        const text = readFileSync(join(root, path), 'utf8');
        const code = text.replaceAll(/\/\*[^]*?\*\//g, '').replaceAll(/^\s*\/\/.*$/gm, '');
        return { path, room, text, code };
      }),
  );
}

const sources = filesWith('.ts');

/** Paths of the files in which something is found. */
function pathsWhere(files: readonly File[], isFound: (file: File) => boolean): string[] {
  return files.filter(isFound).map(({ path }) => path);
}

/** What a file imports, statically or not: relative ones as paths from the root. */
function importsOf({ path, code }: File): string[] {
  const found = code.matchAll(/\b(?:from|import)\s*\(?\s*'([^']+)'/g);
  return [...found].map(([, specifier = '']) =>
    specifier.startsWith('.') ? normalize(join(dirname(path), specifier)) : specifier,
  );
}

describe('the rooms', () => {
  it('were all seen, with the imports between them', () => {
    for (const room of rooms) {
      expect([room, sources.filter((file) => file.room === room).length > 0]).toEqual([room, true]);
    }
    expect(sources.length).toBeGreaterThan(150);
    const crossing = sources.flatMap((file) =>
      importsOf(file).filter((target) => target.includes('/') && !target.startsWith(file.room)),
    );
    expect(crossing.length).toBeGreaterThan(200);
  });

  it('import one way', () => {
    const wrong = sources.flatMap((file) =>
      importsOf(file)
        .filter((target) => {
          const room = rooms.findIndex((one) => target.startsWith(`${one}/`));
          return room > rooms.findIndex((one) => one === file.room);
        })
        .map((target) => `${file.path} imports ${target}`),
    );
    expect(wrong).toEqual([]);
  });

  it('name the files that they import with their suffix, and only files that exist', () => {
    const known = new Set(sources.map(({ path }) => path));
    const wrong = sources.flatMap((file) =>
      importsOf(file)
        .filter((target) => rooms.some((room) => target.startsWith(`${room}/`)))
        .filter((target) => !known.has(target))
        .map((target) => `${file.path} imports ${target}`),
    );
    expect(wrong).toEqual([]);
  });

  it('leave the world to live and cli', () => {
    const pure = sources.filter(({ room }) => pureRooms.includes(room));
    const touching = pathsWhere(pure, (file) =>
      importsOf(file).some((target) => target.startsWith('node:') || target === 'piscina'),
    );
    expect(touching.toSorted()).toEqual(worldly);
    const impure =
      /\bMath\.random\b|\bDate\.now\b|\bnew Date\b|\bperformance\.now\b|\bprocess\.env\b/;
    expect(pathsWhere(pure, ({ code }) => impure.test(code))).toEqual([]);
  });
});

describe('every file', () => {
  it('opens with a comment that says what it is', () => {
    // A test's sentences say it already.
    const others = sources.filter(({ path }) => !path.endsWith('.test.ts'));
    const silent = pathsWhere(others, ({ text }) => !/^(?:#!.*\n)?\/\/ \S+ \S+/.test(text));
    expect(silent).toEqual([]);
  });

  it('has at most 300 lines of code', () => {
    const long = sources.map(({ path, code }) => ({
      path,
      lines: code.split('\n').filter((line) => line.trim() !== '').length,
    }));
    expect(Math.max(...long.map(({ lines }) => lines))).toBeGreaterThan(100);
    expect(long.filter(({ lines }) => lines > 300)).toEqual([]);
  });

  it('is called by a kebab-case name', () => {
    const odd = pathsWhere(
      sources,
      ({ path }) => !/^[a-z0-9-]+(?:[/.][a-z0-9-]+)*\.ts$/.test(path),
    );
    expect(odd).toEqual([]);
  });

  it('is finished', () => {
    // Written so that this file does not find itself.
    const words = ['TO' + 'DO', 'FIX' + 'ME', 'HA' + 'CK', 'st' + 'ub(?:s|bed)?', 'for' + ' now'];
    const unfinished = new RegExp(`\\b(?:${words.join('|')})\\b`);
    expect(unfinished.test(`// ${words[0]}: later`)).toBe(true);
    const texts = [...sources, ...filesWith('.yaml'), ...filesWith('.md')];
    expect(texts.length).toBeGreaterThan(sources.length);
    expect(pathsWhere(texts, ({ text }) => unfinished.test(text))).toEqual([]);
  });

  it('of tests runs all of them', () => {
    const tests = sources.filter(({ path }) => path.endsWith('.test.ts'));
    expect(tests.length).toBeGreaterThan(30);
    const partly = /\b(?:it|test|describe)\.(?:only|skip|todo)\b/;
    expect(pathsWhere(tests, ({ code }) => partly.test(code))).toEqual([]);
  });
});

describe('whatever can be extended', () => {
  const kinds = Object.keys(actionKinds);

  it('lists every action that has a file', () => {
    const files = sources
      .map(({ path }) => /^twin\/actions\/([a-z-]+)\.ts$/.exec(path)?.[1])
      .filter((name) => name !== undefined && !['index', 'action', 'target'].includes(name));
    expect(new Set(kinds)).toEqual(new Set(files));
    expect(kinds.length).toBeGreaterThan(0);
  });

  it('tests every action and shows it in a scenario of the library', () => {
    const known = new Set(sources.map(({ path }) => path));
    const shown = libraryFiles
      .filter(({ kind }) => kind === 'scenario')
      .flatMap(({ url, name }) => actionsOf(loadScenario(readFileSync(url, 'utf8'), name)))
      .map(({ kind }) => kind as string);
    for (const kind of kinds) {
      expect(known).toContain(`test/twin/actions/${kind}.test.ts`);
      expect(shown).toContain(kind);
    }
  });

  it('lists every file of the library', () => {
    const listed = libraryFiles.map(({ url }) => fileURLToPath(url).slice(root.length));
    const there = filesWith('.yaml')
      .map(({ path }) => path)
      .filter((path) => path.startsWith('scenarios/library/'));
    expect(there.length).toBeGreaterThan(1);
    expect(listed.toSorted()).toEqual(there.toSorted());
  });
});
