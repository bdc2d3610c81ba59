// The files of a campaign: `<state>/prove/<campaign>-<seed>/` with what it was begun from, a directory per case, and beside
// them the attempts that do not count: those that were cut off, and repetitions of a case that was scored before.
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import { UserError } from '../../engine/failure.ts';
import { caseScoreSchema, type CaseScore } from '../../twin/record/case.ts';
import { writeFiles, type ResultFiles } from '../files.ts';

const scoreFile = 'case.json';

/** Directories of a campaign that hold cases: those that count, and the others. */
const countingDirectory = 'cases';
const otherDirectory = 'attempts';

export class CaseStore {
  readonly directory: string;

  private constructor(directory: string) {
    this.directory = directory;
  }

  /** `campaign`: name and seed, `default-1`. */
  static of(stateDirectory: string, campaign: string): CaseStore {
    return new CaseStore(join(stateDirectory, 'prove', campaign));
  }

  /** The text of a file of the campaign itself, or null when there is none. */
  read(name: string): string | null {
    const path = join(this.directory, name);
    return existsSync(path) ? readFileSync(path, 'utf8') : null;
  }

  write(files: ResultFiles): void {
    writeFiles(this.directory, files);
  }

  /** Where the attempt that counts is. */
  caseDirectory(id: string): string {
    return join(this.directory, countingDirectory, id);
  }

  /** Where an attempt that does not count is. */
  otherDirectory(id: string, attempt: number): string {
    return join(this.directory, otherDirectory, `${id}-${attempt}`);
  }

  /** Where an attempt is, whether it counts or not. */
  attemptDirectory(id: string, attempt: number): string {
    const other = this.otherDirectory(id, attempt);
    return existsSync(other) ? other : this.caseDirectory(id);
  }

  /** Puts what a cut-off attempt left behind aside, so that the next one finds an empty place. */
  setAside(id: string, attempt: number): void {
    const from = this.caseDirectory(id);
    if (!existsSync(from)) return;
    mkdirSync(join(this.directory, otherDirectory), { recursive: true });
    renameSync(from, this.otherDirectory(id, attempt));
  }

  writeScore(directory: string, score: CaseScore): void {
    writeFiles(directory, { [scoreFile]: score });
  }

  /** The score in a case's directory, or null when there is none. UserError `state` when it cannot be read. */
  readScore(directory: string): CaseScore | null {
    return readScore(join(directory, scoreFile));
  }
}

/** Every case of every campaign of a state directory, attempts that do not count included. */
export function readCases(stateDirectory: string): readonly CaseScore[] {
  const root = join(stateDirectory, 'prove');
  return namesIn(root)
    .flatMap((campaign) =>
      [countingDirectory, otherDirectory].map((kind) => join(root, campaign, kind)),
    )
    .flatMap((directory) => namesIn(directory).map((name) => join(directory, name, scoreFile)))
    .flatMap((file) => readScore(file) ?? []);
}

function readScore(file: string): CaseScore | null {
  if (!existsSync(file)) return null;
  try {
    return caseScoreSchema.parse(JSON.parse(readFileSync(file, 'utf8')));
  } catch {
    throw new UserError('state', {
      message: 'not the score of a case',
      place: { file },
      remedy: 'restore a copy of the state directory',
    });
  }
}

function namesIn(directory: string): readonly string[] {
  return existsSync(directory) ? readdirSync(directory).toSorted() : [];
}
