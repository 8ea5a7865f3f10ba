/**
 * What can go wrong with a snapshot, told to the user.
 *
 * @module
 */
import { UserError } from "../model/user_error.ts";

/**
 * Why a snapshot, a comparison or a checkout was refused.
 *
 * - "usage": what was asked for does not exist, such as an unknown base
 * - "special": a tracked path became a FIFO, a socket or a device
 * - "moved": files kept changing while they were captured
 * - "damaged": a tree is no longer whole in pikaci's own store
 * - "git": git is missing or refused
 * - "state": the state folder cannot be written
 */
export type SnapshotErrorKind =
  | "usage"
  | "special"
  | "moved"
  | "damaged"
  | "git"
  | "state";

/** A snapshot, a comparison or a checkout was refused; the message is for the user. */
export class SnapshotError extends UserError {
  /** Why it was refused. */
  readonly kind: SnapshotErrorKind;
  /** The paths it is about, sorted; may be empty. */
  readonly paths: readonly string[];

  /** Creates the error; `message` says what failed, on what, and what to do. */
  constructor(
    kind: SnapshotErrorKind,
    message: string,
    options: ErrorOptions & { readonly paths?: readonly string[] } = {},
  ) {
    super(message, options);
    this.name = "SnapshotError";
    this.kind = kind;
    this.paths = options.paths ?? [];
  }
}

/** What an error says of a state folder that cannot be written; any other error as it is. */
export async function stateError(
  stateRoot: string,
  error: unknown,
): Promise<unknown> {
  if (error instanceof SnapshotError || !(error instanceof Error)) return error;
  const code = "code" in error ? error.code : null;
  const what = `Cannot write to the state folder "${stateRoot}"`;
  const reason = error.message.replace(/ \(os error \d+\)/, "");
  if (code === "ENOSPC" || code === "EDQUOT") {
    return new SnapshotError(
      "state",
      `${what}: ${reason}\n  Free some space on its disk; pikaci gc removes old runs`,
      { cause: error },
    );
  }
  const real = await Deno.realPath(stateRoot).catch(() => stateRoot);
  const named = [stateRoot, real].some((path) => reason.includes(`'${path}`));
  return named && (code === "EROFS" || code === "EACCES" || code === "EPERM")
    ? new SnapshotError(
      "state",
      `${what}: ${reason}\n  Make it writable, or choose another with --state-root`,
      { cause: error },
    )
    : error;
}

/** Lists paths for a message, quoted, the first few of them. */
export function quotePaths(paths: readonly string[], limit = 5): string {
  const shown = paths.slice(0, limit).map((path) => JSON.stringify(path));
  const rest = paths.length - shown.length;
  return rest > 0 ? `${shown.join(", ")} and ${rest} more` : shown.join(", ");
}
