/**
 * What became of a command in a VM.
 *
 * The exit code of `tart exec` alone says little: 1 is the client's own for
 * whatever went wrong, 255 a signal, 0 even a stream that ended early. So the
 * guest leaves its verdict as a file, with a nonce that only this attempt
 * knows, and the client's code must agree.
 */
import type { ExitStatus } from "../../hosts/process.ts";
import { endedOutcome } from "../_outcome.ts";
import type { AttemptOutcome } from "../executor.ts";

/** The verdict that the guest left. */
export interface GuestResult {
  readonly exitCode: number;
  /** Whether there is something in the folder that was `$ARTIFACTS`. */
  readonly leftArtifacts: boolean;
}

/** What was found where the verdict should be. */
export type FoundResult =
  | { readonly kind: "result"; readonly result: GuestResult }
  | { readonly kind: "missing" }
  /** Something else than this attempt's guest script wrote it. */
  | { readonly kind: "forged" };

/** Reads the file that the guest script left. */
export function parseResult(
  bytes: Uint8Array | null,
  nonce: string,
): FoundResult {
  if (bytes === null) return { kind: "missing" };
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder().decode(bytes));
  } catch {
    return { kind: "forged" };
  }
  if (typeof value !== "object" || value === null) return { kind: "forged" };
  const fields = new Map<string, unknown>(Object.entries(value));
  const exitCode = fields.get("exit_code");
  if (
    fields.get("schema_version") !== 1 || fields.get("nonce") !== nonce ||
    typeof exitCode !== "number"
  ) return { kind: "forged" };
  return {
    kind: "result",
    result: { exitCode, leftArtifacts: fields.get("left_artifacts") === true },
  };
}

/** What carried the command. */
export interface Carrier {
  /** Its name: "tart exec". */
  readonly client: string;
  /** Why it was cut off; null: it was not, as far as it knows. */
  readonly broken: string | null;
}

/** Tells what was seen of a command that pikaci did not end. */
export function verdict(
  { client, broken }: Carrier,
  status: ExitStatus | null,
  found: FoundResult,
): AttemptOutcome {
  const code = status?.code ?? null;
  if (broken !== null) {
    return infrastructure(
      "channel",
      `The connection to the guest was lost: ${broken}`,
    );
  }
  switch (found.kind) {
    case "missing":
      return infrastructure(
        "channel",
        `The command left no verdict, and ${client} ended with ${code}: the connection to the guest was lost`,
      );
    case "forged":
      return infrastructure(
        "channel",
        `The verdict of the guest is not of this attempt, and ${client} ended with ${code}: the job or something else in the guest has written it`,
      );
    case "result": {
      const { exitCode } = found.result;
      return code === exitCode
        ? endedOutcome({ code: exitCode, signal: null })
        : infrastructure(
          "channel",
          `The guest says the command exited with ${exitCode}, ${client} says ${code}: one of them was interrupted`,
        );
    }
  }
}

function infrastructure(step: string, message: string): AttemptOutcome {
  return { status: "infrastructure_failed", step, message };
}
