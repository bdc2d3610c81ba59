// Files of runs: written durably under `runs/<id>/` and recorded on the ledger by digest, so that a prediction, a trace
// or a measurement that was changed afterwards is found. Pages made from them are not recorded: they can be made again.
import {
  closeSync,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { canonicalText, digestOfBytes, type Digest } from '../../engine/digest.ts';
import { assert, nearestNames, UserError } from '../../engine/failure.ts';
import type { RecordedRun } from '../../twin/change/register.ts';
import type { Ledger } from './ledger.ts';

/** File name → bytes, or a document that is written as canonical JSON. */
export type RunFiles = Readonly<Record<string, Uint8Array | object>>;

export class Runs {
  readonly #ledger: Ledger;
  readonly #directory: string;
  readonly #now: () => Date;

  constructor(ledger: Ledger, directory: string, now: () => Date) {
    this.#ledger = ledger;
    this.#directory = directory;
    this.#now = now;
  }

  /** Every recorded run, oldest first. */
  async list(): Promise<readonly RecordedRun[]> {
    return [...(await this.#ledger.register()).runs.values()];
  }

  /** Where a run's files are; other files may be put beside the recorded ones. */
  directory(id: string): string {
    assert(/^[\w.-]+$/.test(id) && !id.startsWith('.'), `${id} is a run's id`);
    return join(this.#directory, id);
  }

  /** Writes and records a new run and returns its id: the time, and the beginning of a digest of the files. */
  async record(files: RunFiles, actor: string): Promise<string> {
    const bytes = bytesOf(files);
    const digests = digestsOf(bytes);
    const time = this.#now()
      .toISOString()
      .replaceAll(/[-:]|\.\d+Z/g, '');
    const id = `${time}-${digestOfBytes(canonicalText(digests)).slice(0, 8)}`;
    if ((await this.#ledger.register()).runs.has(id)) return id;
    this.#write(id, bytes);
    await this.#ledger.append(() => ({
      event: { type: 'premortem.run.recorded', subject: `run/${id}`, data: { files: digests } },
      actor,
    }));
    return id;
  }

  /** Adds files to a run. What is recorded never changes: the same bytes again are a no-op, others are refused. */
  async extend(id: string, files: RunFiles, actor: string): Promise<void> {
    const run = await this.#find(id);
    const bytes = bytesOf(files);
    const fresh = [...bytes].filter(([name, content]) => {
      const known = run.files[name];
      if (known !== undefined && known !== digestOfBytes(content))
        throw new UserError('refused', {
          message: `${name} of run ${id} is recorded already and never changes`,
          place: { file: join(this.directory(id), name) },
        });
      return known === undefined;
    });
    if (fresh.length === 0) return;
    const added = new Map(fresh);
    this.#write(id, added);
    await this.#ledger.append(() => ({
      event: {
        type: 'premortem.run.extended',
        subject: `run/${id}`,
        data: { files: digestsOf(added) },
      },
      actor,
    }));
  }

  /** The bytes of a recorded file. UserError `missing` when there is none, `state` when it was changed. */
  async read(id: string, name: string): Promise<Uint8Array> {
    const digest = (await this.#find(id)).files[name];
    if (digest === undefined)
      throw new UserError('missing', { message: `run ${id} has no ${name}` });
    const damage = this.damageOf(id, name, digest);
    if (damage !== null)
      throw new UserError('state', {
        message: damage,
        place: { file: join(this.directory(id), name) },
        remedy: 'restore a copy of the state directory',
      });
    return readFileSync(join(this.directory(id), name));
  }

  /** A recorded JSON document. Its shape is the caller's to check; its bytes are those that were recorded. */
  async readDocument(id: string, name: string): Promise<unknown> {
    return JSON.parse(Buffer.from(await this.read(id, name)).toString('utf8'));
  }

  /** What is wrong with the recorded files of a run; empty when nothing is. */
  async damage(id: string): Promise<readonly string[]> {
    const { files } = await this.#find(id);
    return Object.entries(files).flatMap(([name, digest]) => this.damageOf(id, name, digest) ?? []);
  }

  /** Why a file is not the recorded one, or null when it is. */
  damageOf(id: string, name: string, digest: Digest): string | null {
    const file = join(this.directory(id), name);
    if (!existsSync(file)) return `runs/${id}/${name} is gone`;
    return digestOfBytes(readFileSync(file)) === digest
      ? null
      : `runs/${id}/${name} was changed after it was recorded`;
  }

  async #find(id: string): Promise<RecordedRun> {
    const { runs } = await this.#ledger.register();
    const run = runs.get(id);
    if (run !== undefined) return run;
    const near = nearestNames(id, [...runs.keys()]);
    const mistake = { message: `there is no run ${id}` };
    throw new UserError(
      'missing',
      near.length === 0 ? mistake : { ...mistake, remedy: `did you mean ${near.join(', ')}?` },
    );
  }

  #write(id: string, files: ReadonlyMap<string, Uint8Array>): void {
    const directory = this.directory(id);
    mkdirSync(directory, { recursive: true });
    for (const [name, content] of files) writeDurably(join(directory, name), content);
  }
}

function bytesOf(files: RunFiles): ReadonlyMap<string, Uint8Array> {
  return new Map(
    Object.entries(files).map(([name, content]) => {
      assert(/^[a-z0-9][\w.-]*$/.test(name), `${name} is a plain file name`);
      const bytes = content instanceof Uint8Array ? content : Buffer.from(canonicalText(content));
      return [name, bytes];
    }),
  );
}

function digestsOf(files: ReadonlyMap<string, Uint8Array>): Record<string, Digest> {
  return Object.fromEntries([...files].map(([name, bytes]) => [name, digestOfBytes(bytes)]));
}

/** All or nothing, and on disk before it is recorded. */
function writeDurably(file: string, content: Uint8Array): void {
  const temporary = `${file}.${process.pid}.part`;
  const handle = openSync(temporary, 'w');
  try {
    writeSync(handle, content);
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
  renameSync(temporary, file);
}
