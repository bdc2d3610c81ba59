// The delay proxy: order, times and ends of what goes through it. Times are checked only from below, where the promise
// is exact; how far above it they come is measured by the benchmark, not by a test.
import { createServer, connect, type AddressInfo, type Server, type Socket } from 'node:net';
import { once } from 'node:events';
import { afterEach, expect, test } from 'vitest';
import * as fc from 'fast-check';
import { Link } from '../../live/proxy/link.ts';
import { Proxy, type Route } from '../../live/proxy/proxy.ts';

const closers: (() => Promise<unknown>)[] = [];

afterEach(async () => {
  for (const close of closers.splice(0).toReversed()) await close();
});

async function serve(onConnection: (socket: Socket) => void): Promise<number> {
  const sockets = new Set<Socket>();
  const server: Server = createServer({ allowHalfOpen: true }, (socket) => {
    sockets.add(socket);
    socket.on('error', () => socket.destroy());
    onConnection(socket);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  closers.push(async () => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return (server.address() as AddressInfo).port;
}

async function openProxy(): Promise<Proxy> {
  const proxy = new Proxy();
  closers.push(() => proxy.close());
  return proxy;
}

async function connectTo(port: number): Promise<Socket> {
  const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true, noDelay: true });
  socket.on('error', () => socket.destroy());
  closers.push(async () => socket.destroy());
  await once(socket, 'connect');
  return socket;
}

/** Resolves when a socket is gone, by a reset, too (`once` would reject on its error). */
function closed(socket: Socket): Promise<void> {
  return new Promise((resolve) => socket.on('close', () => resolve()));
}

async function readAll(socket: Socket): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of socket) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

const echo = (socket: Socket): void => void socket.pipe(socket);

test('a link never hands over early, never out of order and never forgets, whatever the delays do', () => {
  const step = fc.record({ waitMs: fc.nat(20), delayMs: fc.nat(50) });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const link = new Link(0, () => undefined);
      const arrived: { index: number; atMs: number }[] = [];
      const earliestMs: number[] = [];
      let nowMs = 0;
      for (const [index, { waitMs, delayMs }] of steps.entries()) {
        nowMs += waitMs;
        link.deliverDue(nowMs);
        link.delayMs = delayMs;
        earliestMs.push(nowMs + delayMs);
        link.send(nowMs, 100, () => arrived.push({ index, atMs: nowMs }));
      }
      for (; link.nextDueMs !== null; link.deliverDue(nowMs)) nowMs = link.nextDueMs;
      expect(arrived.map(({ index }) => index)).toEqual(steps.map((_, index) => index));
      for (const { index, atMs } of arrived)
        expect(atMs).toBeGreaterThanOrEqual(earliestMs[index]!);
    }),
  );
});

test('a narrow link carries so many bytes per millisecond, one segment after the other', () => {
  const link = new Link(10, () => undefined);
  link.setBandwidth(100_000, 0);
  const arrivedMs: number[] = [];
  let nowMs = 0;
  for (const atMs of [0, 1, 2, 50]) link.send(atMs, 500, () => arrivedMs.push(nowMs));
  for (; link.nextDueMs !== null; link.deliverDue(nowMs)) nowMs = link.nextDueMs;
  expect(arrivedMs).toEqual([15, 20, 25, 65]);
});

test('what has not left a link leaves at its new pace, and what has arrives as it would have', () => {
  const link = new Link(10, () => undefined);
  link.setBandwidth(10_000, 0);
  const arrivedMs: number[] = [];
  let nowMs = 0;
  for (let index = 0; index < 4; index++) link.send(0, 100, () => arrivedMs.push(nowMs));
  // At 15 ms the first has left and half of the second, so 250 bytes remain.
  link.setBandwidth(50_000, 15);
  link.send(15, 100, () => arrivedMs.push(nowMs));
  for (; link.nextDueMs !== null; link.deliverDue(nowMs)) nowMs = link.nextDueMs;
  expect(arrivedMs).toEqual([20, 26, 28, 30, 32]);
  link.send(100, 1e6, () => arrivedMs.push(nowMs));
  link.setBandwidth(null, 101);
  expect(link.nextDueMs).toBe(111);
});

