/** A lane of background work: few at a time while somebody waits for other work, more after. */

/** Work that piles up behind this many makes the lane wider. */
const backlog = 8;
/** How many are done at once when there is a backlog, or at the end. */
const wide = 4;

/** A lane; nothing in it may reject. */
export class Lane {
  readonly #waiting: (() => Promise<void>)[] = [];
  readonly #running = new Set<Promise<void>>();
  #closing = false;

  /** Adds work. */
  add(work: () => Promise<void>): void {
    this.#waiting.push(work);
    this.#next();
  }

  /** Does what is left, and waits for it. */
  async settle(): Promise<void> {
    this.#closing = true;
    this.#next();
    while (this.#running.size > 0) await Promise.all(this.#running);
    this.#closing = false;
  }

  #next(): void {
    const width = this.#closing || this.#waiting.length > backlog ? wide : 1;
    while (this.#running.size < width) {
      const work = this.#waiting.shift();
      if (work === undefined) return;
      const done = work().finally(() => {
        this.#running.delete(done);
        this.#next();
      });
      this.#running.add(done);
    }
  }
}
