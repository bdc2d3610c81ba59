// The two kinds of error that are exceptions here: a broken invariant of ours (assert, unreachable) and a
// user's mistake (UserError, InputErrors). Faults of the modelled world are ordinary data and never thrown.

/** Stable codes of user mistakes. A code exists only where a caller would act differently. */
export const errorCodes = {
  usage: 'the command line is wrong',
  input: 'a document given by the user is wrong',
  missing: 'something named by the user does not exist',
  refused: 'policy, approval or a changed world forbids it',
  environment: 'the machine lacks something that is needed',
  state: 'stored state cannot be read or was tampered with',
  interrupted: 'the user asked to stop',
} as const;

export type ErrorCode = keyof typeof errorCodes;

/** Where a mistake stands: any part may be missing. `path` is like `fleets.checkout.shards[1].primary`. */
interface Place {
  readonly file?: string;
  readonly line?: number;
  readonly path?: string;
}

/** One mistake of a user: what is wrong, where, and what to do about it. */
export interface Mistake {
  readonly message: string;
  readonly place?: Place;
  readonly remedy?: string;
}

/** `estate.yaml:41 fleets.checkout: unknown zone "x"; zones here: a, b` */
export function describeMistake(mistake: Mistake): string {
  const { file, line, path } = mistake.place ?? {};
  const where = file === undefined ? '' : line === undefined ? file : `${file}:${line}`;
  const head = [where, path].filter((part) => part !== undefined && part !== '').join(' ');
  const text =
    mistake.remedy === undefined ? mistake.message : `${mistake.message}; ${mistake.remedy}`;
  return head === '' ? text : `${head}: ${text}`;
}

/** A user's mistake, or several found at once. Thrown anywhere, printed once by the command line. */
export class UserError extends Error {
  readonly code: ErrorCode;
  readonly mistakes: readonly Mistake[];

  constructor(code: ErrorCode, mistakes: Mistake | readonly Mistake[]) {
    const list: readonly Mistake[] = 'message' in mistakes ? [mistakes] : mistakes;
    super(list.map(describeMistake).join('\n'));
    this.name = 'UserError';
    this.code = code;
    this.mistakes = list;
  }
}

/** Throws if an invariant of ours is broken. Always on. */
export function assert(condition: boolean, message: string): asserts condition {
  if (!condition) throw new Error(`invariant broken: ${message}`);
}

/** Marks a branch that the type-checker has proven impossible. */
export function unreachable(value: never): never {
  throw new Error(`invariant broken: unexpected value ${JSON.stringify(value)}`);
}

/** The names most like `wanted`, best first: at most `count`, none further than half the word away. */
export function nearestNames(wanted: string, names: readonly string[], count = 3): string[] {
  return names
    .map((name) => ({ name, distance: editDistance(wanted.toLowerCase(), name.toLowerCase()) }))
    .filter(({ name, distance }) => distance <= Math.max(wanted.length, name.length) / 2)
    .toSorted((a, b) => a.distance - b.distance)
    .slice(0, count)
    .map(({ name }) => name);
}

/** Levenshtein distance by the two-row method. */
function editDistance(a: string, b: string): number {
  let previous = Array.from({ length: b.length + 1 }, (_, column) => column);
  for (let row = 1; row <= a.length; row++) {
    const current = [row];
    for (let column = 1; column <= b.length; column++) {
      const cost = a[row - 1] === b[column - 1] ? 0 : 1;
      current.push(
        Math.min(
          (current[column - 1] ?? 0) + 1,
          (previous[column] ?? 0) + 1,
          (previous[column - 1] ?? 0) + cost,
        ),
      );
    }
    previous = current;
  }
  return previous[b.length] ?? 0;
}
