// The one way in which our processes on a host talk to each other: newline-delimited JSON over a unix socket, one
// request, one answer, matched by id. It exists so that the lab daemon, the load driver and the executor can die and be
// resumed independently. It stops at the socket: what a verb means is its owner's business.
import { createConnection, createServer, type Server, type Socket } from 'node:net';
import { chmod, rm } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import { z } from 'zod';
import { assert, errorCodes, UserError, type ErrorCode, type Mistake } from '../engine/failure.ts';

/** Unix sockets with longer paths cannot be bound on Linux (108 bytes with the terminator; macOS has 104). */
const longestSocketPathBytes = 103;
const defaultCallLimitMs = 10_000;
const reconnectEveryMs = 10;

const requestSchema = z.object({
  id: z.number(),
  verb: z.string(),
  arguments: z.unknown().optional(),
});

const mistakeSchema = z.object({
  message: z.string(),
  place: z
    .object({
      file: z.string().exactOptional(),
      line: z.number().exactOptional(),
      path: z.string().exactOptional(),
    })
    .exactOptional(),
  remedy: z.string().exactOptional(),
});

/** An error on the wire. A user's mistake keeps its code and parts, so that it is still one on the other side. */
export const failureSchema = z.object({
  message: z.string(),
  code: z.enum(Object.keys(errorCodes) as [ErrorCode, ...ErrorCode[]]).exactOptional(),
  mistakes: z.array(mistakeSchema).exactOptional(),
});

const answerSchema = z.object({
  id: z.number(),
  result: z.record(z.string(), z.unknown()).exactOptional(),
  error: failureSchema.exactOptional(),
});

/** A failure as plain data, for a socket or a pipe. */
export type WireFailure = z.infer<typeof failureSchema>;

/** What answers a verb. Throwing (or rejecting) answers with an error. */
export type ControlHandler = (args: unknown) => Promise<object> | object;

export interface ControlServer {
  /** Ends every connection and removes the socket. */
  close(): Promise<void>;
}

export interface ControlClient {
  /** Asks and waits for the answer, at most `limitMs` (10 s). Rejects with what the other side threw. */
  call(verb: string, args?: object, limitMs?: number): Promise<unknown>;
  close(): void;
}

/** Turns anything thrown into plain data. */
export function toWireFailure(error: unknown): WireFailure {
  if (error instanceof UserError) {
    const mistakes = error.mistakes.map((mistake): Mistake => ({ ...mistake }));
    return { message: error.message, code: error.code, mistakes };
  }
  return { message: error instanceof Error ? error.message : String(error) };
}

/** Turns plain data back into the error that it was. */
export function fromWireFailure(failure: WireFailure): Error {
  const { code, mistakes, message } = failure;
  if (code !== undefined && mistakes !== undefined) return new UserError(code, mistakes);
  return new Error(message);
}

/**
 * Answers `verb`s on a unix socket, readable by this user only. Requests of one connection may be answered out of
 * order: a slow verb does not hold up the others.
 */
export async function serveControl(
  socketPath: string,
  handlers: Readonly<Record<string, ControlHandler>>,
): Promise<ControlServer> {
  checkPathLength(socketPath);
  await rm(socketPath, { force: true });
  const connections = new Set<Socket>();
  const server = createServer((socket) => {
    connections.add(socket);
    socket.on('close', () => connections.delete(socket));
    answerConnection(socket, handlers);
  });
  await listen(server, socketPath);
  await chmod(socketPath, 0o600);
  return {
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const socket of connections) socket.destroy();
      }),
  };
}

/**
 * Connects to a control socket. A socket that is not there yet is waited for, at most `limitMs`, so that one may
 * connect to a process that is still starting.
 */
export async function connectControl(socketPath: string, limitMs: number): Promise<ControlClient> {
  checkPathLength(socketPath);
  const deadlineMs = performance.now() + limitMs;
  for (;;) {
    try {
      return clientOf(await connectOnce(socketPath));
    } catch (error) {
      if (performance.now() + reconnectEveryMs > deadlineMs) {
        throw new Error(`nobody answers at ${socketPath}`, { cause: error });
      }
      await new Promise((resolve) => setTimeout(resolve, reconnectEveryMs));
    }
  }
}

