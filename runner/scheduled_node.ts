/** Nodes as the scheduler sees them, and how they end. */
import type { Cause, EndStatus } from "../model/cause.ts";

/** How a node ended. */
export interface NodeEnd {
  /** The status. */
  readonly status: EndStatus;
  /** Why. */
  readonly cause: Cause;
  /** A sentence for people; null when the cause says it all. */
  readonly message: string | null;
}

/** A node as the scheduler sees it. */
export interface ScheduledNode {
  /** Name, unique in the plan. */
  readonly id: string;
  /** Host whose slots it takes. */
  readonly host: string;
  /** Runtime whose capacity on the host it takes. */
  readonly runtime: string;
  /** Slots it takes; more than the host has counts as all of them. */
  readonly slots: number;
  /** Ids of the nodes that must have ended well before. */
  readonly needs: readonly string[];
  /** The higher, the sooner among the ready. */
  readonly priority: number;
  /** How it ends without running, where the plan has decided so; else null. */
  readonly decided: NodeEnd | null;
}

/** A node that ended without running, and how. */
export interface EndedNode {
  /** Id of the node. */
  readonly id: string;
  /** How it ended. */
  readonly end: NodeEnd;
}

/** How much may run at once. */
export interface SchedulerLimits {
  /** Nodes in all; null: as many as the hosts have slots for. */
  readonly jobs: number | null;
  /** Slots of each host; a host that is missing has one until `widen` is called. */
  readonly hosts: ReadonlyMap<string, number>;
  /** Nodes of a runtime on one host; a runtime that is missing has no limit. */
  readonly runtimes: ReadonlyMap<string, number>;
}