test('a link loses and reorders nothing, whatever its bandwidth does', () => {
  const step = fc.record({
    waitMs: fc.nat(20),
    bytesPerSec: fc.constantFrom(null, 1_000, 20_000, 1e6),
    bytes: fc.nat(400),
  });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
      const link = new Link(5, () => undefined);
      const arrived: number[] = [];
      let nowMs = 0;
      for (const [index, { waitMs, bytesPerSec, bytes }] of steps.entries()) {
        nowMs += waitMs;
        link.deliverDue(nowMs);
        link.setBandwidth(bytesPerSec, nowMs);
        const earliestMs = nowMs + 5;
        link.send(nowMs, bytes, () => {
          expect(nowMs).toBeGreaterThanOrEqual(earliestMs);
          arrived.push(index);
        });
      }
      for (; link.nextDueMs !== null; link.deliverDue(nowMs)) {
        expect(link.nextDueMs).toBeGreaterThanOrEqual(nowMs);
        nowMs = link.nextDueMs;
      }
      expect(arrived).toEqual(steps.map((_, index) => index));
    }),
  );
});

test('a narrow route takes its time for many bytes, in both directions, and none for opening', async () => {
  const proxy = await openProxy();
  proxy.setLinks([{ between: ['a', 'b'], delayMs: 0, bandwidthBytesPerSec: 500_000 }]);
  const { port } = await proxy.open({ from: 'a', to: 'b', port: await serve(echo) });
  const socket = await connectTo(port);
  const sent = Buffer.alloc(50_000, 'x');
  const beganMs = performance.now();
  socket.end(sent);
  expect((await readAll(socket)).equals(sent)).toBe(true);
  // 100 ms in one direction; the way back begins with the first packets.
  expect(performance.now() - beganMs).toBeGreaterThanOrEqual(100);
  proxy.limitBandwidth(['b', 'a'], 250_000);
  const slower = await connectTo(port);
  const againMs = performance.now();
  slower.end(sent);
  await readAll(slower);
  expect(performance.now() - againMs).toBeGreaterThanOrEqual(200);
  proxy.limitBandwidth(['a', 'b'], null);
});

test('a link keeps its order over many thousand segments', () => {
  const link = new Link(5, () => undefined);
  const arrived: number[] = [];
  for (let index = 0; index < 5000; index++) link.send(index / 100, 100, () => arrived.push(index));
  for (let nowMs = 0; nowMs <= 60; nowMs++) link.deliverDue(nowMs);
  expect(arrived).toEqual(Array.from({ length: 5000 }, (_, index) => index));
  expect(link.nextDueMs).toBeNull();
});

test('a handshake costs one round trip and an echo another one', async () => {
  const proxy = await openProxy();
  const route = await proxy.open({ from: 'a', to: 'b', port: await serve(echo) });
  proxy.setLinks([{ between: ['a', 'b'], delayMs: 15, bandwidthBytesPerSec: null }]);
  const socket = await connectTo(route.port);
  const startMs = performance.now();
  socket.write('one');
  await once(socket, 'data');
  const firstMs = performance.now() - startMs;
  const againMs = performance.now();
  socket.write('two');
  await once(socket, 'data');
  expect(performance.now() - againMs).toBeGreaterThanOrEqual(30);
  // The handshake began before `startMs`; its two one-way delays overlap with nothing but the connect call.
  expect(firstMs).toBeGreaterThanOrEqual(55);
});

test('megabytes arrive whole through a paused reader, with memory bounded by back-pressure', async () => {
  const size = 24 * 1024 * 1024;
  const payload = Buffer.alloc(size, 'premortem');
  const proxy = await openProxy();
  const port = await serve((socket) => socket.end(payload));
  const route = await proxy.open({ from: 'a', to: 'b', port });
  proxy.setLinks([{ between: ['a', 'b'], delayMs: 2, bandwidthBytesPerSec: null }]);
  const socket = await connectTo(route.port);
  socket.pause();
  setTimeout(() => socket.resume(), 100);
  const received = await readAll(socket);
  expect(received.length).toBe(size);
  expect(received.equals(payload)).toBe(true);
});

