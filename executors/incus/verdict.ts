/**
 * What became of a command in an instance: from what was seen to an outcome.
 *
 * An exit code alone says little: a killed client, a full memory, a forced stop
 * and a command's own `exit 137` all give 137, and 1 is the client's own code
 * for whatever went wrong as well. So the guest leaves its verdict as a file,
 * with a nonce that only this attempt knows, and the client's code must agree.
 *
 * @module
 */
import type { ExitStatus } from "../../hosts/process.ts";
import type { AttemptOutcome } from "../executor.ts";
import { endedOutcome } from "../_outcome.ts";

/** The verdict that the guest left. */
export interface GuestResult {
  readonly exitCode: number;
  /** Whether the guest's own limit ended the command. */
  readonly timedOut: boolean;
  /** Whether there is something in the folder that was `$ARTIFACTS`. */
  readonly leftArtifacts: boolean;
}

/** Where an instance stands. */
export type InstanceState = "running" | "stopped" | "gone" | "unknown";

/** What was seen of a command that pikaci did not end. */
export interface Evidence {
  /** How the client ended; null: it had to be killed. */
  readonly status: ExitStatus | null;
  /** The guest's verdict; null: there is none, or not of this attempt. */
  readonly result: GuestResult | null;
  /** Where the instance stands; asked for when the verdict alone does not do. */
  readonly instance: InstanceState;
  /** Processes of the instance that were ended for lack of memory; null: unknown. */
  readonly oomKills: number | null;
  /** The cluster member that went away under the command; null: none. */
  readonly lostMember: string | null;
  /** Limit of the command, in seconds. */
  readonly timeoutSecs: number;
}

/** Reads the file that the guest script left. */
export function parseResult(
  bytes: Uint8Array,
  nonce: string,
): GuestResult | null {
  try {
    const value: unknown = JSON.parse(new TextDecoder().decode(bytes));
    if (typeof value !== "object" || value === null) return null;
    const fields = new Map<string, unknown>(Object.entries(value));
    const exitCode = fields.get("exit_code");
    return fields.get("schema_version") === 1 &&
        fields.get("nonce") === nonce && typeof exitCode === "number"
      ? {
        exitCode,
        timedOut: fields.get("timed_out") === true,
        leftArtifacts: fields.get("left_artifacts") === true,
      }
      : null;
  } catch {
    return null;
  }
}

/** Whether the verdict does without a look at the instance and at its memory. */
export function isPlain(
  result: GuestResult | null,
  status: ExitStatus | null,
): boolean {
  return result?.exitCode === 0 && !result.timedOut && status?.code === 0;
}

/** Tells what the evidence means. */
export function verdict(evidence: Evidence): AttemptOutcome {
  const { status, result, instance, oomKills, lostMember } = evidence;
  if (lostMember !== null) {
    return infrastructure(
      `The cluster member "${lostMember}" went away under the job`,
    );
  }
  if (result === null) {
    if (instance === "stopped" && (oomKills ?? 0) > 0) return outOfMemory();
    return infrastructure(withoutResult(evidence));
  }
  if (result.timedOut) {
    return {
      status: "timed_out",
      limit: "job",
      secs: evidence.timeoutSecs,
      message: `Timed out after ${evidence.timeoutSecs} s`,
    };
  }
  if (status?.code !== result.exitCode) {
    return infrastructure(
      `The guest says the command exited with ${result.exitCode}, the Incus client says ${
        status === null ? "nothing" : status.code
      }: one of them was interrupted`,
    );
  }
  if (result.exitCode !== 137) return withKills(result.exitCode, oomKills);
  if (oomKills === null) {
    return {
      status: "failed",
      exit_code: 137,
      cause: { kind: "exit_code", code: 137 },
      message:
        "Exited with 137: the command was killed, as when memory runs out, or chose that code; the host does not show which",
    };
  }
  return oomKills > 0 ? outOfMemory() : {
    status: "failed",
    exit_code: 137,
    cause: { kind: "exit_code", code: 137 },
    message:
      "Exited with 137: a command was killed or chose that code; memory did not run out",
  };
}

function withKills(code: number, oomKills: number | null): AttemptOutcome {
  const outcome = endedOutcome({ code, signal: null });
  if (outcome.status !== "failed" || (oomKills ?? 0) === 0) return outcome;
  return {
    ...outcome,
    message:
      `${outcome.message}; memory ran out meanwhile: ${oomKills} of its processes were ended for that`,
  };
}

function outOfMemory(): AttemptOutcome {
  return {
    status: "failed",
    exit_code: 137,
    cause: { kind: "out_of_memory" },
    message: "Out of memory: the kernel ended the command",
  };
}

function withoutResult({ status, instance }: Evidence): string {
  const client = status === null
    ? "The Incus client did not end"
    : `The Incus client ended with code ${status.code}`;
  switch (instance) {
    case "running":
      return `${client}, the instance runs, and the command left no verdict: the connection to it was lost`;
    case "stopped":
      return `${client}: the instance was stopped under the job`;
    case "gone":
      return `${client}: the instance was deleted under the job`;
    case "unknown":
      return `${client}, and the daemon does not answer`;
  }
}

function infrastructure(message: string): AttemptOutcome {
  return { status: "infrastructure_failed", step: "run", message };
}
