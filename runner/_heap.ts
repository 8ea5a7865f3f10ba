/** A binary heap: the first by `before` is at hand. */
export class Heap<T> {
  readonly #items: T[] = [];
  readonly #before: (a: T, b: T) => boolean;

  /** Creates an empty heap in the order of `before`. */
  constructor(before: (a: T, b: T) => boolean) {
    this.#before = before;
  }

  /** The first item; undefined when empty. */
  peek(): T | undefined {
    return this.#items[0];
  }

  /** Adds an item. */
  push(item: T): void {
    this.#items.push(item);
    this.#up(this.#items.length - 1);
  }

  /** Takes the first item out; undefined when empty. */
  pop(): T | undefined {
    const [first] = this.#items;
    if (first !== undefined) this.#removeAt(0);
    return first;
  }

  /** Takes an item out wherever it stands. */
  remove(item: T): void {
    const index = this.#items.indexOf(item);
    if (index >= 0) this.#removeAt(index);
  }

  /** Takes everything out. */
  clear(): void {
    this.#items.length = 0;
  }

  #removeAt(index: number): void {
    const last = this.#items.pop();
    if (last === undefined || index === this.#items.length) return;
    this.#items[index] = last;
    this.#up(index);
    this.#down(index);
  }

  #up(index: number): void {
    while (index > 0) {
      const parent = (index - 1) >> 1;
      if (!this.#swapIfBefore(index, parent)) return;
      index = parent;
    }
  }

  #down(index: number): void {
    while (true) {
      const left = 2 * index + 1;
      const right = left + 1;
      let child = left;
      const a = this.#items[left];
      const b = this.#items[right];
      if (a === undefined) return;
      if (b !== undefined && this.#before(b, a)) child = right;
      if (!this.#swapIfBefore(child, index)) return;
      index = child;
    }
  }

  #swapIfBefore(low: number, high: number): boolean {
    const a = this.#items[low];
    const b = this.#items[high];
    if (a === undefined || b === undefined || !this.#before(a, b)) return false;
    this.#items[low] = b;
    this.#items[high] = a;
    return true;
  }
}
