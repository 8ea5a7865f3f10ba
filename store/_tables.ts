/** SQL of runs, events and jobs. */
import type { DatabaseSync, SQLOutputValue, StatementSync } from "node:sqlite";
import type { RecordedEvent, RunEvent, RunStatus } from "../model/event.ts";
import { foldAll } from "../model/fold.ts";
import type { JobRecord, RunRecord } from "../model/record.ts";
import { RECORD_FORM } from "./_schema.ts";
import { transaction } from "./database.ts";
import type { RunFilter, RunOwner, RunSummary } from "./store.ts";

type Row = Record<string, SQLOutputValue>;

/** Inserts a run that has just started. */
export function insertRun(db: DatabaseSync, record: RunRecord): void {
  db.prepare(
    `INSERT INTO runs (run_id, status, target_id, label, created_at, rerun_of, pid, pid_started)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
  ).run(
    record.run_id,
    record.status,
    record.target_id,
    label(record),
    record.created_at,
    record.rerun_of,
    record.pid,
    record.pid_started,
  );
}

/** Inserts the first event of a run. */
export function insertFirstEvent(db: DatabaseSync, event: RecordedEvent): void {
  const { seq, at, run_id, ...rest } = event;
  db.prepare(
    "INSERT INTO events (run_id, seq, at, event, json) VALUES (?, ?, ?, ?, ?)",
  ).run(run_id, seq, at, event.event, JSON.stringify(rest));
}

/**
 * The statement that appends an event: run id, time, name, JSON.
 *
 * One statement numbers and inserts, so that processes cannot take the same
 * number; it inserts nothing once the run has ended.
 */
export function insertEventStatement(db: DatabaseSync): StatementSync {
  return db.prepare(
    `INSERT INTO events (run_id, seq, at, event, json)
     SELECT run_id, (SELECT max(seq) + 1 FROM events WHERE run_id = ?1), ?2, ?3, ?4
     FROM runs WHERE run_id = ?1 AND status = 'running'
     RETURNING seq`,
  );
}

/** Whether an event changes what is queried. */
export function touchesTables(event: RunEvent): boolean {
  return event.event === "run_planned" || event.event === "job_finished" ||
    event.event === "snapshot_created" || event.event === "run_finished";
}

/** Brings what is queried up to date with an event. */
export function update(
  db: DatabaseSync,
  event: RecordedEvent,
  record: RunRecord,
): void {
  switch (event.event) {
    case "snapshot_created":
    case "run_planned":
      db.prepare(
        "UPDATE runs SET snapshot_tree = ?, target_id = ?, label = ? WHERE run_id = ?",
      ).run(
        record.snapshot_tree,
        record.target_id,
        label(record),
        record.run_id,
      );
      return;
    case "job_finished": {
      const job = record.jobs.findLast((job) => job.id === event.job_id);
      if (job !== undefined) insertJob(db, record, job);
      return;
    }
    case "run_finished":
      db.prepare(
        "UPDATE runs SET status = ?, finished_at = ?, duration_ms = ?, record = ?, record_form = ? WHERE run_id = ?",
      ).run(
        record.status,
        record.finished_at,
        record.duration_ms,
        JSON.stringify(record),
        RECORD_FORM,
        record.run_id,
      );
      return;
  }
}

function insertJob(db: DatabaseSync, record: RunRecord, job: JobRecord): void {
  db.prepare(
    `INSERT OR REPLACE INTO jobs
       (run_id, job_id, status, duration_ms, flaky, attempts, cache_key, snapshot_tree, finished_at)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`,
  ).run(
    record.run_id,
    job.id,
    job.status,
    job.duration_ms,
    job.flaky ? 1 : 0,
    job.attempts.length,
    job.cache_key,
    record.snapshot_tree,
    job.finished_at,
  );
  if (job.status !== "passed" || job.duration_ms === null) return;
  // Half of the newest, half of what was known: follows changes, forgets outliers.
  db.prepare(
    `INSERT INTO durations (job_id, duration_ms) VALUES (?, ?)
     ON CONFLICT DO UPDATE SET duration_ms = (duration_ms + excluded.duration_ms) / 2`,
  ).run(job.id, Math.round(job.duration_ms));
}

/** The record of an ended run as it is stored. */
export interface StoredRecord {
  readonly json: string;
  /** Whether it has the form of this version. */
  readonly current: boolean;
}

/** The record of a run; a text when it has ended; null: the database does not have it. */
export function readRun(
  db: DatabaseSync,
  runId: string,
): RunRecord | StoredRecord | null {
  const row = db.prepare(
    "SELECT record, record_form FROM runs WHERE run_id = ?",
  ).get(runId);
  if (row === undefined) return null;
  const { record, record_form } = row;
  if (typeof record !== "string") return foldAll(readEvents(db, runId, 0));
  return { json: record, current: record_form === RECORD_FORM };
}

/** The record of our own JSON; null when it is damaged. */
export function parseRecord(json: string): RunRecord | null {
  try {
    return JSON.parse(json);
  } catch {
    return null;
  }
}

/** The events of a run after a sequence number. */
export function readEvents(
  db: DatabaseSync,
  runId: string,
  after: number,
): readonly RecordedEvent[] {
  const rows = db.prepare(
    "SELECT seq, at, json FROM events WHERE run_id = ? AND seq > ? ORDER BY seq",
  ).all(runId, after);
  return rows.map((row) => ({
    ...JSON.parse(text(row, "json")),
    seq: Number(row.seq),
    at: text(row, "at"),
    run_id: runId,
  }));
}

/** The first event of a run with this name; null: there is none. */
export function readEvent(
  db: DatabaseSync,
  runId: string,
  name: RunEvent["event"],
): RunEvent | null {
  const row = db.prepare(
    "SELECT json FROM events WHERE run_id = ? AND event = ? ORDER BY seq LIMIT 1",
  ).get(runId, name);
  return row === undefined ? null : JSON.parse(text(row, "json"));
}

/** Ids of all runs, the newest first. */
export function runIds(db: DatabaseSync): readonly string[] {
  return db.prepare("SELECT run_id FROM runs ORDER BY id DESC").all()
    .map((row) => text(row, "run_id"));
}

/** The owners of the runs that have not ended, the oldest first. */
export function owners(db: DatabaseSync): readonly RunOwner[] {
  return db.prepare(
    "SELECT run_id, pid, pid_started FROM runs WHERE status = 'running' ORDER BY id",
  ).all().map((row) => ({
    run_id: text(row, "run_id"),
    pid: Number(row.pid),
    pid_started: textOrNull(row, "pid_started"),
  }));
}

/** Trees of the snapshots that the runs need. */
export function trees(db: DatabaseSync): readonly string[] {
  return db.prepare(
    "SELECT DISTINCT snapshot_tree FROM runs WHERE snapshot_tree IS NOT NULL",
  ).all().map((row) => text(row, "snapshot_tree"));
}

/** Lists runs, the newest first. */
export function listRuns(
  db: DatabaseSync,
  filter: RunFilter,
): readonly RunSummary[] {
  const rows = db.prepare(
    `SELECT run_id, status, target_id, label, created_at, finished_at, duration_ms, rerun_of,
       (SELECT json_group_object(status, n) FROM
         (SELECT status, count(*) AS n FROM jobs WHERE jobs.run_id = runs.run_id GROUP BY status)) AS jobs,
       (SELECT count(*) FROM jobs WHERE jobs.run_id = runs.run_id AND flaky = 1) AS flaky
     FROM runs
     WHERE (?1 IS NULL OR status = ?1) AND (?2 IS NULL OR target_id = ?2 OR label = ?2)
     ORDER BY id DESC LIMIT ?3`,
  ).all(filter.status ?? null, filter.target ?? null, filter.limit ?? -1);
  return rows.map((row) => ({
    run_id: text(row, "run_id"),
    status: status(text(row, "status")),
    target_id: textOrNull(row, "target_id"),
    target: text(row, "label"),
    created_at: text(row, "created_at"),
    finished_at: textOrNull(row, "finished_at"),
    duration_ms: row.duration_ms === null ? null : Number(row.duration_ms),
    rerun_of: textOrNull(row, "rerun_of"),
    jobs: JSON.parse(text(row, "jobs")),
    flaky: Number(row.flaky),
  }));
}

/** How long jobs took when they passed lately, in milliseconds. */
export function durations(
  db: DatabaseSync,
  jobIds: readonly string[],
): ReadonlyMap<string, number> {
  const rows = db.prepare(
    "SELECT job_id, duration_ms FROM durations WHERE job_id IN (SELECT value FROM json_each(?))",
  ).all(JSON.stringify(jobIds));
  return new Map(
    rows.map((row) => [text(row, "job_id"), Number(row.duration_ms)]),
  );
}

/** Deletes a run, whatever its status. */
export function deleteRun(db: DatabaseSync, runId: string): void {
  transaction(db, () => deleteRows(db, runId));
}

/** Deletes a run unless it is active. */
export function deleteEndedRun(db: DatabaseSync, runId: string): boolean {
  return transaction(db, () => {
    const row = db.prepare("SELECT status FROM runs WHERE run_id = ?").get(
      runId,
    );
    if (row?.status === "running") return false;
    deleteRows(db, runId);
    return true;
  });
}

function deleteRows(db: DatabaseSync, runId: string): void {
  for (const table of ["events", "jobs", "runs"]) {
    db.prepare(`DELETE FROM ${table} WHERE run_id = ?`).run(runId);
  }
}

/** What a list calls a run. */
export function label(record: RunRecord): string {
  return record.target_id ?? record.requested[0] ?? record.jobs[0]?.id ?? "-";
}

const runStatuses: readonly RunStatus[] = [
  "running",
  "passed",
  "failed",
  "skipped",
  "cancelled",
  "infrastructure_failed",
  "interrupted",
];

/** The run status of a text that may be foreign. */
export function status(found: string): RunStatus {
  return runStatuses.find((known) => known === found) ?? "interrupted";
}

function text(row: Row, column: string): string {
  const value = row[column];
  return typeof value === "string" ? value : String(value);
}

function textOrNull(row: Row, column: string): string | null {
  const value = row[column];
  return typeof value === "string" ? value : null;
}
