/** Who of this process looks at the queue of a lease, and when. */
import { sleep } from "./_sleep.ts";

/** A place in a queue, as seen from this process. */
export interface Turn extends Disposable {
  /** Waits until it is worth a look. */
  pause(signal: AbortSignal): Promise<void>;
}

interface Waiter {
  readonly id: number;
  readonly capacity: number;
  woken: PromiseWithResolvers<void>;
}

/** How rarely those look who are far back: to see how the queue moves. */
const farMs = 2_000;

/**
 * The waiting ones of this process. A thousand may wait for one lease, so only
 * those look often who are the next of theirs.
 */
export class Turns {
  readonly #pollMs: number;
  readonly #queues = new Map<string, Waiter[]>();

  /** Nobody waits yet; `pollMs` is the pause between two looks of the next ones. */
  constructor(pollMs: number) {
    this.#pollMs = pollMs;
  }

  /** Joins the queue of a name; the lowest id is served first. */
  join(name: string, id: number, capacity: number): Turn {
    const queue = this.#queues.get(name) ?? [];
    this.#queues.set(name, queue);
    const waiter: Waiter = { id, capacity, woken: Promise.withResolvers() };
    const at = queue.findLastIndex((other) => other.id < id) + 1;
    queue.splice(at, 0, waiter);
    return {
      pause: async (signal) => {
        const near = queue.indexOf(waiter) < capacity;
        const stop = new AbortController();
        await Promise.race([
          waiter.woken.promise,
          sleep(
            near ? this.#pollMs : farMs,
            AbortSignal.any([signal, stop.signal]),
          ),
        ]);
        stop.abort();
        waiter.woken = Promise.withResolvers();
      },
      [Symbol.dispose]: () => {
        queue.splice(queue.indexOf(waiter), 1);
        if (queue.length === 0) this.#queues.delete(name);
        this.wake(name);
      },
    };
  }

  /** A place of a name became free: who is next looks at once. */
  wake(name: string): void {
    for (const [at, waiter] of this.#queues.get(name)?.entries() ?? []) {
      if (at >= waiter.capacity) break;
      waiter.woken.resolve();
    }
  }
}
