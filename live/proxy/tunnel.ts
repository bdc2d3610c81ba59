// One TCP connection across a link. Opening, data, half-close and reset all travel as segments of the link, so that a
// handshake costs one round trip and a refusal is learned one round trip later, as on a real line of that length.
// Memory is bounded: a side whose bytes under way exceed a limit is not read until some of them have arrived.
import { createConnection, type Socket } from 'node:net';
import type { Link } from './link.ts';

/** Above this many bytes under way (or unsent at the far end) in one direction, reading pauses. */
const mostBytesUnderWay = 8 * 1024 * 1024;

/** Where a tunnel leads and which links it takes, one for each direction. */
export interface Way {
  readonly host: string;
  readonly port: number;
  readonly there: Link;
  readonly back: Link;
}

export class Tunnel {
  readonly #client: Socket;
  readonly #way: Way;
  #server: Socket | null = null;
  /** What was sent in an earlier life of the line never arrives. */
  #life = 0;
  #isSilent = false;
  readonly #onClosed: () => void;

  /** `client` must be paused (`pauseOnConnect`): nothing is read before the handshake is over. */
  constructor(client: Socket, way: Way, onClosed: () => void) {
    this.#client = client;
    this.#way = way;
    this.#onClosed = onClosed;
    client.setNoDelay(true);
    // An error is always followed by 'close', which is where it is dealt with.
    client.on('error', () => client.destroy());
  }

  /** Begins the handshake. */
  start(): void {
    const { there } = this.#way;
    this.#client.on('close', () => this.#send(there, () => this.#server?.destroySoon()));
    this.#send(there, () => this.#open());
  }

  /** Cuts the line: both ends are reset at once and bytes under way never arrive. */
  cut(): void {
    this.#life++;
    this.#client.resetAndDestroy();
    this.#server?.resetAndDestroy();
    this.#onClosed();
  }

  /** The server is gone and its host says so: bytes under way are lost, and the client is reset one delay later. */
  reset(): void {
    this.#life++;
    this.#server?.resetAndDestroy();
    this.#send(this.#way.back, () => {
      this.#client.resetAndDestroy();
      this.#onClosed();
    });
  }

  /** Nothing arrives any more, in either direction, not even that an end was closed; nobody is told. */
  silence(): void {
    this.#life++;
    this.#isSilent = true;
  }

  #open(): void {
    if (this.#client.destroyed) {
      this.#onClosed();
      return;
    }
    const { host, port, there, back } = this.#way;
    const server = createConnection({ host, port, noDelay: true, allowHalfOpen: true });
    let connected = false;
    this.#server = server;
    server.on('error', () => server.destroy());
    server.on('connect', () => {
      connected = true;
      this.#send(back, () => this.#pump(this.#client, server, there));
    });
    this.#pump(server, this.#client, back);
    server.on('close', () =>
      this.#send(back, () => {
        if (connected) this.#client.destroySoon();
        else this.#client.resetAndDestroy();
        this.#onClosed();
      }),
    );
  }

  /** Carries what `from` says to `to` over `link`; half-close included. */
  #pump(from: Socket, to: Socket, link: Link): void {
    let underWayBytes = 0;
    const resumeWhenLow = (): void => {
      const waitingBytes = underWayBytes + to.writableLength;
      if (from.isPaused() && waitingBytes <= mostBytesUnderWay) from.resume();
    };
    to.on('drain', resumeWhenLow);
    from.on('data', (chunk: Buffer) => {
      underWayBytes += chunk.length;
      if (underWayBytes + to.writableLength > mostBytesUnderWay) from.pause();
      for (const part of partsOf(chunk, link.segmentBytes)) {
        const deliver = (): void => {
          underWayBytes -= part.length;
          if (to.writable) to.write(part);
          resumeWhenLow();
        };
        this.#send(link, deliver, part.length);
      }
    });
    from.on('end', () =>
      this.#send(link, () => {
        if (to.writable) to.end();
      }),
    );
    from.resume();
  }

  /** Openings and ends take no room on a link, only time. */
  #send(link: Link, deliver: () => void, bytes = 0): void {
    if (this.#isSilent) return;
    const life = this.#life;
    link.send(performance.now(), bytes, () => {
      if (life === this.#life) deliver();
    });
  }
}

function partsOf(chunk: Buffer, most: number): readonly Buffer[] {
  if (chunk.length <= most) return [chunk];
  const length = Math.floor(most);
  return Array.from({ length: Math.ceil(chunk.length / length) }, (_, index) =>
    chunk.subarray(index * length, (index + 1) * length),
  );
}
