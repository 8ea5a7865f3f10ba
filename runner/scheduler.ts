/**
 * Which node of a plan starts when: a state machine without any I/O.
 *
 * The runner asks for what may start, says what waits and what ended, and
 * hears which nodes end by that without having run. The same questions in the
 * same order give the same schedule.
 *
 * @module
 */
import type { Cause } from "../model/cause.ts";
import { type Pool, type Queue, Queues } from "./_queues.ts";
import { before, type Entry, slotsOf, type State } from "./_schedule_entry.ts";
import { soon } from "./_soon.ts";
import type {
  EndedNode,
  NodeEnd,
  ScheduledNode,
  SchedulerLimits,
} from "./scheduled_node.ts";

/** The schedule of one run. */
export class Scheduler {
  readonly #entries = new Map<string, Entry>();
  readonly #queues: Queues<Entry>;
  readonly #limits: SchedulerLimits;
  readonly #unended = new Set<Entry>();
  /** Those that run. */
  readonly #active = new Set<Entry>();
  #newlyReady: string[] = [];

  /** Creates a schedule; `needs` name nodes of the list, without a cycle. */
  constructor(nodes: readonly ScheduledNode[], limits: SchedulerLimits) {
    this.#limits = limits;
    this.#queues = new Queues(limits, before);
    for (const [order, node] of nodes.entries()) {
      const entry: Entry = {
        node,
        order,
        slots: 0,
        dependents: [],
        missing: node.needs.length,
        boosted: false,
        state: "pending",
      };
      this.#entries.set(node.id, entry);
      this.#unended.add(entry);
    }
    for (const entry of this.#entries.values()) {
      for (const need of entry.node.needs) {
        this.#entry(need).dependents.push(entry);
      }
    }
  }

