/**
 * The fold of events into records.
 *
 * Pure: the same events give the same record, whoever folds them. Whatever
 * shows or stores a run goes through here, so nothing can disagree.
 */
import type {
  AttemptFinished,
  JobFinished,
  JobStarted,
  NodeWaiting,
  PrepareFinished,
  RecordedEvent,
  RunPlanned,
} from "./event.ts";
import type { HostSetupRecord, JobRecord, RunRecord } from "./record.ts";
import type { Snapshot } from "./snapshot.ts";
import { planJsonPath } from "./state_paths.ts";
import {
  pendingJob,
  pendingPrepare,
  startedAttempt,
  startedHostSetup,
  startedRun,
} from "./_first_records.ts";
import {
  replace,
  union,
  withAttempt,
  withJob,
  withPrepare,
} from "./_replace.ts";

/**
 * Folds one event into the record of its run.
 *
 * The first event of a run is `run_started` and is folded into null. Throws a
 * RangeError on events that no runner emits in that order: before the start,
 * or about a node that the plan does not have.
 */
export function fold(
  record: RunRecord | null,
  event: RecordedEvent,
): RunRecord {
  if (event.event === "run_started" && record === null) {
    return startedRun(event);
  }
  if (event.event === "run_started" || record === null) {
    throw new RangeError(
      `Event ${event.seq} of run ${event.run_id} is "${event.event}", but "run_started" must be the first and only the first`,
    );
  }
  switch (event.event) {
    case "host_setup_started":
      return {
        ...record,
        host_setup: [...record.host_setup, startedHostSetup(event)],
      };
    case "host_setup_finished":
      return {
        ...record,
        host_setup: replace<HostSetupRecord>(
          record.host_setup,
          (entry) =>
            entry.command === event.command && entry.finished_at === null,
          (entry) => ({
            ...entry,
            finished_at: event.at,
            duration_ms: event.duration_ms,
            exit_code: event.exit_code,
          }),
          `host set-up command "${event.command}"`,
        ),
      };
    case "snapshot_created":
      return {
        ...withSnapshot(record, event.snapshot),
        notices: union(record.notices, event.snapshot.notices),
      };
    case "run_planned":
      return planned(record, event);
    case "node_waiting":
      return waiting(record, event);
    case "prepare_started":
      return withPrepare(record, event.node_id, (node) => ({
        ...node,
        status: "running",
        started_at: event.at,
      }));
    case "prepare_finished":
      return prepareFinished(record, event);
    case "job_started":
      return jobStarted(record, event);
    case "process_started":
      // Only the runner that follows a crash reads it, from the events.
      return record;
    case "job_phase":
      return withAttempt(record, event, (attempt) => ({
        ...attempt,
        phases: [...attempt.phases, {
          phase: event.phase,
          started_at: event.started_at,
          finished_at: event.finished_at,
          duration_ms: event.duration_ms,
          ok: event.ok,
        }],
      }));
    case "job_fact":
      return withAttempt(record, event, (attempt) => ({
        ...attempt,
        facts: { ...attempt.facts, [event.name]: event.value },
      }));
    case "attempt_finished":
      return attemptFinished(record, event);
    case "job_finished":
      return withJob(record, event.job_id, (job) => jobFinished(job, event));
    case "notice": {
      const { job_id, message } = event;
      if (job_id === null) {
        return { ...record, notices: union(record.notices, [message]) };
      }
      return withJob(record, job_id, (job) => ({
        ...job,
        notices: union(job.notices, [message]),
      }));
    }
    case "cancel_requested": {
      const first = record.cancel_requested;
      return {
        ...record,
        cancel_requested: {
          at: first?.at ?? event.at,
          by: first?.by ?? event.by,
          forced: event.forced || (first?.forced ?? false),
        },
      };
    }
    case "run_finished":
      return {
        ...record,
        status: event.status,
        cause: event.cause,
        message: event.message,
        finished_at: event.finished_at,
        duration_ms: event.duration_ms,
      };
  }
}

