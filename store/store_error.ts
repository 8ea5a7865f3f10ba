/** Failures of the state folder, told in a user's words. */

/** What is wrong with the state folder. */
export type StoreErrorCode =
  | "newer"
  | "corrupt"
  | "full"
  | "read_only"
  | "locked"
  | "missing"
  | "exists"
  | "finished"
  | "io";

/** The state folder could not be read or written; the message is for the user. */
export class StoreError extends Error {
  /** What is wrong. */
  readonly code: StoreErrorCode;
  /** The file or folder it is about. */
  readonly path: string;

  /** Creates the error; `message` says what failed and what to do. */
  constructor(
    code: StoreErrorCode,
    path: string,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
    this.name = "StoreError";
    this.code = code;
    this.path = path;
  }
}

/**
 * Does something with the file at `path`, and turns what SQLite and the file
 * system throw into a StoreError. Other errors pass.
 */
export function guarded<T>(path: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw asStoreError(path, error);
  }
}

/** The StoreError that an error means; the error itself when it is none of ours. */
export function asStoreError(path: string, error: unknown): unknown {
  if (error instanceof StoreError || !(error instanceof Error)) return error;
  const code = codeOf(error);
  if (code === null) return error;
  return new StoreError(code, path, messages[code](path, error), {
    cause: error,
  });
}

/** SQLite's own texts (sqlite3ErrStr): node:sqlite gives no result code in Deno 2.9. */
const sqliteTexts: readonly (readonly [string, StoreErrorCode])[] = [
  ["database or disk is full", "full"],
  ["disk I/O error", "io"],
  ["database disk image is malformed", "corrupt"],
  ["file is not a database", "corrupt"],
  ["malformed database schema", "corrupt"],
  ["attempt to write a readonly database", "read_only"],
  ["database is locked", "locked"],
  ["database table is locked", "locked"],
  ["database schema is locked", "locked"],
  ["unable to open database file", "io"],
  ["UNIQUE constraint failed: runs.run_id", "exists"],
];

function codeOf(error: Error): StoreErrorCode | null {
  const code = "code" in error ? error.code : undefined;
  if (code === "ERR_SQLITE_ERROR") {
    const known = sqliteTexts.find(([text]) => error.message.includes(text));
    return known?.[1] ?? null;
  }
  switch (code) {
    case "ENOSPC":
    case "EDQUOT":
      return "full";
    case "EROFS":
    case "EACCES":
    case "EPERM":
      return "read_only";
    case "EIO":
    case "ENOTDIR":
    case "EISDIR":
      return "io";
  }
  if (
    error instanceof Deno.errors.PermissionDenied ||
    error instanceof Deno.errors.NotCapable
  ) return "read_only";
  return null;
}

const messages: {
  readonly [code in StoreErrorCode]: (path: string, error: Error) => string;
} = {
  newer: (path) => `State database "${path}" was written by a newer pikaci`,
  corrupt: (path, error) =>
    `State database "${path}" is damaged: ${error.message}. It is kept as it is; move it aside to start with an empty one: mv '${path}' '${path}.damaged'`,
  full: (path) =>
    `Cannot write to "${path}": the disk is full. Free some space on it, then try again; pikaci gc removes old runs`,
  read_only: (path, error) =>
    `Cannot write to "${path}": ${
      reason(error)
    }. Make it writable or choose another state folder with --state-root`,
  locked: (path) =>
    `State database "${path}" is locked by another process and did not become free in time; try again`,
  missing: (path) => `"${path}" does not exist`,
  exists: (path) => `There is a run of the same id in "${path}"; try again`,
  finished: (path) => `The run of "${path}" has ended`,
  io: (path, error) => `Cannot use "${path}": ${reason(error)}`,
};

function reason(error: Error): string {
  return error.message.replace(/\s*\(os error \d+\).*$/s, "").split(": ")[0] ??
    error.message;
}
