/** From what came of an attempt to its end with a cause. */
import type { AttemptOutcome } from "../executors/executor.ts";
import { HostError } from "../hosts/host.ts";
import type { CancelledBy } from "../model/cause.ts";
import type { NodeEnd } from "./scheduled_node.ts";

/** A node's end with the command's exit code. */
export interface CommandEnd extends NodeEnd {
  /** The command's; null where there is none. */
  readonly exitCode: number | null;
}

/** The end that an executor's outcome means. */
export function outcomeEnd(outcome: AttemptOutcome): CommandEnd {
  switch (outcome.status) {
    case "passed":
      return {
        status: "passed",
        cause: { kind: "exit_code", code: 0 },
        message: null,
        exitCode: 0,
      };
    case "failed": {
      const { status, cause, message, exit_code } = outcome;
      return { status, cause, message, exitCode: exit_code };
    }
    case "timed_out": {
      const { status, limit, secs, message } = outcome;
      const cause = { kind: "timeout", limit, secs } as const;
      return { status, cause, message, exitCode: null };
    }
    case "cancelled": {
      const { status, by, message } = outcome;
      const cause = { kind: "cancelled", by } as const;
      return { status, cause, message, exitCode: null };
    }
    case "infrastructure_failed": {
      const { status, step, message } = outcome;
      const cause = { kind: "infrastructure", step, message } as const;
      return { status, cause, message, exitCode: null };
    }
  }
}

/** The end that an error in a step means; what breaks when the end is forced is cancelled. */
export function thrownEnd(
  error: unknown,
  step: string,
  cancel: AbortSignal,
  force: AbortSignal,
): CommandEnd {
  if (cancel.aborted && (force.aborted || error === cancel.reason)) {
    return cancelledEnd(cancel);
  }
  const where = error instanceof HostError ? error.step : step;
  return { ...failedEnd(where, failureMessage(error)), exitCode: null };
}

/** The end that a failure of the infrastructure in a step means. */
export function failedEnd(step: string, message: string): NodeEnd {
  return {
    status: "infrastructure_failed",
    cause: { kind: "infrastructure", step, message },
    message,
  };
}

/** What an error says, with what to do where the disk of this machine is full. */
export function failureMessage(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const full = "code" in error &&
    (error.code === "ENOSPC" || error.code === "EDQUOT");
  return full
    ? `${error.message}. The disk is full: free some space on it, or run pikaci gc`
    : error.message;
}

/** The end of what was cancelled before it ran. */
export function cancelledEnd(cancel: AbortSignal): CommandEnd {
  // Every cancelling signal of a run carries who asked.
  const by: CancelledBy = cancel.reason;
  return {
    status: "cancelled",
    cause: { kind: "cancelled", by },
    message: null,
    exitCode: null,
  };
}
