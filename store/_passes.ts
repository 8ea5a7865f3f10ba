/** SQL of the index of remembered passes. */
import type { DatabaseSync, SQLOutputValue } from "node:sqlite";
import { jobDir } from "../model/state_paths.ts";
import { transaction } from "./database.ts";
import type { NewPass, Pass } from "./store.ts";

const COLUMNS =
  "key, job_id, run_id, folder, host_log, artifacts, bytes, created_at, last_used";

/** The pass under a key. */
export function find(db: DatabaseSync, key: string): Pass | null {
  return read(
    db,
    db.prepare(`SELECT ${COLUMNS} FROM passes WHERE key = ?`).get(key),
  );
}

/** The newest pass of a job. */
export function last(db: DatabaseSync, jobId: string): Pass | null {
  return read(
    db,
    db.prepare(
      `SELECT ${COLUMNS} FROM passes WHERE job_id = ? ORDER BY id DESC LIMIT 1`,
    ).get(jobId),
  );
}

/** All passes, the least recently used first. */
export function all(db: DatabaseSync): readonly Pass[] {
  return db.prepare(`SELECT ${COLUMNS} FROM passes ORDER BY last_used, id`)
    .all().flatMap((row) => read(db, row) ?? []);
}

/** Remembers a pass; one under the same key is replaced. */
export function remember(db: DatabaseSync, pass: NewPass, now: Date): void {
  db.prepare(
    `INSERT OR REPLACE INTO passes (${COLUMNS}, manifest) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
  ).run(
    pass.key,
    pass.job_id,
    pass.run_id,
    jobDir(pass.run_id, pass.job_id),
    pass.host_log,
    JSON.stringify(pass.artifacts),
    pass.bytes,
    now.toISOString(),
    now.toISOString(),
    JSON.stringify(pass.manifest ?? null),
  );
}

/** Notes that passes served a run. */
export function used(
  db: DatabaseSync,
  keys: readonly string[],
  now: Date,
): void {
  const statement = db.prepare("UPDATE passes SET last_used = ? WHERE key = ?");
  transaction(db, () => {
    for (const key of keys) statement.run(now.toISOString(), key);
  });
}

/** Forgets passes. */
export function forget(db: DatabaseSync, keys: readonly string[]): void {
  const statement = db.prepare("DELETE FROM passes WHERE key = ?");
  transaction(db, () => {
    for (const key of keys) statement.run(key);
  });
}

/** Moves a pass to another folder. */
export function move(db: DatabaseSync, key: string, folder: string): void {
  db.prepare("UPDATE passes SET folder = ? WHERE key = ?").run(folder, key);
}

function read(
  db: DatabaseSync,
  row: Record<string, SQLOutputValue> | undefined,
): Pass | null {
  if (row === undefined) return null;
  const key = String(row.key);
  return {
    key,
    job_id: String(row.job_id),
    run_id: String(row.run_id),
    folder: String(row.folder),
    host_log: row.host_log === null ? null : String(row.host_log),
    // A large one that only an explanation asks for.
    get manifest(): unknown {
      const found = db.prepare("SELECT manifest FROM passes WHERE key = ?")
        .get(key);
      // Forgotten meanwhile, it explains nothing any more.
      return found === undefined ? null : JSON.parse(String(found.manifest));
    },
    artifacts: JSON.parse(String(row.artifacts)),
    bytes: Number(row.bytes),
    created_at: String(row.created_at),
    last_used: String(row.last_used),
  };
}
