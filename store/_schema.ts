/**
 * The schema of `state.db`, as the steps that lead to it.
 *
 * A step that was released is never changed; another one is added.
 */
export const migrations: readonly string[] = [
  `
  -- "id" is the order of creation: a clock may jump, a rowid does not.
  CREATE TABLE runs (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    run_id TEXT NOT NULL UNIQUE,
    status TEXT NOT NULL,
    target_id TEXT,
    label TEXT NOT NULL,
    created_at TEXT NOT NULL,
    finished_at TEXT,
    duration_ms INTEGER,
    rerun_of TEXT,
    snapshot_tree TEXT,
    pid INTEGER NOT NULL,
    pid_started TEXT,
    -- The record of a run that has ended; before, it is the fold of its events.
    record TEXT,
    -- RECORD_FORM of the writer.
    record_form INTEGER
  ) STRICT;
  CREATE INDEX runs_by_status ON runs (status);

  CREATE TABLE events (
    run_id TEXT NOT NULL,
    seq INTEGER NOT NULL,
    at TEXT NOT NULL,
    event TEXT NOT NULL,
    json TEXT NOT NULL,
    PRIMARY KEY (run_id, seq)
  ) STRICT, WITHOUT ROWID;

  CREATE TABLE jobs (
    run_id TEXT NOT NULL,
    job_id TEXT NOT NULL,
    status TEXT NOT NULL,
    duration_ms INTEGER,
    flaky INTEGER NOT NULL,
    attempts INTEGER NOT NULL,
    cache_key TEXT,
    snapshot_tree TEXT,
    finished_at TEXT,
    PRIMARY KEY (run_id, job_id)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX jobs_by_job ON jobs (job_id, status);

  -- How long a job takes when it passes; outlives the runs it was learned from.
  CREATE TABLE durations (
    job_id TEXT PRIMARY KEY,
    duration_ms INTEGER NOT NULL
  ) STRICT, WITHOUT ROWID;

  CREATE TABLE passes (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    key TEXT NOT NULL UNIQUE,
    job_id TEXT NOT NULL,
    run_id TEXT NOT NULL,
    folder TEXT NOT NULL,
    host_log TEXT,
    manifest TEXT NOT NULL,
    artifacts TEXT NOT NULL,
    bytes INTEGER NOT NULL,
    created_at TEXT NOT NULL,
    last_used TEXT NOT NULL
  ) STRICT;
  CREATE INDEX passes_by_job ON passes (job_id);
  CREATE INDEX passes_by_run ON passes (run_id);
  `,
];

/**
 * Number of the form of stored records, one more with each added field: a
 * record of another form is completed when it is read.
 */
export const RECORD_FORM = 1;
