/** The end of a run whose process is gone. */
import type { Cause } from "./cause.ts";
import type { RunEvent } from "./event.ts";
import type { JobRecord, RunRecord } from "./record.ts";

/** When a run that a crash cut off is closed. */
export interface InterruptionTimes {
  /** When it is closed. */
  readonly now: Date;
  /** When its last event came: nobody knows how long it lived on, so durations end there. */
  readonly lastSeen: Date;
}

/**
 * The events that close a run which a crash cut off: every announced node that
 * has no end gets one, then the run. Empty when the run has ended.
 */
export function interruption(
  record: RunRecord,
  { now, lastSeen }: InterruptionTimes,
): RunEvent[] {
  if (record.status !== "running") return [];
  const message =
    `pikaci (process ${record.pid}) ended without closing the run`;
  const cause: Cause = { kind: "interrupted", message };
  const events: RunEvent[] = [];
  for (const { command, started_at, finished_at } of record.host_setup) {
    if (finished_at !== null) continue;
    events.push({
      event: "host_setup_finished",
      command,
      exit_code: null,
      duration_ms: since(started_at, lastSeen),
    });
  }
  for (const node of record.prepare_timings) {
    if (node.finished_at !== null) continue;
    events.push({
      event: "prepare_finished",
      node_id: node.node_id,
      status: "interrupted",
      cause,
      message,
      duration_ms: since(node.started_at, lastSeen),
      realized_path: null,
    });
  }
  for (const job of record.jobs) {
    if (job.finished_at !== null) continue;
    events.push(...interruptedJob(job, cause, message, lastSeen));
  }
  events.push({
    event: "run_finished",
    status: "interrupted",
    cause,
    message,
    finished_at: now.toISOString(),
    duration_ms: since(record.created_at, lastSeen),
  });
  return events;
}

function interruptedJob(
  job: JobRecord,
  cause: Cause,
  message: string,
  lastSeen: Date,
): RunEvent[] {
  const events: RunEvent[] = [];
  for (const attempt of job.attempts) {
    if (attempt.finished_at !== null) continue;
    events.push({
      event: "attempt_finished",
      job_id: job.id,
      attempt: attempt.attempt,
      status: "interrupted",
      exit_code: null,
      cause,
      message,
      duration_ms: since(attempt.started_at, lastSeen),
      retry_in_secs: null,
    });
  }
  events.push({
    event: "job_finished",
    job_id: job.id,
    status: "interrupted",
    exit_code: null,
    cause,
    message,
    attempts: job.attempts.length,
    allowed_failure: false,
    flaky: false,
    duration_ms: since(job.started_at, lastSeen),
    artifacts: [],
    tests: null,
  });
  return events;
}

/** Milliseconds between two moments; 0 for none, and when the clock was set back. */
function since(start: string | null, end: Date): number {
  if (start === null) return 0;
  return Math.max(0, end.getTime() - Date.parse(start));
}
