// The request trace: arrival times, classes, tenants and sizes, drawn before either world runs, so that the twin and
// the live driver play the very same bytes and baseline and candidate share their randomness.
import { z } from 'zod';
import { digestOfBytes, type Digest } from '../engine/digest.ts';
import { assert, UserError } from '../engine/failure.ts';

/** Requests as columns, sorted by time; index = request number. `size` means what its class says (bytes or ms). */
export interface Trace {
  readonly schema: 'premortem/trace/v1';
  readonly seed: string;
  readonly horizonMs: number;
  readonly classes: readonly string[];
  readonly tenants: readonly string[];
  readonly count: number;
  readonly atMs: Float64Array;
  readonly classOf: Uint16Array;
  readonly tenantOf: Uint32Array;
  readonly size: Float64Array;
  readonly digest: Digest;
}

type Columns = Pick<Trace, 'atMs' | 'classOf' | 'tenantOf' | 'size'>;
type Header = Pick<Trace, 'schema' | 'seed' | 'horizonMs' | 'classes' | 'tenants' | 'count'>;

const magic = 'premortem/trace/v1\n';

/** Binds columns to their header and digest. */
export function makeTrace(header: Omit<Header, 'schema' | 'count'>, columns: Columns): Trace {
  const count = columns.atMs.length;
  assert(
    columns.classOf.length === count &&
      columns.tenantOf.length === count &&
      columns.size.length === count,
    'the columns of a trace are equally long',
  );
  const full: Header = { schema: 'premortem/trace/v1', ...header, count };
  return { ...full, ...columns, digest: digestOfBytes(encode(full, columns)) };
}

/** The bytes that both worlds read and that the digest covers: magic, header length and JSON, then the columns. */
export function writeTrace(trace: Trace): Uint8Array {
  const { schema, seed, horizonMs, classes, tenants, count } = trace;
  return encode({ schema, seed, horizonMs, classes, tenants, count }, trace);
}

/** Reads what `writeTrace` wrote. A damaged file is a UserError naming `fileName`. */
export function readTrace(bytes: Uint8Array, fileName: string): Trace {
  const damaged = (what: string): UserError =>
    new UserError('input', {
      message: `not a readable trace (${what})`,
      place: { file: fileName },
      remedy: 'draw it again with `premortem plan`',
    });
  const start = new TextEncoder().encode(magic).length;
  if (bytes.length < start + 4) throw damaged('too short');
  if (new TextDecoder().decode(bytes.subarray(0, start)) !== magic)
    throw damaged('no trace header');
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const headerLength = view.getUint32(start, true);
  const header = parseHeader(bytes.subarray(start + 4, start + 4 + headerLength));
  if (header === null) throw damaged('its header does not say what a trace says');
  const { count } = header;
  // A copy of exactly these bytes: a Buffer may be a window into a larger pool, and columns need their alignment.
  const body = Uint8Array.from(bytes.subarray(start + 4 + headerLength));
  if (body.byteLength !== count * 22) throw damaged(`expected ${count} requests`);
  const buffer = body.buffer;
  const columns: Columns = {
    atMs: new Float64Array(buffer.slice(0, count * 8)),
    size: new Float64Array(buffer.slice(count * 8, count * 16)),
    tenantOf: new Uint32Array(buffer.slice(count * 16, count * 20)),
    classOf: new Uint16Array(buffer.slice(count * 20, count * 22)),
  };
  const odd = findOddRequest(header, columns);
  if (odd !== -1) throw damaged(`request ${odd} cannot be`);
  return { ...header, ...columns, digest: digestOfBytes(bytes) };
}

const headerSchema = z.strictObject({
  schema: z.literal('premortem/trace/v1'),
  seed: z.string(),
  horizonMs: z.number().positive(),
  classes: z.array(z.string()),
  tenants: z.array(z.string()),
  count: z.int().nonnegative(),
});

function parseHeader(bytes: Uint8Array): Header | null {
  try {
    return headerSchema.parse(JSON.parse(new TextDecoder().decode(bytes)));
  } catch {
    return null;
  }
}

/** The first request out of order or range, or −1: nobody should find out while playing it. */
function findOddRequest(
  { horizonMs, classes, tenants }: Header,
  { atMs, classOf, tenantOf, size }: Columns,
): number {
  return atMs.findIndex((at, request) => {
    const isSound =
      at >= (atMs[request - 1] ?? 0) &&
      at < horizonMs &&
      (classOf[request] ?? Infinity) < classes.length &&
      (tenantOf[request] ?? Infinity) < tenants.length &&
      Number.isFinite(size[request]);
    return !isSound;
  });
}

function encode(header: Header, columns: Columns): Uint8Array {
  const encoder = new TextEncoder();
  const head = encoder.encode(JSON.stringify(header));
  const length = new Uint8Array(4);
  new DataView(length.buffer).setUint32(0, head.length, true);
  const parts = [
    encoder.encode(magic),
    length,
    head,
    asBytes(columns.atMs),
    asBytes(columns.size),
    asBytes(columns.tenantOf),
    asBytes(columns.classOf),
  ];
  const out = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let offset = 0;
  for (const part of parts) {
    out.set(part, offset);
    offset += part.length;
  }
  return out;
}

function asBytes(column: Float64Array | Uint32Array | Uint16Array): Uint8Array {
  return new Uint8Array(column.buffer, column.byteOffset, column.byteLength);
}