  /**
   * Ends what the plan has decided, `instead` otherwise; to be called once,
   * before all else.
   */
  begin(
    instead: ReadonlyMap<string, NodeEnd> = new Map(),
  ): readonly EndedNode[] {
    const ended: EndedNode[] = [];
    for (const entry of [...this.#entries.values()]) {
      const decided = instead.get(entry.node.id) ?? entry.node.decided;
      if (decided !== null && entry.state !== "ended") {
        this.#finish(entry, decided, decided.status === "cached", ended);
      }
    }
    for (const entry of this.#unended) {
      if (entry.state === "pending" && entry.missing === 0) this.#ready(entry);
    }
    return ended;
  }

  /** Takes the next node that may start now, with its slots; null: none may. */
  next(): ScheduledNode | null {
    const { jobs } = this.#limits;
    if (jobs !== null && this.running >= jobs) return null;
    // The most urgent of a host waits for its slots before any other of that
    // host is taken: a job that asks for many slots is never starved.
    const first = new Map<Pool, Queue<Entry>>();
    for (const queue of this.#queues.all()) {
      const head = queue.heap.peek();
      if (head === undefined || queue.running >= queue.limit) continue;
      const other = first.get(queue.pool)?.heap.peek();
      if (other === undefined || before(head, other)) {
        first.set(queue.pool, queue);
      }
    }
    let best: { queue: Queue<Entry>; head: Entry } | null = null;
    for (const queue of first.values()) {
      const head = queue.heap.peek();
      if (head === undefined) continue;
      const { capacity, used } = queue.pool;
      const more = head.slots > 0 ? 0 : slotsOf(head, queue);
      if (used + more > capacity) continue;
      if (best === null || before(head, best.head)) best = { queue, head };
    }
    if (best === null) return null;
    const { queue, head } = best;
    queue.heap.pop();
    head.state = "running";
    this.#active.add(head);
    this.#queues.count(head.node, 1);
    if (head.slots === 0) this.#take(head, slotsOf(head, queue));
    return head.node;
  }

  /**
   * The nodes that will most likely start next: those that wait for nothing but
   * nodes that run, as many as there are slots to spare. To be asked when `next`
   * gives none.
   */
  soon(): readonly ScheduledNode[] {
    const { jobs } = this.#limits;
    const left = jobs === null ? Infinity : jobs - this.running;
    return soon(this.#active, this.#queues, left).map(({ node }) => node);
  }

  /** Tells how many slots a host has, where the limits don't. */
  widen(host: string, capacity: number): void {
    this.#queues.widen(host, capacity);
  }

  /**
   * Lets one node of a runtime run on a host, and no more until `apart` is
   * called: nobody knows yet whose slots they take.
   */
  hold(host: string, runtime: string): void {
    this.#queues.hold({ host, runtime });
  }

  /**
   * Tells how many slots the nodes of a runtime on a host have for themselves,
   * as those of a cluster behind it; null: they take the host's.
   */
  apart(host: string, runtime: string, capacity: number | null): void {
    this.#queues.apart({ host, runtime }, capacity);
  }

  /**
   * A running node waits for something else: its slots are free meanwhile, but
   * for those of its host where it keeps them.
   */
  block(id: string, { keepsSlots = false } = {}): void {
    const entry = this.#expect(id, "running");
    this.#stop(entry);
    if (!keepsSlots) this.#free(entry);
    entry.state = "blocked";
  }

  /** What a node waited for is there: it is the next to get slots. */
  unblock(id: string): void {
    const entry = this.#expect(id, "blocked");
    entry.boosted = true;
    this.#ready(entry);
  }

  /**
   * A node ended; `satisfies` says whether what needs it may run. Returns the
   * nodes that end by this without running, itself not among them.
   */
  end(id: string, end: NodeEnd, satisfies: boolean): readonly EndedNode[] {
    const entry = this.#entry(id);
    if (entry.state === "running") this.#stop(entry);
    this.#free(entry);
    const ended: EndedNode[] = [];
    this.#finish(entry, end, satisfies, ended);
    return ended.slice(1);
  }

  /**
   * Starts nothing more: ends every node that is pending or ready, and returns
   * them. Running and blocked ones are ended by the caller, each by `end`.
   */
  close(end: (node: ScheduledNode) => NodeEnd): readonly EndedNode[] {
    const ended: EndedNode[] = [];
    for (const entry of [...this.#unended]) {
      if (entry.state === "running" || entry.state === "blocked") continue;
      const how = end(entry.node);
      entry.state = "ended";
      this.#unended.delete(entry);
      ended.push({ id: entry.node.id, end: how });
    }
    for (const queue of this.#queues.all()) queue.heap.clear();
    return ended;
  }

  /** Whether every node has ended. */
  get done(): boolean {
    return this.#unended.size === 0;
  }

  /** Number of nodes that run. */
  get running(): number {
    return this.#active.size;
  }

  /** The nodes whose needs came to hold since the last call, running or not. */
  takeNewlyReady(): readonly string[] {
    const ready = this.#newlyReady;
    this.#newlyReady = [];
    return ready;
  }

  /** Whether a node has nothing to wait for but slots. */
  isReady(id: string): boolean {
    return this.#entry(id).state === "ready";
  }

  #finish(
    entry: Entry,
    end: NodeEnd,
    satisfies: boolean,
    ended: EndedNode[],
  ): void {
    const stack = [{ entry, end, satisfies }];
    for (let top = stack.pop(); top !== undefined; top = stack.pop()) {
      const { entry, end, satisfies } = top;
      if (entry.state === "ended") continue;
      if (entry.state === "ready") {
        this.#queues.of(entry.node).heap.remove(entry);
      }
      entry.state = "ended";
      this.#unended.delete(entry);
      ended.push({ id: entry.node.id, end });
      for (const dependent of entry.dependents) {
        if (dependent.state !== "pending" || dependent.node.decided !== null) {
          continue;
        }
        if (!satisfies) {
          const cause: Cause = {
            kind: "need",
            node_id: entry.node.id,
            status: end.status,
          };
          stack.push({
            entry: dependent,
            end: { status: "skipped", cause, message: null },
            satisfies: false,
          });
        } else if (--dependent.missing === 0) {
          this.#ready(dependent);
        }
      }
    }
  }

  #ready(entry: Entry): void {
    if (entry.state === "pending") this.#newlyReady.push(entry.node.id);
    entry.state = "ready";
    this.#queues.of(entry.node).heap.push(entry);
  }

  /** It runs no more. */
  #stop(entry: Entry): void {
    this.#active.delete(entry);
    this.#queues.count(entry.node, -1);
  }

  #take(entry: Entry, slots: number): void {
    this.#queues.take(entry.node, slots);
    entry.slots = slots;
  }

  /** Gives the slots of its host back. */
  #free(entry: Entry): void {
    this.#queues.take(entry.node, -entry.slots);
    entry.slots = 0;
  }

  #entry(id: string): Entry {
    const entry = this.#entries.get(id);
    if (entry === undefined) throw new Error(`Unknown node "${id}"`);
    return entry;
  }

  #expect(id: string, state: State): Entry {
    const entry = this.#entry(id);
    if (entry.state !== state) {
      throw new Error(`Expected node "${id}" ${state}, it is ${entry.state}`);
    }
    return entry;
  }
}
