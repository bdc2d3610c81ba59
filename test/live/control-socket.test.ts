// Control sockets: answers, errors, slow verbs, dead peers.
import { mkdtemp, rm, stat } from 'node:fs/promises';
import { createConnection, createServer } from 'node:net';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { UserError } from '../../engine/failure.ts';
import {
  connectControl,
  serveControl,
  type ControlClient,
  type ControlHandler,
} from '../../live/control-socket.ts';

let directory = '';
let path = '';
const closers: (() => unknown)[] = [];

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'premortem-test-'));
  path = join(directory, 'control.sock');
});

afterEach(async () => {
  for (const close of closers.splice(0).toReversed()) await close();
  await rm(directory, { recursive: true });
});

async function serve(handlers: Record<string, ControlHandler>): Promise<ControlClient> {
  const server = await serveControl(path, handlers);
  closers.push(() => server.close());
  const client = await connectControl(path, 1000);
  closers.push(() => client.close());
  return client;
}

test('arguments reach the handler and its result comes back', async () => {
  const client = await serve({ echo: (args) => ({ got: args }) });
  expect(await client.call('echo', { text: 'a\nb', n: 1 })).toEqual({
    got: { text: 'a\nb', n: 1 },
  });
});

test('a slow verb does not hold up a quick one', async () => {
  let finish = (): void => undefined;
  const gate = new Promise<void>((resolve) => (finish = resolve));
  const client = await serve({
    slow: () => gate.then(() => ({ slow: true })),
    quick: () => ({ quick: true }),
  });
  const slow = client.call('slow');
  expect(await client.call('quick')).toEqual({ quick: true });
  finish();
  expect(await slow).toEqual({ slow: true });
});

test("a user's mistake keeps its code, place and remedy on the way", async () => {
  const mistake = {
    message: 'no such node "x"',
    place: { file: 'e.yaml', line: 3 },
    remedy: 'nodes: a',
  };
  const client = await serve({
    fail: () => {
      throw new UserError('missing', mistake);
    },
  });
  const error = await client.call('fail').catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(UserError);
  expect(error).toMatchObject({ code: 'missing', mistakes: [mistake] });
});

test('an unknown verb is answered with the verbs that there are', async () => {
  const client = await serve({ status: () => ({}), stop: () => ({}) });
  await expect(client.call('toString')).rejects.toThrow(
    'unknown verb "toString"; verbs here: status, stop',
  );
});

test('a call that is not answered in time is given up, and a late answer does no harm', async () => {
  let finish = (): void => undefined;
  const gate = new Promise<void>((resolve) => (finish = resolve));
  const client = await serve({ slow: () => gate.then(() => ({})), quick: () => ({ ok: 1 }) });
  await expect(client.call('slow', {}, 20)).rejects.toThrow('no answer to "slow" within 20 ms');
  finish();
  expect(await client.call('quick')).toEqual({ ok: 1 });
});

test('calls that wait when the server goes away are rejected at once', async () => {
  const server = await serveControl(path, { wait: () => new Promise<object>(() => undefined) });
  const client = await connectControl(path, 1000);
  const call = client.call('wait');
  call.catch(() => undefined);
  await client.call('unknown').catch(() => undefined);
  await server.close();
  await expect(call).rejects.toThrow('the other side closed the connection');
  await expect(client.call('wait')).rejects.toThrow('the connection is closed');
});

test('a client waits for a server that starts later, and gives up when none does', async () => {
  const early = connectControl(path, 2000);
  const server = await serveControl(path, { ping: () => ({ pong: 1 }) });
  closers.push(() => server.close());
  const client = await early;
  expect(await client.call('ping')).toEqual({ pong: 1 });
  client.close();
  await expect(connectControl(join(directory, 'none.sock'), 30)).rejects.toThrow(
    'nobody answers at',
  );
});

test('garbage is answered with an error and does not end the connection', async () => {
  await serve({ ping: () => ({ pong: 1 }) });
  const socket = createConnection(path);
  closers.push(() => socket.destroy());
  socket.write('not json\n{"id":7,"verb":"ping"}\n');
  let text = '';
  while (text.split('\n').length < 3) text += String((await once(socket, 'data'))[0]);
  const [first, second] = text.split('\n').map((line) => (line === '' ? null : JSON.parse(line)));
  expect(first).toMatchObject({ id: -1 });
  expect(second).toEqual({ id: 7, result: { pong: 1 } });
});

test('the socket is private and replaces one that a dead process left behind', async () => {
  const first = await serveControl(path, {});
  expect((await stat(path)).mode & 0o777).toBe(0o600);
  await first.close();
  const client = await serve({ ping: () => ({ pong: 2 }) });
  expect(await client.call('ping')).toEqual({ pong: 2 });
});

test('a peer that dies with answers unread does not take the server with it', async () => {
  const client = await serve({ ping: () => ({ pong: 1 }) });
  // What a killed process leaves in its socket makes the system report a reset, not an end.
  const dying = createConnection({ path });
  dying.pause();
  await once(dying, 'connect');
  dying.write('{"id":1,"verb":"ping"}\n'.repeat(50));
  for (let call = 0; call < 5; call++) await client.call('ping');
  dying.destroy();
  await once(dying, 'close');
  expect(await client.call('ping')).toEqual({ pong: 1 });
});

test('half an answer of a server that dies is an error of the call, not of the process', async () => {
  const server = createServer((socket) => socket.once('data', () => socket.end('{"id":1,"resu')));
  server.listen(path);
  closers.push(() => server.close());
  await once(server, 'listening');
  const client = await connectControl(path, 1000);
  await expect(client.call('ping')).rejects.toThrow('the other side closed the connection');
});
