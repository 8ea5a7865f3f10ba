/**
 * Events as they leave the program: one compact JSON object a line.
 *
 * The four events of the original pikaci have its names and fields:
 * `run_started` flat, `job_started` and `job_finished` with the job's record,
 * `run_finished` with the run's. All others are events as the runner emits
 * them. Consumers skip what they do not know.
 */
import type {
  AttemptFinished,
  CancelRequested,
  EventEnvelope,
  HostSetupFinished,
  HostSetupStarted,
  JobFact,
  JobPhase,
  NodeWaiting,
  Notice,
  PrepareFinished,
  PrepareStarted,
  RecordedEvent,
  RunStarted,
  SnapshotCreated,
} from "./event.ts";
import type { Decision } from "./plan.ts";
import type { JobRecord, RunRecord } from "./record.ts";

/** What every line carries. */
export interface WireEnvelope extends EventEnvelope {
  /** Version of these lines and of the records in them. */
  readonly schema_version: 2;
}

/** The first attempt of a job starts. */
export interface WireJobStarted {
  /** Tag of the union. */
  readonly event: "job_started";
  /** The job as it stands, running. */
  readonly job: JobRecord;
}

/** A later attempt of a job starts. */
export interface WireAttemptStarted {
  /** Tag of the union. */
  readonly event: "attempt_started";
  /** Id of the job. */
  readonly job_id: string;
  /** Number of the attempt, from 1. */
  readonly attempt: number;
}

/** A job ended, or was skipped or served from the cache. */
export interface WireJobFinished {
  /** Tag of the union. */
  readonly event: "job_finished";
  /** The job as it ended. */
  readonly job: JobRecord;
}

/** The plan is made; the whole of it stands in a file. */
export interface WireRunPlanned {
  /** Tag of the union. */
  readonly event: "run_planned";
  /** Relative to the state folder. */
  readonly plan_path: string | null;
  /** The nodes of the plan, in short. */
  readonly nodes: readonly {
    /** Id of the node. */
    readonly id: string;
    /** What it is. */
    readonly kind: "prepare" | "execute";
    /** Id of its job; null: it prepares something. */
    readonly job_id: string | null;
    /** Nodes that must have passed before. */
    readonly depends_on: readonly string[];
    /** Whether it runs. */
    readonly decision: Decision;
    /** Why: the deciding reason. */
    readonly reason: string;
  }[];
}

/** The run ended. */
export interface WireRunFinished {
  /** Tag of the union. */
  readonly event: "run_finished";
  /** The run as it ended. */
  readonly run: RunRecord;
}

/** An event as a line of `--output jsonl` holds it. */
export type WireEvent =
  & WireEnvelope
  & (
    | WireJobStarted
    | WireAttemptStarted
    | WireJobFinished
    | WireRunPlanned
    | WireRunFinished
    | RunStarted
    | HostSetupStarted
    | HostSetupFinished
    | SnapshotCreated
    | NodeWaiting
    | PrepareStarted
    | PrepareFinished
    | JobPhase
    | JobFact
    | AttemptFinished
    | Notice
    | CancelRequested
  );

/**
 * The line of an event; `record` is the run with the event folded in.
 *
 * null for what concerns pikaci alone: process ids that a successor must end.
 */
export function wireEvent(
  event: RecordedEvent,
  record: RunRecord,
): WireEvent | null {
  const envelope: WireEnvelope = {
    schema_version: 2,
    seq: event.seq,
    at: event.at,
    run_id: event.run_id,
  };
  switch (event.event) {
    case "process_started":
      return null;
    case "job_started":
      return event.attempt === 1
        ? {
          event: "job_started",
          ...envelope,
          job: jobOf(record, event.job_id),
        }
        : {
          event: "attempt_started",
          ...envelope,
          job_id: event.job_id,
          attempt: event.attempt,
        };
    case "job_finished":
      return {
        event: "job_finished",
        ...envelope,
        job: jobOf(record, event.job_id),
      };
    case "run_planned":
      return {
        event: "run_planned",
        ...envelope,
        plan_path: record.plan_path,
        nodes: event.plan.nodes.map((node) => ({
          id: node.id,
          kind: node.kind,
          job_id: node.kind === "execute" ? node.job_id : null,
          depends_on: node.depends_on,
          decision: node.decision,
          reason: node.reasons[0]?.message ?? "",
        })),
      };
    case "run_finished":
      return { event: "run_finished", ...envelope, run: record };
    default:
      return { ...event, ...envelope };
  }
}

function jobOf(record: RunRecord, jobId: string): JobRecord {
  const job = record.jobs.findLast((job) => job.id === jobId);
  if (job === undefined) throw new RangeError(`The run has no job "${jobId}"`);
  return job;
}
