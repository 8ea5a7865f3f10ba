/** Nodes in a schedule, and which of them goes first. */
import type { Queue } from "./_queues.ts";
import type { ScheduledNode } from "./scheduled_node.ts";

/** What a node is at. */
export type State = "pending" | "ready" | "running" | "blocked" | "ended";

/** A node in the schedule of its run. */
export interface Entry {
  readonly node: ScheduledNode;
  readonly order: number;
  /** Slots of its host that it holds. */
  slots: number;
  readonly dependents: Entry[];
  missing: number;
  boosted: boolean;
  state: State;
}

/** The slots that a node takes: more than there are means all of them. */
export function slotsOf({ node }: Entry, { pool }: Queue<Entry>): number {
  return Math.max(1, Math.min(node.slots, pool.capacity));
}

/** Which of two goes first. */
export function before(a: Entry, b: Entry): boolean {
  // Others may wait for the slots that it keeps.
  if (a.slots > 0 !== b.slots > 0) return a.slots > 0;
  if (a.boosted !== b.boosted) return a.boosted;
  if (a.node.priority !== b.node.priority) {
    return a.node.priority > b.node.priority;
  }
  return a.order < b.order;
}