function checkPathLength(socketPath: string): void {
  assert(
    Buffer.byteLength(socketPath) <= longestSocketPathBytes,
    `socket path is longer than ${longestSocketPathBytes} bytes: ${socketPath}`,
  );
}

function listen(server: Server, socketPath: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(socketPath, () => {
      server.off('error', reject);
      resolve();
    });
  });
}

function answerConnection(
  socket: Socket,
  handlers: Readonly<Record<string, ControlHandler>>,
): void {
  const send = (answer: object): void => {
    if (socket.writable) socket.write(`${JSON.stringify(answer)}\n`);
  };
  onLines(socket, (line) => {
    const request = requestSchema.safeParse(parseJson(line));
    if (!request.success) {
      send({ id: -1, error: { message: 'not a request: expected {"id", "verb", "arguments"}' } });
      return;
    }
    const { id, verb } = request.data;
    answer(handlers, verb, request.data.arguments).then(
      (result) => send({ id, result }),
      (error: unknown) => send({ id, error: toWireFailure(error) }),
    );
  });
}

/**
 * Reads lines until the peer goes away. That it went in the middle of one (killed, the system reports a reset) is no fault
 * of this side; 'close' follows and cleans up.
 */
function onLines(socket: Socket, onLine: (line: string) => void): void {
  const goAway = (): void => void socket.destroy();
  socket.on('error', goAway);
  // It hands on what the socket reports, to listeners of its own.
  createInterface({ input: socket }).on('line', onLine).on('error', goAway);
}

async function answer(
  handlers: Readonly<Record<string, ControlHandler>>,
  verb: string,
  args: unknown,
): Promise<object> {
  const handler = Object.hasOwn(handlers, verb) ? handlers[verb] : undefined;
  if (handler === undefined) {
    throw new Error(`unknown verb "${verb}"; verbs here: ${Object.keys(handlers).join(', ')}`);
  }
  return handler(args);
}

/** The value of a JSON text, or undefined when it is none. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function connectOnce(socketPath: string): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = createConnection(socketPath);
    socket.once('error', reject);
    socket.once('connect', () => {
      socket.off('error', reject);
      resolve(socket);
    });
  });
}

interface Pending {
  readonly resolve: (result: unknown) => void;
  readonly reject: (error: Error) => void;
  readonly timer: NodeJS.Timeout;
}

function clientOf(socket: Socket): ControlClient {
  const pending = new Map<number, Pending>();
  let lastId = 0;
  const settle = (id: number, finish: (call: Pending) => void): void => {
    const call = pending.get(id);
    if (call === undefined) return;
    pending.delete(id);
    clearTimeout(call.timer);
    finish(call);
  };
  socket.on('close', () => {
    for (const id of pending.keys()) {
      settle(id, ({ reject }) => reject(new Error('the other side closed the connection')));
    }
  });
  onLines(socket, (line) => {
    const answered = answerSchema.safeParse(parseJson(line));
    // Half an answer: its writer died, and the end of the connection settles the call.
    if (!answered.success) return void socket.destroy();
    const { id, result, error } = answered.data;
    settle(id, (call) =>
      error === undefined ? call.resolve(result) : call.reject(fromWireFailure(error)),
    );
  });
  return {
    close: () => socket.destroy(),
    call: (verb, args = {}, limitMs = defaultCallLimitMs) =>
      new Promise((resolve, reject) => {
        if (socket.destroyed) {
          reject(new Error('the connection is closed'));
          return;
        }
        const id = ++lastId;
        const giveUp = (): void =>
          settle(id, () => reject(new Error(`no answer to "${verb}" within ${limitMs} ms`)));
        pending.set(id, { resolve, reject, timer: setTimeout(giveUp, limitMs) });
        socket.write(`${JSON.stringify({ id, verb, arguments: args })}\n`);
      }),
  };
}
