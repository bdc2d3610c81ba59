// The files of campaigns held against the ledger: a prediction, a measurement or a score that was changed or removed after
// it was recorded is found, also one of an attempt that does not count.
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { digestOf, type Digest } from '../../engine/digest.ts';
import type { CaseAttempt, CaseStanding } from '../../twin/change/case-standing.ts';
import { nameOf } from '../../twin/change/events.ts';
import { CaseStore } from './case-store.ts';

export interface CaseDamage {
  /** How many files were looked at. */
  readonly files: number;
  readonly findings: readonly { readonly subject: string; readonly message: string }[];
}

/** A document that the ledger names by digest. */
interface NamedFile {
  readonly name: string;
  readonly digest: Digest;
}

/** Looks at every file of every attempt that the ledger knows. */
export function caseDamage(stateDirectory: string, standings: Iterable<CaseStanding>): CaseDamage {
  let files = 0;
  const findings: { subject: string; message: string }[] = [];
  for (const { name, attempts } of standings) {
    const [campaign = ''] = name.split('/');
    const store = CaseStore.of(stateDirectory, campaign);
    for (const attempt of attempts) {
      const directory = store.attemptDirectory(nameOf(name), attempt.attempt);
      for (const file of filesOf(attempt)) {
        files += 1;
        const damage = damageOf(directory, file);
        if (damage !== null) findings.push({ subject: `case/${name}`, message: damage });
      }
    }
  }
  return { files, findings };
}

function filesOf({ prediction, measurements, score }: CaseAttempt): readonly NamedFile[] {
  return [
    ...(prediction === null ? [] : [{ name: 'prediction.json', digest: prediction }]),
    ...measurements.map((digest, index) => ({ name: `measurement-${index + 1}.json`, digest })),
    ...(score === null ? [] : [{ name: 'case.json', digest: score }]),
  ];
}

function damageOf(directory: string, { name, digest }: NamedFile): string | null {
  const path = join(directory, name);
  if (!existsSync(path)) return `${path} is gone`;
  return digestOfFile(path, name) === digest ? null : `${path} was changed after it was recorded`;
}

function digestOfFile(path: string, name: string): Digest | null {
  try {
    const document = JSON.parse(readFileSync(path, 'utf8')) as Record<string, unknown>;
    return digestOf(name === 'prediction.json' ? predictedContent(document) : document);
  } catch {
    // Not JSON any more, so it is not what was recorded.
    return null;
  }
}

/** A prediction's digest leaves out when and how fast it was made. */
function predictedContent({
  id: _id,
  createdAt: _createdAt,
  digest: _digest,
  timings: _timings,
  ...content
}: Record<string, unknown>): Record<string, unknown> {
  return content;
}
