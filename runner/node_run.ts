/** What the work of a node gets of the run beside its context. */
import type { PlanNode } from "../model/plan.ts";
import type { Lease } from "./leases.ts";
import type { PrepareEnd } from "./prepare.ts";

/** What a node asks for alone. */
export interface LeaseWish {
  /** What it waits for: "concurrency group", "vm slot", "cache", "cache key", "host slot". */
  readonly what: string;
  /** The name of that. */
  readonly name: string;
  /** The name of the lease. */
  readonly lease: string;
  /** How many may hold it at once; default 1. */
  readonly capacity?: number;
  /** How many of those it counts as; default 1. */
  readonly slots?: number;
  /**
   * Whether the node keeps the slots that it has in the run while it waits: what
   * it waits for are the same, so that no other node could go on with them.
   */
  readonly keepsSlots?: boolean;
}

/** What a node's work gets of the run beside its context. */
export interface NodeRun {
  /** Aborted with a `CancelledBy`: end what runs. */
  readonly cancel: AbortSignal;
  /** The nodes of the plan, by id. */
  readonly nodes: ReadonlyMap<string, PlanNode>;
  /** What prepare nodes have made, by their ids. */
  readonly made: ReadonlyMap<string, PrepareEnd>;
  /**
   * Gets a lease, waiting for it without holding slots; tells of the wait.
   * Null: the wait was given up, and the node has ended.
   */
  lease(wish: LeaseWish, note: (line: string) => void): Promise<Lease | null>;
  /** How many slots the node's host has for all runs; null: that is not counted. */
  hostSlots(): Promise<number | null>;
}
