// Requests that will never be answered, because the server that had them is gone: what is still scheduled for them must touch
// nobody, and their clients learn of it later than it happens, or never.
export class LostRequests {
  readonly #isLost: Uint8Array;
  /** Those whose clients still wait. */
  #awaited: number[] = [];

  constructor(count: number) {
    this.#isLost = new Uint8Array(count);
  }

  has(request: number): boolean {
    return this.#isLost[request] === 1;
  }

  add(request: number): void {
    if (this.has(request)) return;
    this.#isLost[request] = 1;
    this.#awaited.push(request);
  }

  /** The requests of these whose clients still wait; asked again, they no longer do. */
  giveUp(isOf: (request: number) => boolean): readonly number[] {
    const given = this.#awaited.filter(isOf);
    this.#awaited = this.#awaited.filter((request) => !isOf(request));
    return given;
  }
}
