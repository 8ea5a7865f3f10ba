/**
 * The events of nodes: of jobs, their attempts, and what is prepared for them.
 *
 * A part of the union in event.ts.
 */
import type { Cause, EndStatus } from "./cause.ts";
import type { TestSummary } from "./test_summary.ts";

/** A node waits for what another job has. Who waits for slots alone is pending. */
export interface NodeWaiting {
  /** Tag of the union. */
  readonly event: "node_waiting";
  /** Id of the plan's node. */
  readonly node_id: string;
  /** What it waits for: "concurrency group", "vm slot", "cache", "cache key", "prepared output", "host slot". */
  readonly what: string;
  /** The name of that: a group, a host, a cache. */
  readonly name: string;
  /** Who holds it; null where nobody in particular does. */
  readonly holder: {
    /** Id of the run. */
    readonly run_id: string;
    /** Id of the job. */
    readonly job_id: string | null;
    /** Process id. */
    readonly pid: number;
    /** Since when: RFC 3339, UTC. */
    readonly since: string;
  } | null;
  /** Its place among those who wait, 1 for the next; absent where there is no order. */
  readonly place?: number;
}

/** A prepare node starts. */
export interface PrepareStarted {
  /** Tag of the union. */
  readonly event: "prepare_started";
  /** Id of the plan's node. */
  readonly node_id: string;
}

/** A prepare node ended. */
export interface PrepareFinished {
  /** Tag of the union. */
  readonly event: "prepare_finished";
  /** Id of the plan's node. */
  readonly node_id: string;
  /** How it ended. */
  readonly status: EndStatus;
  /** Why; null after a pass. */
  readonly cause: Cause | null;
  /** A sentence for people; null: none. */
  readonly message: string | null;
  /** How long it took, in milliseconds. */
  readonly duration_ms: number;
  /** Store path or folder that was made; null unless it passed. */
  readonly realized_path: string | null;
}

/** An attempt of a job starts. The first one of a job is its start. */
export interface JobStarted {
  /** Tag of the union. */
  readonly event: "job_started";
  /** Id of the job. */
  readonly job_id: string;
  /** Number of the attempt, from 1. */
  readonly attempt: number;
  /** The log, relative to the state folder. */
  readonly host_log_path: string;
  /** The guest's own log, relative to the state folder. */
  readonly guest_log_path: string;
}

/** A process group that must be ended if pikaci dies now. */
export interface ProcessStarted {
  /** Tag of the union. */
  readonly event: "process_started";
  /** Id of the job. */
  readonly job_id: string;
  /** Number of the attempt, from 1. */
  readonly attempt: number;
  /** Host it runs on: "local" or an ssh id. */
  readonly host: string;
  /** Process id. */
  readonly pid: number;
  /** When that process started, in the clock of `/proc`; null where unknown. */
  readonly pid_started: string | null;
}

/** A phase of an attempt ended, well or not. */
export interface JobPhase {
  /** Tag of the union. */
  readonly event: "job_phase";
  /** Id of the job. */
  readonly job_id: string;
  /** Number of the attempt, from 1. */
  readonly attempt: number;
  /** Name of the phase. */
  readonly phase: string;
  /** When it started: RFC 3339, UTC. */
  readonly started_at: string;
  /** When it ended: RFC 3339, UTC. */
  readonly finished_at: string;
  /** How long it took, in milliseconds. */
  readonly duration_ms: number;
  /** Whether it ended well. */
  readonly ok: boolean;
}

/** A fact that an executor found out: an image's fingerprint, a VM's name. */
export interface JobFact {
  /** Tag of the union. */
  readonly event: "job_fact";
  /** Id of the job. */
  readonly job_id: string;
  /** Number of the attempt, from 1. */
  readonly attempt: number;
  /** Name of the fact, such as "incus_image_fingerprint". */
  readonly name: string;
  /** The value. */
  readonly value: string;
}

/** An attempt ended; another may follow. */
export interface AttemptFinished {
  /** Tag of the union. */
  readonly event: "attempt_finished";
  /** Id of the job. */
  readonly job_id: string;
  /** Number of the attempt, from 1. */
  readonly attempt: number;
  /** How it ended. */
  readonly status: EndStatus;
  /** The exit code; null: none, such as after a signal. */
  readonly exit_code: number | null;
  /** Why; null after a pass. */
  readonly cause: Cause | null;
  /** A sentence for people; null: none. */
  readonly message: string | null;
  /** How long it took, in milliseconds. */
  readonly duration_ms: number;
  /** Seconds until the next attempt; null: there is none. */
  readonly retry_in_secs: number | null;
}

/** A job ended. Emitted for every execute node of the plan, once. */
export interface JobFinished {
  /** Tag of the union. */
  readonly event: "job_finished";
  /** Id of the job. */
  readonly job_id: string;
  /** How it ended. */
  readonly status: EndStatus;
  /** The exit code; null: none, such as after a signal. */
  readonly exit_code: number | null;
  /** Why; null after a pass. */
  readonly cause: Cause | null;
  /** A sentence for people; null: none. */
  readonly message: string | null;
  /** Attempts that were made; 0 when it did not run. */
  readonly attempts: number;
  /** Whether it failed and the config allows that. */
  readonly allowed_failure: boolean;
  /** Whether it passed after a failure on the same snapshot. */
  readonly flaky: boolean;
  /** How long it took, in milliseconds. */
  readonly duration_ms: number;
  /** Files that were kept, relative to the job's artifact folder. */
  readonly artifacts: readonly string[];
  /** What its test reports say; null: it left none. */
  readonly tests: TestSummary | null;
}
