// The log of what became of every write, kept apart from the servers so that it can testify against them. Append-only,
// one JSON line per write whose fate is known, on disk within 25 ms: a driver killed in between forgets acknowledgements,
// it never invents one.
import { createReadStream } from 'node:fs';
import { open, type FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { z } from 'zod';
import { UserError } from '../../engine/failure.ts';

const flushEveryMs = 25;

const writeOutcomes = ['acknowledged', 'refused', 'in-doubt'] as const;
export type WriteOutcome = (typeof writeOutcomes)[number];

const lineSchema = z.strictObject({ key: z.int().nonnegative(), outcome: z.enum(writeOutcomes) });
export type WriteLogLine = z.infer<typeof lineSchema>;

/** Name of the log in a run's directory. */
function writeLogFile(outDirectory: string): string {
  return join(outDirectory, 'acknowledged.ndjson');
}

export class WriteLog {
  readonly #file: FileHandle;
  readonly #timer: NodeJS.Timeout;
  #pending = '';
  #writing: Promise<void> = Promise.resolve();
  #failure: Error | null = null;

  private constructor(file: FileHandle) {
    this.#file = file;
    this.#timer = setInterval(() => this.#flush(), flushEveryMs);
  }

  static async open(outDirectory: string): Promise<WriteLog> {
    return new WriteLog(await open(writeLogFile(outDirectory), 'a'));
  }

  append(key: number, outcome: WriteOutcome): void {
    this.#pending += `{"key":${key},"outcome":"${outcome}"}\n`;
  }

  /** Writes what is left. Rejects when anything could not be written: the log would be no witness. */
  async close(): Promise<void> {
    clearInterval(this.#timer);
    this.#flush();
    await this.#writing;
    await this.#file.close();
    if (this.#failure !== null) throw this.#failure;
  }

  #flush(): void {
    if (this.#pending === '') return;
    const text = this.#pending;
    this.#pending = '';
    this.#writing = this.#writing
      .then(() => this.#file.appendFile(text))
      .catch((error: unknown) => {
        this.#failure ??= error instanceof Error ? error : new Error(String(error));
      });
  }
}

/** The lines of a run's log. A torn last line, left by a killed driver, is skipped; any other damage is a UserError. */
export async function readWriteLog(outDirectory: string): Promise<readonly WriteLogLine[]> {
  const file = writeLogFile(outDirectory);
  const lines: WriteLogLine[] = [];
  let torn: number | null = null;
  let number = 0;
  for await (const text of createInterface({ input: createReadStream(file) })) {
    number++;
    if (torn !== null) throw damaged(file, torn);
    const line = parseLine(text);
    if (line === null) torn = number;
    else lines.push(line);
  }
  return lines;
}

function parseLine(text: string): WriteLogLine | null {
  try {
    return lineSchema.safeParse(JSON.parse(text)).data ?? null;
  } catch {
    return null;
  }
}

function damaged(file: string, line: number): UserError {
  return new UserError('state', { message: 'not a line of a write log', place: { file, line } });
}
