// Writing of result files: whole or not at all, so that an interrupted command leaves no half document behind.
import { mkdirSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { UserError } from '../engine/failure.ts';

/** File name → text, bytes, or a document that is written as indented JSON. */
export type ResultFiles = Readonly<Record<string, string | Uint8Array | object>>;

/** Writes files into a directory, which is made when missing. UserError `environment` when it cannot be written. */
export function writeFiles(directory: string, files: ResultFiles): void {
  try {
    mkdirSync(directory, { recursive: true });
    for (const [name, content] of Object.entries(files)) {
      const path = join(directory, name);
      const unfinished = `${path}.${process.pid}.tmp`;
      writeFileSync(unfinished, bytesOf(content));
      renameSync(unfinished, path);
    }
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new UserError('environment', {
      message: `results cannot be written (${reason})`,
      place: { file: directory },
      remedy: 'choose another directory with --out or --state',
    });
  }
}

function bytesOf(content: string | Uint8Array | object): string | Uint8Array {
  if (typeof content === 'string' || content instanceof Uint8Array) return content;
  return `${JSON.stringify(content, null, 2)}\n`;
}
