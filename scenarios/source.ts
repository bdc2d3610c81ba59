// YAML text as data, with a way back: from a path in the data to the line it stands on. Every mistake of syntax at once,
// and every finding of a schema with file, line and path. JSON is read, too, since YAML contains it.
import { isAlias, isMap, isScalar, isSeq, LineCounter, parseDocument } from 'yaml';
import type { Document, YAMLError } from 'yaml';
import { UserError, type Mistake } from '../engine/failure.ts';
import { pathText, type Finding, type Path } from '../twin/findings.ts';

/** A parsed file. */
export interface Source {
  readonly fileName: string;
  readonly data: unknown;
  /** The line of the key or entry at this path, or of the nearest one above it that exists; from 1. */
  lineOf(path: Path): number;
}

/** Throws a UserError with every syntax mistake. */
export function readSource(text: string, fileName: string): Source {
  const lines = new LineCounter();
  const document = parse(text, fileName, lines);
  const faults = [...document.errors, ...document.warnings];
  if (faults.some(({ message }) => stackExhausted.test(message))) throw tooDeep(fileName);
  if (faults.length > 0) {
    throw new UserError(
      'input',
      faults.map((fault) => describeFault(fault, fileName, lines)),
    );
  }
  const data = toData(document, fileName);
  return { fileName, data, lineOf: (path) => lines.linePos(offsetOf(document, path)).line };
}

/** A UserError of what was found in a file, in the order of its lines. */
export function mistakesIn(source: Source, findings: readonly Finding[]): UserError {
  const mistakes = findings.map(({ path, message, remedy }) => {
    const place = { file: source.fileName, line: source.lineOf(path), path: pathText(path) };
    return remedy === undefined ? { message, place } : { message, place, remedy };
  });
  return new UserError(
    'input',
    mistakes.toSorted((a, b) => a.place.line - b.place.line),
  );
}

/** The parser catches its own RangeError and reports it as a syntax error, once per level. */
const stackExhausted = /maximum call stack/i;

function parse(text: string, fileName: string, lineCounter: LineCounter): Document.Parsed {
  try {
    return parseDocument(text, { lineCounter, prettyErrors: false });
  } catch (error) {
    if (error instanceof RangeError) throw tooDeep(fileName);
    throw error;
  }
}

function toData(document: Document.Parsed, fileName: string): unknown {
  try {
    return document.toJS({ maxAliasCount: 100 }) as unknown;
  } catch (error) {
    if (error instanceof RangeError) throw tooDeep(fileName);
    if (!(error instanceof ReferenceError)) throw error;
    throw new UserError('input', {
      message: `aliases cannot be followed: ${error.message}`,
      place: { file: fileName, line: 1 },
      remedy: 'write the values out',
    });
  }
}

function tooDeep(fileName: string): UserError {
  return new UserError('input', {
    message: 'nested too deeply to be read',
    place: { file: fileName, line: 1 },
    remedy: 'documents of Premortem are at most a few levels deep',
  });
}

function describeFault(fault: YAMLError, file: string, lines: LineCounter): Mistake {
  return { message: fault.message, place: { file, line: lines.linePos(fault.pos[0]).line } };
}

/** Where in the text the last part of the path that exists begins. */
function offsetOf(document: Document.Parsed, path: Path): number {
  let node: unknown = document.contents;
  let offset = startOf(node) ?? 0;
  for (const part of path) {
    if (isAlias(node)) node = node.resolve(document);
    if (isMap(node)) {
      const pair = node.items.find(
        ({ key }) => isScalar(key) && String(key.value) === String(part),
      );
      if (pair === undefined) return offset;
      offset = startOf(pair.key) ?? offset;
      node = pair.value;
    } else if (isSeq(node) && typeof part === 'number') {
      node = node.items[part];
      offset = startOf(node) ?? offset;
    } else {
      return offset;
    }
  }
  return offset;
}

function startOf(node: unknown): number | undefined {
  const ranged = isMap(node) || isSeq(node) || isScalar(node) || isAlias(node);
  return ranged ? node.range?.[0] : undefined;
}
