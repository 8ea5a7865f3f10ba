/** From the end of a command to the outcome of an attempt. */
import type { ExitStatus } from "../hosts/process.ts";
import type { StopReason } from "../hosts/supervise.ts";
import type { CancelledBy } from "../model/cause.ts";
import type { AttemptOutcome } from "./executor.ts";

/** The outcome of a command that ended by itself. */
export function endedOutcome(status: ExitStatus): AttemptOutcome {
  const { code, signal } = status;
  if (signal !== null) {
    return {
      status: "failed",
      exit_code: null,
      cause: { kind: "signal", signal },
      message: `Ended by ${signal}`,
    };
  }
  if (code === 0) return { status: "passed", exit_code: 0 };
  return {
    status: "failed",
    exit_code: code,
    cause: { kind: "exit_code", code },
    message: `Exited with ${code}${meaning(code)}`,
  };
}

/** The outcome of a command that was ended early. */
export function stoppedOutcome(
  reason: StopReason,
  cancel: AbortSignal,
): Exclude<AttemptOutcome, { status: "passed" }> {
  if (reason.kind === "cancelled") {
    const by: CancelledBy = cancel.reason;
    return { status: "cancelled", by, message: `Cancelled ${byWhom(by)}` };
  }
  const { limit, secs } = reason;
  return {
    status: "timed_out",
    limit,
    secs,
    message: limit === "job"
      ? `Timed out after ${secs} s`
      : `Timed out after ${secs} s without output`,
  };
}

/** What the shell means by an exit code (POSIX, 2.8.2 Exit Status for Commands). */
function meaning(code: number): string {
  switch (code) {
    case 126:
      return ": a command could not be executed";
    case 127:
      return ": a command was not found";
    case 137:
      return ": a command was ended by SIGKILL, as the kernel does when memory runs out";
  }
  return code > 128 && code < 160
    ? `: a command was ended by signal ${code - 128}`
    : "";
}

function byWhom(by: CancelledBy): string {
  switch (by.kind) {
    case "signal":
      return `by ${by.signal}`;
    case "command":
      return `by \`pikaci cancel\` (process ${by.pid})`;
    case "fail_fast":
      return `because ${by.job_id} failed`;
    case "run_timeout":
      return `because the run timed out after ${by.secs} s`;
  }
}
