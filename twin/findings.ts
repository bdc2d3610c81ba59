// Reading unknown data with a schema, and what was found wrong with it: findings with a path instead of a line, since
// the twin knows no files. Whoever has the text (scenarios/source.ts) turns paths into lines.
import { z } from 'zod';
import { nearestNames } from '../engine/failure.ts';

export type Path = readonly (string | number)[];

/** Something wrong in a document: where, what, and what to do about it. */
export interface Finding {
  readonly path: Path;
  readonly message: string;
  readonly remedy?: string;
}

/** A document, or everything that is wrong with the data. */
export type Reading<T> =
  | { readonly kind: 'read'; readonly value: T }
  | { readonly kind: 'mistaken'; readonly findings: readonly Finding[] };

/**
 * Parses data with a schema and puts every issue into our own words. A schema's own `error` text is taken as the remedy:
 * it says what to write ("write a duration such as 250ms").
 */
export function readWith<T>(schema: z.ZodType<T>, data: unknown): Reading<T> {
  const knownKeys = new Map<string, readonly string[]>();
  const result = schema.safeParse(data, {
    reportInput: true,
    error: (raw) => {
      if (raw.code === 'unrecognized_keys') {
        knownKeys.set(JSON.stringify(raw.path ?? []), keysOf(raw.inst));
      }
      // Empty, so that a text means that the schema itself has something to say.
      return '';
    },
  });
  if (result.success) return { kind: 'read', value: result.data };
  const findings = result.error.issues.flatMap((issue) => describeIssue(issue, knownKeys));
  return { kind: 'mistaken', findings };
}

/** `fleets.checkout.shards[1].primary` */
export function pathText(path: Path): string {
  return path
    .map((part, index) => (typeof part === 'number' ? `[${part}]` : index > 0 ? `.${part}` : part))
    .join('');
}

/** `did you mean us-east-1? regions here: us-east-1, eu-west-1` */
export function suggestNames(wanted: string, names: readonly string[], plural: string): string {
  const near = nearestNames(wanted, names, 2);
  const guess = near.length > 0 ? `did you mean ${near.join(' or ')}? ` : '';
  return `${guess}${plural} here: ${names.length > 0 ? names.join(', ') : 'none'}`;
}

function describeIssue(
  issue: z.core.$ZodIssue,
  knownKeys: ReadonlyMap<string, readonly string[]>,
): readonly Finding[] {
  const path = issue.path.map((part) => (typeof part === 'number' ? part : String(part)));
  if (issue.code === 'unrecognized_keys') {
    const names = knownKeys.get(JSON.stringify(issue.path)) ?? [];
    return issue.keys.map((key) => ({
      path: [...path, key],
      message: `unknown key "${key}"`,
      remedy: suggestNames(key, names, 'keys'),
    }));
  }
  const meant = issue.code === 'invalid_union' ? branchThatWasMeant(issue.errors) : undefined;
  if (meant !== undefined) {
    const inner = meant.flatMap((part) => describeIssue(part, knownKeys));
    return inner.map((finding) => ({ ...finding, path: [...path, ...finding.path] }));
  }
  const message = sayWhatIsWrong(issue);
  const remedy = sayWhatToDo(issue);
  return [remedy === undefined ? { path, message } : { path, message, remedy }];
}

/** The keys that a schema allows: those of a shape, or the names of a closed set. */
function keysOf(schema: unknown): readonly string[] {
  if (schema instanceof z.ZodObject) return Object.keys(schema.shape);
  if (schema instanceof z.ZodRecord && schema.keyType instanceof z.ZodEnum) {
    return schema.keyType.options.map(String);
  }
  return [];
}

/** The one form of a union whose keys are right and only whose values are wrong: its mistakes are the ones to tell. */
function branchThatWasMeant(
  branches: readonly (readonly z.core.$ZodIssue[])[],
): readonly z.core.$ZodIssue[] | undefined {
  const near = branches.filter((issues) =>
    issues.every(({ path, input }) => path.length > 0 && input !== undefined),
  );
  return near.length === 1 ? near[0] : undefined;
}

function sayWhatIsWrong(issue: z.core.$ZodIssue): string {
  if (issue.code === 'custom') return issue.message === '' ? 'not allowed' : issue.message;
  if (issue.code === 'invalid_union' && issue.discriminator !== undefined) {
    const given = propertyOf(issue.input, issue.discriminator);
    return given === undefined ? 'missing' : `unknown ${issue.discriminator} ${show(given)}`;
  }
  if (issue.input === undefined) return 'missing';
  if (issue.input === null) return 'empty';
  if (issue.code === 'invalid_type') {
    if (typeof issue.input === 'number') return `${issue.input} is a bare number`;
    return `must be ${nounOf(issue.expected)}, not ${show(issue.input)}`;
  }
  if (issue.code === 'too_small') {
    const bound = issue.inclusive ? 'at least' : 'above';
    return `must be ${bound} ${issue.minimum}${counted(issue.origin)}`;
  }
  if (issue.code === 'too_big') {
    const bound = issue.inclusive ? 'at most' : 'below';
    return `must be ${bound} ${issue.maximum}${counted(issue.origin)}`;
  }
  return `${show(issue.input)} is not allowed here`;
}

function sayWhatToDo(issue: z.core.$ZodIssue): string | undefined {
  if (issue.code === 'custom') {
    const remedy: unknown = issue.params?.['remedy'];
    return typeof remedy === 'string' ? remedy : undefined;
  }
  if (issue.message !== '') return issue.message;
  if (issue.code === 'invalid_value') return chooseFrom(issue.values, issue.input);
  if (issue.code === 'invalid_union' && issue.discriminator !== undefined) {
    return chooseFrom(optionsOf(issue), propertyOf(issue.input, issue.discriminator));
  }
  if (issue.code === 'invalid_key') return issue.issues[0]?.message;
  return undefined;
}

function chooseFrom(values: readonly unknown[], given: unknown): string {
  const names = values.map(String);
  if (names.length === 1) return `write ${names[0]}`;
  const near = typeof given === 'string' ? nearestNames(given, names, 1) : [];
  const guess = near.length > 0 ? `did you mean ${near[0]}? ` : '';
  return `${guess}choose one of ${names.join(', ')}`;
}

/** The values of a discriminator; zod hands them over but does not declare them. */
function optionsOf(issue: z.core.$ZodIssue): readonly unknown[] {
  const options = propertyOf(issue, 'options');
  return Array.isArray(options) ? options : [];
}

function propertyOf(data: unknown, key: string): unknown {
  if (typeof data !== 'object' || data === null || !Object.hasOwn(data, key)) return undefined;
  return (data as Readonly<Record<string, unknown>>)[key];
}

function counted(origin: string): string {
  if (origin === 'array' || origin === 'set') return ' entries';
  return origin === 'string' ? ' characters' : '';
}

function nounOf(expected: string): string {
  const nouns = new Map([
    ['object', 'a map of keys'],
    ['record', 'a map of names'],
    ['array', 'a list'],
    ['tuple', 'a list'],
    ['string', 'a text'],
    ['int', 'a whole number'],
  ]);
  return nouns.get(expected) ?? `a ${expected}`;
}

/** A value in a message: short things as they are, large ones by their kind. */
function show(value: unknown): string {
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'object' && value !== null) return 'a map';
  if (typeof value === 'string') return `"${value.length > 40 ? `${value.slice(0, 39)}…` : value}"`;
  return String(value);
}
