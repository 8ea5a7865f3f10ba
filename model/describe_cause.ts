/** Causes as a few words for people. */
import type { CancelledBy, Cause, TimeoutLimit } from "./cause.ts";

/** A cause in a few words, as they stand after "failed:" or "skipped:". */
export function describeCause(cause: Cause): string {
  switch (cause.kind) {
    case "exit_code":
      return `exit code ${cause.code}`;
    case "signal":
      return `ended by ${cause.signal}`;
    case "out_of_memory":
      return "out of memory";
    case "timeout":
      return describeTimeout(cause.limit, cause.secs);
    case "infrastructure":
      return `${cause.step}: ${cause.message}`;
    case "cancelled":
      return describeCancelledBy(cause.by);
    case "filter":
      return "no changed file matches the filters";
    case "condition":
      return cause.message;
    case "need": {
      const status = cause.status.replaceAll("_", " ");
      return `needs ${nodeName(cause.node_id)}, which ended as ${status}`;
    }
    case "fail_fast":
      return `${cause.job_id} failed before it started`;
    case "cached":
      return `passed in ${cause.run_id}`;
    case "interrupted":
      return cause.message;
  }
}

/**
 * Why something ended as it did, for a line that has told its status: the
 * executor's words, but for an end from outside, whose words repeat the status.
 */
export function describeEnd(
  { cause, message }: {
    readonly cause: Cause | null;
    readonly message: string | null;
  },
): string {
  if (cause === null) return message ?? "";
  return cause.kind === "cancelled" || cause.kind === "timeout"
    ? describeCause(cause)
    : message ?? describeCause(cause);
}

/** Who or what asked for the end, in a few words. */
export function describeCancelledBy(by: CancelledBy): string {
  switch (by.kind) {
    case "signal":
      return by.signal === "SIGINT" ? "by Ctrl-C" : `by ${by.signal}`;
    case "command":
      return `by pikaci cancel (process ${by.pid})`;
    case "fail_fast":
      return `because ${by.job_id} failed`;
    case "run_timeout":
      return `the run took longer than ${by.secs} s`;
  }
}

function describeTimeout(limit: TimeoutLimit, secs: number): string {
  switch (limit) {
    case "job":
      return `took longer than ${secs} s`;
    case "silence":
      return `printed nothing for ${secs} s`;
    case "waiting":
      return `waited longer than ${secs} s`;
    case "run":
      return `the run took longer than ${secs} s`;
    case "host_setup":
      return `host set-up took longer than ${secs} s`;
  }
}

/** A node of a plan by the name that a person gave: its job's or output's id. */
export function nodeName(nodeId: string): string {
  return nodeId.replace(/^(execute|prepare)-/, "");
}