/** Folds the events of one run from its start; null when there are none. */
export function foldAll(events: Iterable<RecordedEvent>): RunRecord | null {
  let record: RunRecord | null = null;
  for (const event of events) record = fold(record, event);
  return record;
}

function planned(
  record: RunRecord,
  event: RecordedEvent & RunPlanned,
): RunRecord {
  const { plan } = event;
  const executes = plan.nodes.filter((node) => node.kind === "execute");
  const prepares = plan.nodes.filter((node) => node.kind === "prepare");
  return {
    ...withSnapshot(record, plan.snapshot),
    target_id: plan.target_id ?? record.target_id,
    target_description: plan.target_description ?? record.target_description,
    requested: plan.requested,
    plan_path: planJsonPath(record.run_id),
    base: plan.changes.base,
    changed_files: plan.changes.files,
    filters: plan.filters,
    notices: union(record.notices, plan.notices),
    prepare_timings: prepares.map(pendingPrepare),
    jobs: executes.map(pendingJob),
  };
}

function withSnapshot(record: RunRecord, snapshot: Snapshot): RunRecord {
  return {
    ...record,
    snapshot_tree: snapshot.tree,
    git_head: snapshot.git_head,
    git_dirty: snapshot.git_dirty,
    git_branch: snapshot.git_branch,
  };
}

function waiting(
  record: RunRecord,
  event: RecordedEvent & NodeWaiting,
): RunRecord {
  if (record.prepare_timings.some((node) => node.node_id === event.node_id)) {
    return withPrepare(
      record,
      event.node_id,
      (node) =>
        node.status === "pending" ? { ...node, status: "waiting" } : node,
    );
  }
  const job = record.jobs.find((job) => job.plan_node_id === event.node_id);
  return withJob(record, job?.id ?? event.node_id, (job) => {
    if (job.status !== "pending" && job.status !== "waiting") return job;
    return {
      ...job,
      status: "waiting",
      waiting: {
        what: event.what,
        name: event.name,
        holder: event.holder,
        since: event.at,
      },
    };
  });
}

function prepareFinished(
  record: RunRecord,
  event: RecordedEvent & PrepareFinished,
): RunRecord {
  return withPrepare(record, event.node_id, (node) => ({
    ...node,
    status: event.status,
    finished_at: event.at,
    duration_ms: event.duration_ms,
    cause: event.cause,
    message: event.message,
    realized_path: event.realized_path,
  }));
}

function jobStarted(
  record: RunRecord,
  event: RecordedEvent & JobStarted,
): RunRecord {
  return withJob(record, event.job_id, (job) => ({
    ...job,
    status: "running",
    waiting: null,
    host_log_path: event.host_log_path,
    guest_log_path: event.guest_log_path,
    started_at: job.started_at ?? event.at,
    attempts: [...job.attempts, startedAttempt(event)],
    pre_execution_prepare_duration_ms: prepareDuration(record, job),
  }));
}

function prepareDuration(record: RunRecord, job: JobRecord): number | null {
  const needed = record.prepare_timings.filter((node) =>
    job.depends_on.includes(node.node_id)
  );
  if (needed.length === 0) return null;
  return needed.reduce((sum, node) => sum + (node.duration_ms ?? 0), 0);
}

function attemptFinished(
  record: RunRecord,
  event: RecordedEvent & AttemptFinished,
): RunRecord {
  return withAttempt(record, event, (attempt) => ({
    ...attempt,
    status: event.status,
    finished_at: event.at,
    duration_ms: event.duration_ms,
    exit_code: event.exit_code,
    cause: event.cause,
    message: event.message,
  }));
}

function jobFinished(
  job: JobRecord,
  event: RecordedEvent & JobFinished,
): JobRecord {
  return {
    ...job,
    status: event.status,
    waiting: null,
    finished_at: event.at,
    duration_ms: event.duration_ms,
    exit_code: event.exit_code,
    cause: event.cause,
    message: event.message,
    allowed_failure: event.allowed_failure,
    flaky: event.flaky,
    artifacts: event.artifacts,
    tests: event.tests,
  };
}
