// The library's table of contents: scenarios, estates and campaigns that come with Premortem, by name. Data files beside this one;
// whoever calls reads them, since this room touches no files. A name is the path without its suffix; a scenario's last
// part alone is enough when no other scenario ends in it.
import { UserError } from '../../engine/failure.ts';
import { suggestNames } from '../../twin/findings.ts';

/** One data file of the library. */
export interface LibraryFile {
  readonly kind: 'scenario' | 'estate' | 'campaign';
  readonly name: string;
  readonly url: URL;
}

export const libraryFiles: readonly LibraryFile[] = [
  file('estate', 'lab', './estates/lab.yaml'),
  file('estate', 'lab-mixed', './estates/lab-mixed.yaml'),
  file('estate', 'lab-quorum', './estates/lab-quorum.yaml'),
  file('estate', 'lab-shards', './estates/lab-shards.yaml'),
  file('estate', 'prove', './estates/prove.yaml'),
  file('campaign', 'default', './campaigns/default.yaml'),
  file('scenario', 'lab/promote-eu', './lab/promote-eu.yaml'),
  file('scenario', 'lab/primary-crash', './lab/primary-crash.yaml'),
  file('scenario', 'lab/slow-standby', './lab/slow-standby.yaml'),
  file('scenario', 'lab/rebuild-standby', './lab/rebuild-standby.yaml'),
  file('scenario', 'lab/copy-tenant', './lab/copy-tenant.yaml'),
];

/** The file of this full or short name. Throws UserError('missing') with the nearest names. */
export function findLibraryFile(kind: LibraryFile['kind'], name: string): LibraryFile {
  const candidates = libraryFiles.filter((candidate) => candidate.kind === kind);
  const exact = candidates.find((candidate) => candidate.name === name);
  if (exact !== undefined) return exact;
  const short = candidates.filter((candidate) => candidate.name.endsWith(`/${name}`));
  const [only] = short;
  if (only !== undefined && short.length === 1) return only;
  throw new UserError('missing', {
    message:
      short.length > 1 ? `several ${kind}s are called "${name}"` : `no ${kind} is called "${name}"`,
    remedy: suggestNames(
      name,
      (short.length > 1 ? short : candidates).map((candidate) => candidate.name),
      `${kind}s of the library`,
    ),
  });
}

function file(kind: LibraryFile['kind'], name: string, relative: string): LibraryFile {
  return { kind, name, url: new URL(relative, import.meta.url) };
}
