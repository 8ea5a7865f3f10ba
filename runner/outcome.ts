/** How a run ended, by how its nodes ended. */
import type { CancelledBy, Cause, EndStatus } from "../model/cause.ts";
import type { RunStatus } from "../model/event.ts";

/** How a run ended. */
export interface RunEnd {
  /** The status. */
  readonly status: Exclude<RunStatus, "running">;
  /** Why, where one cause says it; else null. */
  readonly cause: Cause | null;
  /** A sentence for people. */
  readonly message: string | null;
}

/** A run can't go on, and ends like this. */
export class RunEndError extends Error {
  /** How the run ends. */
  readonly end: RunEnd;

  /** Creates the error; its message is the end's. */
  constructor(end: RunEnd) {
    super(end.message ?? end.status);
    this.name = "RunEndError";
    this.end = end;
  }
}

/** What counts of a node's end. */
export interface NodeResult {
  /** The status. */
  readonly status: EndStatus;
  /** Whether it failed and the config allows that. */
  readonly allowedFailure: boolean;
}

/**
 * The end of a run.
 *
 * A cancelled run is cancelled whatever failed before; a failure of a job
 * counts before one of the infrastructure. A run in which nothing ran is no
 * success.
 */
export function runEnd(
  nodes: Iterable<NodeResult>,
  cancelledBy: CancelledBy | null,
): RunEnd {
  const seen = new Set<EndStatus>();
  let ran = false;
  for (const { status, allowedFailure } of nodes) {
    ran ||= status !== "skipped";
    if (!allowedFailure) seen.add(status);
  }
  if (cancelledBy !== null && seen.has("cancelled")) {
    if (cancelledBy.kind === "run_timeout") {
      const { secs } = cancelledBy;
      return {
        status: "failed",
        cause: { kind: "timeout", limit: "run", secs },
        message: `The run took longer than ${secs} s`,
      };
    }
    return {
      status: "cancelled",
      cause: { kind: "cancelled", by: cancelledBy },
      message: null,
    };
  }
  if (seen.has("failed") || seen.has("timed_out")) return end("failed");
  if (seen.has("infrastructure_failed")) return end("infrastructure_failed");
  if (seen.has("interrupted")) return end("interrupted");
  if (seen.has("cancelled")) return end("cancelled");
  return ran
    ? end("passed")
    : { status: "skipped", cause: null, message: "Nothing ran" };
}

function end(status: RunEnd["status"]): RunEnd {
  return { status, cause: null, message: null };
}
