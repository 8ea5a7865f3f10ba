/** Nodes that wait for a lease and, once they have it, for slots again. */
import type { PlanNode } from "../model/plan.ts";
import type { RunContext } from "./context.ts";
import type { Lease, LeaseOwner } from "./leases.ts";
import type { LeaseWish } from "./node_run.ts";
import type { Scheduler } from "./scheduler.ts";

interface Wait {
  /** Whether it waits for a lease; false: it has it and waits for slots. */
  blocked: boolean;
  /** Gives the wait up. */
  readonly give: () => void;
  /** Says that the slots are there. */
  readonly resume: () => void;
}

/** What waiting asks of the run. */
export interface WaitingRun {
  /** Starts all that may start. */
  readonly pump: () => void;
  /** Whether nothing new starts any more. */
  readonly closed: () => boolean;
}

/** The waits of a run: who waits holds no slots. */
export class Waits {
  readonly #context: RunContext;
  readonly #scheduler: Scheduler;
  readonly #run: WaitingRun;
  readonly #waits = new Map<string, Wait>();

  /** Nobody waits yet. */
  constructor(context: RunContext, scheduler: Scheduler, run: WaitingRun) {
    this.#context = context;
    this.#scheduler = scheduler;
    this.#run = run;
  }

  /** Gets a lease for a running node; null: the wait was given up. */
  async lease(
    node: PlanNode,
    wish: LeaseWish,
    note: (line: string) => void,
  ): Promise<Lease | null> {
    const { runId, leases, emit } = this.#context;
    const { what, name, capacity = 1, keepsSlots = false } = wish;
    const jobId = node.kind === "execute" ? node.job_id : node.id;
    const claim = await (await leases()).claim({
      name: wish.lease,
      capacity,
      slots: wish.slots ?? 1,
      runId,
      jobId,
    });
    if (claim.lease !== null) return claim.lease;
    const given = new AbortController();
    const slots = Promise.withResolvers<boolean>();
    const wait: Wait = {
      blocked: true,
      give: () => {
        given.abort();
        slots.resolve(false);
      },
      resume: () => slots.resolve(true),
    };
    if (this.#run.closed()) given.abort();
    this.#waits.set(node.id, wait);
    this.#scheduler.block(node.id, { keepsSlots });
    this.#run.pump();
    let noted = false;
    const got = await claim.wait(given.signal, (holder, place) => {
      emit({
        event: "node_waiting",
        node_id: node.id,
        what,
        name,
        holder,
        place,
      });
      // The log tells of the wait once; events tell how the queue moves.
      if (!noted) note(waitingNote(what, name, holder, place));
      noted = true;
    });
    if (got === null) return null;
    wait.blocked = false;
    if (given.signal.aborted) {
      got[Symbol.dispose]();
      return null;
    }
    note(`Acquired ${what} ${name}`);
    this.#scheduler.unblock(node.id);
    this.#run.pump();
    const resumed = await slots.promise;
    this.#waits.delete(node.id);
    if (resumed) return got;
    got[Symbol.dispose]();
    return null;
  }

  /** Tells a node that waits that its slots are there; false: it does not wait. */
  resume(id: string): boolean {
    const wait = this.#waits.get(id);
    wait?.resume();
    return wait !== undefined;
  }

  /** Ends a node's wait, if it waits. */
  giveUp(id: string): void {
    this.#waits.get(id)?.give();
  }

  /** Nodes that wait for a lease. */
  blocked(): readonly string[] {
    return [...this.#waits].flatMap(([id, wait]) => wait.blocked ? [id] : []);
  }

  /** The work of a node is over. */
  forget(id: string): void {
    this.#waits.delete(id);
  }
}

function waitingNote(
  what: string,
  name: string,
  holder: LeaseOwner,
  place: number,
): string {
  return `Waiting for ${what} ${name}, ${
    place === 1 ? "next" : `${place - 1} before it`
  }, held by ${
    holder.job_id ?? "a run"
  } of ${holder.run_id} since ${holder.since}`;
}
