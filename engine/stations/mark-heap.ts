// The jobs of a sharing station by the virtual time at which they end: a small binary heap of (mark, customer) in
// which equal marks leave in the order of arrival. The station's own order, apart from the kernel's event list,
// which knows real time only.

export class MarkHeap {
  readonly #marks: number[] = [];
  readonly #orders: number[] = [];
  readonly #customers: number[] = [];
  #pushed = 0;

  get size(): number {
    return this.#marks.length;
  }

  /** The smallest mark; Infinity when empty. */
  firstMark(): number {
    return this.#marks[0] ?? Infinity;
  }

  push(mark: number, customer: number): void {
    const order = this.#pushed++;
    let at = this.#marks.length;
    this.#put(at, mark, order, customer);
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if ((this.#marks[parent] as number) <= mark) break;
      this.#copy(parent, at);
      at = parent;
    }
    this.#put(at, mark, order, customer);
  }

  /** Removes the first entry and returns its customer. The heap must not be empty. */
  takeFirst(): number {
    const first = this.#customers[0] as number;
    const mark = this.#marks.pop() as number;
    const order = this.#orders.pop() as number;
    const customer = this.#customers.pop() as number;
    if (this.size > 0) this.#siftDown(mark, order, customer);
    else this.#pushed = 0;
    return first;
  }

  #siftDown(mark: number, order: number, customer: number): void {
    const size = this.size;
    let at = 0;
    for (let child = 1; child < size; child = 2 * at + 1) {
      if (child + 1 < size && this.#isBefore(child + 1, child)) child++;
      const childMark = this.#marks[child] as number;
      if (mark < childMark) break;
      if (mark === childMark && order < (this.#orders[child] as number)) break;
      this.#copy(child, at);
      at = child;
    }
    this.#put(at, mark, order, customer);
  }

  #isBefore(left: number, right: number): boolean {
    const leftMark = this.#marks[left] as number;
    const rightMark = this.#marks[right] as number;
    if (leftMark !== rightMark) return leftMark < rightMark;
    return (this.#orders[left] as number) < (this.#orders[right] as number);
  }

  #copy(from: number, to: number): void {
    this.#put(
      to,
      this.#marks[from] as number,
      this.#orders[from] as number,
      this.#customers[from] as number,
    );
  }

  #put(at: number, mark: number, order: number, customer: number): void {
    this.#marks[at] = mark;
    this.#orders[at] = order;
    this.#customers[at] = customer;
  }
}
