/**
 * Records: what is known of a run and its jobs, a pure fold over its events.
 *
 * Field names are the original's where it has them; paths are relative to the
 * state folder.
 */
import type { CancelledBy, Cause, EndStatus } from "./cause.ts";
import type { NodeWaiting, RunStatus, TestSummary } from "./event.ts";
import type { Base } from "./snapshot.ts";

/** Where a job stands. */
export type JobStatus = "pending" | "waiting" | "running" | EndStatus;

/** What a node waits for, and who holds it. */
export type WaitingRecord =
  & Pick<NodeWaiting, "what" | "name" | "holder">
  & { /** When the waiting began. */ readonly since: string };

/** A span of an attempt. */
export interface PhaseRecord {
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

/** One attempt of a job. */
export interface AttemptRecord {
  /** Number of the attempt, from 1. */
  readonly attempt: number;
  /** Where it stands. */
  readonly status: JobStatus;
  /** When it started: RFC 3339, UTC. */
  readonly started_at: string;
  /** When it ended: RFC 3339, UTC; null: it has not. */
  readonly finished_at: string | null;
  /** How long it took, in milliseconds; null: it has not ended. */
  readonly duration_ms: number | null;
  /** The exit code; null: none, such as after a signal. */
  readonly exit_code: number | null;
  /** Why it ended as it did; null: it passed, or has not ended. */
  readonly cause: Cause | null;
  /** A sentence for people; null: none. */
  readonly message: string | null;
  /** The log, relative to the state folder. */
  readonly host_log_path: string;
  /** The guest's own log, relative to the state folder. */
  readonly guest_log_path: string;
  /** Its phases, in order. */
  readonly phases: readonly PhaseRecord[];
  /** What executors found out, such as `incus_image_fingerprint`. */
  readonly facts: { readonly [name: string]: string };
}

/** A job of a run. */
export interface JobRecord {
  /** Name of the job. */
  readonly id: string;
  /** One line for people. */
  readonly description: string;
  /** Where it stands. */
  readonly status: JobStatus;
  /** The original's label: "host_local", "remote_linux_vm", "tart_local", ... */
  readonly executor: string;
  /** "local", "remote_ssh" or "orchard". */
  readonly placement: string;
  /** Host it ran on: "local" or an ssh id. */
  readonly host: string;
  /** Runtime: "host_process", "incus", "tart", or a custom runtime's name. */
  readonly runtime: string;
  /** Id of its node in the plan. */
  readonly plan_node_id: string;
  /** Plan nodes that must have passed before. */
  readonly depends_on: readonly string[];
  /** Limit of one attempt, in seconds. */
  readonly timeout_secs: number;
  /** The workspace it got. */
  readonly workspace: "read-only" | "writable" | "source";
  /** The log, relative to the state folder; null: there is none. */
  readonly host_log_path: string | null;
  /** The guest's own log, relative to the state folder; null: there is none. */
  readonly guest_log_path: string | null;
  /** When it started: RFC 3339, UTC; null: it did not. */
  readonly started_at: string | null;
  /** When it ended: RFC 3339, UTC; null: it has not. */
  readonly finished_at: string | null;
  /** How long it took, in milliseconds; null: it did not run, or has not ended. */
  readonly duration_ms: number | null;
  /** The exit code; null: none, such as after a signal. */
  readonly exit_code: number | null;
  /** Why it ended as it did; null: it passed, or has not ended. */
  readonly cause: Cause | null;
  /** A sentence for people; null: none. */
  readonly message: string | null;
  /** What it waits for now; null unless its status is "waiting". */
  readonly waiting: WaitingRecord | null;
  /** Why it ran or did not: the plan's deciding reason. */
  readonly reason: string;
  /** Whether it failed and the config allows that. */
  readonly allowed_failure: boolean;
  /** Whether it passed after a failure on the same snapshot. */
  readonly flaky: boolean;
  /** Key under which its pass is remembered; null: it is not. */
  readonly cache_key: string | null;
  /** The matrix it is a cell of; null: none. */
  readonly matrix: {
    /** Name of the job. */
    readonly id: string;
    readonly cell: { readonly [axis: string]: string | number };
  } | null;
  /** Its attempts, the first one first. */
  readonly attempts: readonly AttemptRecord[];
  /** Files that were kept, relative to its artifact folder. */
  readonly artifacts: readonly string[];
  /** What its test reports say; null: it left none. */
  readonly tests: TestSummary | null;
  /** What the user should know of it. */
  readonly notices: readonly string[];
  /** Sum of the prepare nodes it needs, in milliseconds; null when it needs none. */
  readonly pre_execution_prepare_duration_ms: number | null;
}

/** A prepare node: "pending" from the plan on, like a job. */
export interface PrepareTimingRecord {
  /** Id of the plan's node. */
  readonly node_id: string;
  /** Where it stands. */
  readonly status: JobStatus;
  /** null: it never started. */
  readonly started_at: string | null;
  /** When it ended: RFC 3339, UTC; null: it has not. */
  readonly finished_at: string | null;
  /** How long it took, in milliseconds; null: it did not run, or has not ended. */
  readonly duration_ms: number | null;
  /** Why it ended as it did; null: it passed, or has not ended. */
  readonly cause: Cause | null;
  /** A sentence for people; null: none. */
  readonly message: string | null;
  /** Store path or folder that was made; null unless it passed. */
  readonly realized_path: string | null;
}

/** A host set-up command of a run. */
export interface HostSetupRecord {
  /** The command. */
  readonly command: string;
  /** When it started: RFC 3339, UTC. */
  readonly started_at: string;
  /** When it ended: RFC 3339, UTC; null: it has not. */
  readonly finished_at: string | null;
  /** How long it took, in milliseconds; null: it has not ended. */
  readonly duration_ms: number | null;
  /** The exit code; null: none, such as after a signal. */
  readonly exit_code: number | null;
}

/** A run. */
export interface RunRecord {
  /** Version of this form. */
  readonly schema_version: 2;
  /** Id of the run. */
  readonly run_id: string;
  /** Where it stands. */
  readonly status: RunStatus;
  /** Why it ended as it did; null: it passed, or has not ended. */
  readonly cause: Cause | null;
  /** A sentence for people; null: none. */
  readonly message: string | null;
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
  /** Process id. */
  readonly pid: number;
  /** When that process started, in the clock of `/proc`; null where unknown. */
  readonly pid_started: string | null;
  /** Id of the snapshot's git tree; null: none was made. */
  readonly snapshot_tree: string | null;
  /** Commit that was checked out; null: none. */
  readonly git_head: string | null;
  /** Whether the working tree differed from it; null: no git repository. */
  readonly git_dirty: boolean | null;
  /** Branch that was checked out; null: none. */
  readonly git_branch: string | null;
  /** When it was created: RFC 3339, UTC. */
  readonly created_at: string;
  /** When it ended: RFC 3339, UTC; null: it has not. */
  readonly finished_at: string | null;
  /** How long it took, in milliseconds; null: it has not ended. */
  readonly duration_ms: number | null;
  /** The stored plan, relative to the state folder; null: none was made. */
  readonly plan_path: string | null;
  /** What the filters compared with; null: no plan was made. */
  readonly base: Base | null;
  /** null: everything counted as changed. */
  readonly changed_files: readonly string[] | null;
  /** Filters of the selected targets. */
  readonly filters: readonly string[];
  /** What the user should know of it. */
  readonly notices: readonly string[];
  /** Who asked for the end, first of all; null: nobody. */
  readonly cancel_requested:
    | {
      /** When: RFC 3339, UTC. */
      readonly at: string;
      /** Who or what asked for it. */
      readonly by: CancelledBy;
      /** Whether running jobs are killed at once. */
      readonly forced: boolean;
    }
    | null;
  /** Host set-up commands. */
  readonly host_setup: readonly HostSetupRecord[];
  /** Prepared outputs. */
  readonly prepare_timings: readonly PrepareTimingRecord[];
  /** The jobs. */
  readonly jobs: readonly JobRecord[];
}
