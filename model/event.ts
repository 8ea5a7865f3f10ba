/**
 * Events: the truth of a run, one tagged union.
 *
 * The runner emits them and prints nothing. Records are a fold over them;
 * terminal, JSON lines and files are listeners. Every announced node ends.
 */
import type { CancelledBy, Cause } from "./cause.ts";
import type {
  AttemptFinished,
  JobFact,
  JobFinished,
  JobPhase,
  JobStarted,
  NodeWaiting,
  PrepareFinished,
  PrepareStarted,
  ProcessStarted,
} from "./job_event.ts";
import type { Plan } from "./plan.ts";
import type { Snapshot } from "./snapshot.ts";

export type {
  AttemptFinished,
  JobFact,
  JobFinished,
  JobPhase,
  JobStarted,
  NodeWaiting,
  PrepareFinished,
  PrepareStarted,
  ProcessStarted,
} from "./job_event.ts";
export type { FailedTest, TestSummary } from "./test_summary.ts";

/** What every event carries once it is recorded. */
export interface EventEnvelope {
  /** Position in the run, from 1 without a gap. */
  readonly seq: number;
  /** When it was emitted: RFC 3339, UTC, milliseconds. */
  readonly at: string;
  /** The run. */
  readonly run_id: string;
}

/** The run exists. Always the first. */
export interface RunStarted {
  /** Tag of the union. */
  readonly event: "run_started";
  /** When it was created: RFC 3339, UTC. */
  readonly created_at: string;
  /** The run that it repeats; null: none. */
  readonly rerun_of: string | null;
  /** The target, where exactly one was asked for; else null. */
  readonly target_id: string | null;
  /** Its description; null without a target. */
  readonly target_description: string | null;
  /** What was asked for: ids and patterns, or the default target's id. */
  readonly requested: readonly string[];
  /** Absolute path of the folder with the config. */
  readonly source_root: string;
  /** Version of the program. */
  readonly pikaci_version: string;
  /** Process that owns the run. */
  readonly pid: number;
  /** When that process started, in the clock of `/proc`; null where unknown. */
  readonly pid_started: string | null;
}

/** A host set-up command starts. */
export interface HostSetupStarted {
  /** Tag of the union. */
  readonly event: "host_setup_started";
  /** The command. */
  readonly command: string;
}

/** A host set-up command ended. */
export interface HostSetupFinished {
  /** Tag of the union. */
  readonly event: "host_setup_finished";
  /** The command. */
  readonly command: string;
  /** The exit code; null: none, such as after a signal. */
  readonly exit_code: number | null;
  /** How long it took, in milliseconds. */
  readonly duration_ms: number;
}

/** The working tree is captured. */
export interface SnapshotCreated {
  /** Tag of the union. */
  readonly event: "snapshot_created";
  /** The snapshot. */
  readonly snapshot: Snapshot;
  /** How long it took, in milliseconds. */
  readonly duration_ms: number;
}

/** The plan is made and stored. */
export interface RunPlanned {
  /** Tag of the union. */
  readonly event: "run_planned";
  /** The plan. */
  readonly plan: Plan;
}

/** Something the user should know. */
export interface Notice {
  /** Tag of the union. */
  readonly event: "notice";
  /** How much it matters. */
  readonly level: "info" | "warning";
  /** The job it is about; null: the run. */
  readonly job_id: string | null;
  /** A sentence for people. */
  readonly message: string;
}

/** Somebody asked for the run to end. */
export interface CancelRequested {
  /** Tag of the union. */
  readonly event: "cancel_requested";
  /** Who or what asked for it. */
  readonly by: CancelledBy;
  /** Whether running jobs are killed at once. */
  readonly forced: boolean;
}

/** The run ended. Always the last. */
export interface RunFinished {
  /** Tag of the union. */
  readonly event: "run_finished";
  /** How the run ended. */
  readonly status: RunStatus;
  /** Why; null after a pass. */
  readonly cause: Cause | null;
  /** A sentence for people; null: none. */
  readonly message: string | null;
  /** When it ended: RFC 3339, UTC; null: it has not. */
  readonly finished_at: string;
  /** How long it took, in milliseconds. */
  readonly duration_ms: number;
}

/** Where a run stands. */
export type RunStatus =
  | "running"
  | "passed"
  | "failed"
  | "skipped"
  | "cancelled"
  | "infrastructure_failed"
  | "interrupted";

/** What happened. */
export type RunEvent =
  | RunStarted
  | HostSetupStarted
  | HostSetupFinished
  | SnapshotCreated
  | RunPlanned
  | NodeWaiting
  | PrepareStarted
  | PrepareFinished
  | JobStarted
  | ProcessStarted
  | JobPhase
  | JobFact
  | AttemptFinished
  | JobFinished
  | Notice
  | CancelRequested
  | RunFinished;

/** An event with its place in a run. */
export type RecordedEvent = EventEnvelope & RunEvent;
