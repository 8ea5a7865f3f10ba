/** Who waits for which slots: a queue for each runtime on each host. */
import { Heap } from "./_heap.ts";
import type { ScheduledNode, SchedulerLimits } from "./scheduled_node.ts";

/** Slots: those of a host, or of what stands behind a runtime on it. */
export interface Pool {
  readonly capacity: number;
  readonly used: number;
}

/** Ready nodes of one runtime on one host, the most urgent first. */
export interface Queue<T> {
  readonly heap: Heap<T>;
  readonly pool: Pool;
  /** Nodes that may run at once. */
  readonly limit: number;
  readonly running: number;
}

type Place = Pick<ScheduledNode, "host" | "runtime">;
type Mutable<T> = { -readonly [K in keyof T]: T[K] };
type Own<T> = Mutable<Omit<Queue<T>, "pool">> & {
  pool: Mutable<Pool>;
  /** Slots that its nodes hold. */
  used: number;
};

/** The queues of one schedule. */
export class Queues<T> {
  readonly #limits: SchedulerLimits;
  readonly #before: (a: T, b: T) => boolean;
  readonly #queues = new Map<string, Own<T>>();
  /** By host. */
  readonly #pools = new Map<string, Mutable<Pool>>();

  /** Starts without queues; `before` says which of two goes first. */
  constructor(limits: SchedulerLimits, before: (a: T, b: T) => boolean) {
    this.#limits = limits;
    this.#before = before;
  }

  /** All of them. */
  all(): Iterable<Queue<T>> {
    return this.#queues.values();
  }

  /** The queue of a node. */
  of(place: Place): Queue<T> {
    return this.#of(place);
  }

  /** Counts a node that starts (1) or stops (-1). */
  count(place: Place, sign: 1 | -1): void {
    this.#of(place).running += sign;
  }

  /** Counts slots that a node takes or, below 0, gives back. */
  take(place: Place, slots: number): void {
    const queue = this.#of(place);
    queue.used += slots;
    queue.pool.used += slots;
  }

  /** Tells how many slots a host has, where the limits don't. */
  widen(host: string, capacity: number): void {
    this.#pool(host).capacity = Math.max(1, capacity);
  }

  /** Lets one node run, and no more until `apart` is called. */
  hold(place: Place): void {
    this.#of(place).limit = 1;
  }

  /** Tells how many slots the nodes have for themselves; null: they take the host's. */
  apart(place: Place, capacity: number | null): void {
    const queue = this.#of(place);
    queue.limit = this.#limits.runtimes.get(place.runtime) ?? Infinity;
    if (capacity === null) return;
    queue.pool.used -= queue.used;
    queue.pool = { capacity: Math.max(1, capacity), used: queue.used };
  }

  #of({ host, runtime }: Place): Own<T> {
    const key = JSON.stringify([host, runtime]);
    const known = this.#queues.get(key);
    if (known !== undefined) return known;
    const queue = {
      heap: new Heap(this.#before),
      pool: this.#pool(host),
      limit: this.#limits.runtimes.get(runtime) ?? Infinity,
      running: 0,
      used: 0,
    };
    this.#queues.set(key, queue);
    return queue;
  }

  #pool(host: string): Mutable<Pool> {
    const known = this.#pools.get(host);
    if (known !== undefined) return known;
    const capacity = Math.max(1, this.#limits.hosts.get(host) ?? 1);
    const pool = { capacity, used: 0 };
    this.#pools.set(host, pool);
    return pool;
  }
}
