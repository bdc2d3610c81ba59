// Readable differences between two documents, so that a refusal can say what changed and not only that a digest did.
// Paths are like `links[0].delayMs`; lists are compared by position, unless their members carry an id.
import { canonicalText } from '../../engine/digest.ts';

type Json = Readonly<Record<string, unknown>> | readonly unknown[];

/** At most `count` differences, in the order of the paths; one more line says how many were left out. */
export function differences(before: unknown, after: unknown, count = 5): readonly string[] {
  const all: string[] = [];
  collect(before, after, '', all);
  const shown = all.slice(0, count);
  return all.length > count ? [...shown, `${all.length - count} more`] : shown;
}

function collect(before: unknown, after: unknown, path: string, out: string[]): void {
  if (isTree(before) && isTree(after) && Array.isArray(before) === Array.isArray(after)) {
    const [old, young] = [branches(before), branches(after)];
    for (const key of [...new Set([...old.keys(), ...young.keys()])].toSorted())
      collect(old.get(key), young.get(key), joined(path, key), out);
    return;
  }
  if (written(before) === written(after)) return;
  out.push(`${path === '' ? 'document' : path} ${written(before)} → ${written(after)}`);
}

function isTree(value: unknown): value is Json {
  return typeof value === 'object' && value !== null;
}

/** Members by key; of lists by `[id]` where every member has an id of its own, else by `[position]`. */
function branches(tree: Json): ReadonlyMap<string, unknown> {
  if (!Array.isArray(tree)) return new Map(Object.entries(tree));
  const ids = tree.map((member) =>
    isTree(member) && 'id' in member ? String(member['id']) : null,
  );
  const named = ids.every((id) => id !== null) && new Set(ids).size === ids.length;
  return new Map(tree.map((member, index) => [`[${named ? ids[index] : index}]`, member]));
}

function joined(path: string, key: string): string {
  return key.startsWith('[') || path === '' ? `${path}${key}` : `${path}.${key}`;
}

function written(value: unknown): string {
  if (value === undefined) return 'nothing';
  const text = canonicalText(value);
  return text.length > 60 ? `${text.slice(0, 57)}…` : text;
}