test('a half-closed connection still carries the answer', async () => {
  const proxy = await openProxy();
  const port = await serve((socket) => {
    void readAll(socket).then((question) => socket.end(`you said ${question.toString()}`));
  });
  const route = await proxy.open({ from: 'a', to: 'b', port });
  proxy.setLinks([{ between: ['a', 'b'], delayMs: 5, bandwidthBytesPerSec: null }]);
  const socket = await connectTo(route.port);
  socket.end('hello');
  expect((await readAll(socket)).toString()).toBe('you said hello');
});

test('a server that is down is learned by the client as a closed connection', async () => {
  const vacant = createServer();
  vacant.listen(0, '127.0.0.1');
  await once(vacant, 'listening');
  const { port } = vacant.address() as AddressInfo;
  await new Promise((resolve) => vacant.close(resolve));
  const proxy = await openProxy();
  const route = await proxy.open({ from: 'a', to: 'b', port });
  const socket = await connectTo(route.port);
  await closed(socket);
  expect(socket.bytesRead).toBe(0);
});

test('the death of a server reaches the client only after the bytes that it sent', async () => {
  const proxy = await openProxy();
  const port = await serve((socket) => {
    socket.write('last words', () => socket.destroySoon());
  });
  const route = await proxy.open({ from: 'a', to: 'b', port });
  proxy.setLinks([{ between: ['a', 'b'], delayMs: 10, bandwidthBytesPerSec: null }]);
  const socket = await connectTo(route.port);
  expect((await readAll(socket)).toString()).toBe('last words');
});

/** A server that greets, and a route to it of this delay with one greeted client. */
async function openGreeted(delayMs: number): Promise<{
  route: Route;
  socket: Socket;
  received: string[];
  ended: () => boolean;
}> {
  const received: string[] = [];
  let hasEnded = false;
  const proxy = await openProxy();
  const port = await serve((socket) => {
    socket.on('data', (chunk) => received.push(chunk.toString()));
    socket.on('close', () => (hasEnded = true));
    socket.write('ready');
  });
  const route = await proxy.open({ from: 'a', to: 'b', port });
  const socket = await connectTo(route.port);
  await once(socket, 'data');
  proxy.setLinks([{ between: ['a', 'b'], delayMs, bandwidthBytesPerSec: null }]);
  return { route, socket, received, ended: () => hasEnded };
}

test('a reset route drops what is under way, tells its clients one delay later, and takes new ones', async () => {
  const { route, socket, received } = await openGreeted(100);
  socket.write('never arrives');
  const resetMs = performance.now();
  route.reset();
  await closed(socket);
  expect(performance.now() - resetMs).toBeGreaterThanOrEqual(99);
  const again = await connectTo(route.port);
  expect((await once(again, 'data')).toString()).toBe('ready');
  expect(received).toEqual([]);
});

test('on a silent route nothing arrives and nobody is told, until it is restored', async () => {
  const { route, socket, received, ended } = await openGreeted(5);
  socket.write('never arrives');
  route.silence();
  socket.write('nor does this');
  const during = await connectTo(route.port);
  await new Promise((resolve) => setTimeout(resolve, 60));
  expect(socket.closed).toBe(false);
  expect(ended()).toBe(false);
  expect(during.bytesRead).toBe(0);
  const bothClosed = [closed(socket), closed(during)];
  route.restore();
  await Promise.all(bothClosed);
  const again = await connectTo(route.port);
  expect((await once(again, 'data')).toString()).toBe('ready');
  expect(received).toEqual([]);
});

test('delays are changed while data flows, without reordering', async () => {
  const proxy = await openProxy();
  const route = await proxy.open({ from: 'a', to: 'b', port: await serve(echo) });
  const socket = await connectTo(route.port);
  const text = Array.from({ length: 400 }, (_, index) => `${index};`);
  const all = (async () => (await readAll(socket)).toString())();
  for (const [index, part] of text.entries()) {
    if (index % 40 === 0)
      proxy.setLinks([
        {
          between: ['a', 'b'],
          delayMs: (index / 40) % 3 === 0 ? 20 : 1,
          bandwidthBytesPerSec: null,
        },
      ]);
    socket.write(part);
    await new Promise((resolve) => setTimeout(resolve, 0));
  }
  socket.end();
  expect(await all).toBe(text.join(''));
});
