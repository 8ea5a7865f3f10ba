/**
 * SQLite files: opened, migrated and refused in one way.
 *
 * Write-ahead log with `synchronous=NORMAL`: what a statement acknowledged
 * survives the end of the process by any signal; a power cut may take the last
 * moments, never the file's integrity (sqlite.org/wal.html).
 *
 * @module
 */
import { DatabaseSync } from "node:sqlite";
import { useWriteAheadLog } from "../sqlite/write_ahead_log.ts";
import { exists } from "./files.ts";
import { guarded, StoreError } from "./store_error.ts";

/** How a database is opened. */
export interface DatabaseOptions {
  /** Whether nothing is written; an older database is then read as it is. Default false. */
  readonly readOnly?: boolean;
  /** How long a statement waits for another process's lock, in milliseconds; default 10,000. */
  readonly busyTimeoutMs?: number;
}

/**
 * Opens a database and brings it to the newest version.
 *
 * `migrations[n]` is the SQL that leads from version n to n + 1; the version
 * stands in `PRAGMA user_version`. A database with a higher version than there
 * are migrations is refused and stays as it is.
 */
export function openDatabase(
  path: string,
  migrations: readonly string[],
  options: DatabaseOptions = {},
): DatabaseSync {
  const timeout = options.busyTimeoutMs ?? 10_000;
  return guarded(path, () => {
    const db = options.readOnly === true
      ? openReadOnly(path, timeout)
      : openWritable(path, timeout);
    try {
      refuseNewer(db, path, migrations);
      if (options.readOnly !== true) {
        // Takes effect in a new file alone, before its first table.
        if (version(db) === 0) db.exec("PRAGMA auto_vacuum = INCREMENTAL");
        useWriteAheadLog(db, timeout);
        db.exec("PRAGMA synchronous = NORMAL; PRAGMA foreign_keys = ON");
      }
      migrate(db, path, migrations, options);
      return db;
    } catch (error) {
      db.close();
      // Where there is no room for the files beside it, SQLite says "disk I/O
      // error", the system why.
      if (options.readOnly !== true && path !== ":memory:") probe(path);
      throw error;
    }
  });
}

/** Writes what SQLite's `-shm` file takes beside a database, and removes it. */
function probe(path: string): void {
  const file = `${path}.${crypto.randomUUID()}.tmp`;
  try {
    Deno.writeFileSync(file, new Uint8Array(32 * 1024));
  } finally {
    if (exists(file)) Deno.removeSync(file);
  }
}

/** Runs `work` as one transaction that has the write lock from its start. */
export function transaction<T>(db: DatabaseSync, work: () => T): T {
  db.exec("BEGIN IMMEDIATE");
  try {
    const result = work();
    db.exec("COMMIT");
    return result;
  } catch (error) {
    // A full disk may have rolled it back already.
    if (db.isTransaction) db.exec("ROLLBACK");
    throw error;
  }
}

function openWritable(path: string, timeout: number): DatabaseSync {
  // The system tells why a file cannot be written; SQLite does not.
  if (path !== ":memory:") {
    Deno.openSync(path, { append: true, create: true }).close();
  }
  return new DatabaseSync(path, { timeout });
}

function openReadOnly(path: string, timeout: number): DatabaseSync {
  const db = new DatabaseSync(path, { readOnly: true, timeout });
  try {
    version(db);
    return db;
  } catch (error) {
    db.close();
    // In a read-only folder and on a full disk SQLite cannot make the `-shm`
    // file that a database in WAL mode wants; with an empty log, which the
    // attempt may have left, there is nothing but the file to read.
    if (sizeOf(`${path}-wal`) > 0) throw error;
    const url = new URL("file://");
    url.pathname = path.split("/").map(encodeURIComponent).join("/");
    url.searchParams.set("immutable", "1");
    return new DatabaseSync(url, { readOnly: true, timeout });
  }
}

/** Bytes of a file; 0 where there is none. */
function sizeOf(path: string): number {
  return exists(path) ? Deno.statSync(path).size : 0;
}

/** Before anything is written: not even the journal mode of a newer one is touched. */
function refuseNewer(
  db: DatabaseSync,
  path: string,
  migrations: readonly string[],
): void {
  const found = version(db);
  if (found <= migrations.length) return;
  throw new StoreError(
    "newer",
    path,
    `State database "${path}" was written by a newer pikaci: it has version ${found}, this pikaci reads up to ${migrations.length}. Update pikaci, or choose another state folder with --state-root`,
  );
}

function migrate(
  db: DatabaseSync,
  path: string,
  migrations: readonly string[],
  options: DatabaseOptions,
): void {
  const found = version(db);
  if (found === migrations.length) return;
  if (options.readOnly === true) {
    throw new StoreError(
      "read_only",
      path,
      `State database "${path}" has the older version ${found}, and cannot be brought to version ${migrations.length} without writing`,
    );
  }
  transaction(db, () => {
    // Another process may have been faster.
    for (let step = version(db); step < migrations.length; step++) {
      db.exec(migrations[step] ?? "");
    }
    db.exec(`PRAGMA user_version = ${migrations.length}`);
  });
}

function version(db: DatabaseSync): number {
  const value = db.prepare("PRAGMA user_version").get()?.user_version;
  return typeof value === "number" ? value : 0;
}
