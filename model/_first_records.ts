/** Records as they are when their subject is first heard of. */
import type {
  HostSetupStarted,
  JobStarted,
  RecordedEvent,
  RunStarted,
} from "./event.ts";
import type { ExecuteNode, PrepareNode } from "./plan.ts";
import type {
  AttemptRecord,
  HostSetupRecord,
  JobRecord,
  PrepareTimingRecord,
  RunRecord,
} from "./record.ts";

/** A run that has just started. */
export function startedRun(event: RecordedEvent & RunStarted): RunRecord {
  return {
    schema_version: 2,
    run_id: event.run_id,
    status: "running",
    cause: null,
    message: null,
    rerun_of: event.rerun_of,
    target_id: event.target_id,
    target_description: event.target_description,
    requested: event.requested,
    source_root: event.source_root,
    pikaci_version: event.pikaci_version,
    pid: event.pid,
    pid_started: event.pid_started,
    snapshot_tree: null,
    git_head: null,
    git_dirty: null,
    git_branch: null,
    created_at: event.created_at,
    finished_at: null,
    duration_ms: null,
    plan_path: null,
    base: null,
    changed_files: null,
    filters: [],
    notices: [],
    cancel_requested: null,
    host_setup: [],
    prepare_timings: [],
    jobs: [],
  };
}

/** A job as the plan announces it. */
export function pendingJob(node: ExecuteNode): JobRecord {
  return {
    id: node.job_id,
    description: node.description,
    status: "pending",
    executor: node.executor,
    placement: node.placement,
    host: node.host,
    runtime: node.runtime,
    plan_node_id: node.id,
    depends_on: node.depends_on,
    timeout_secs: node.execute.timeout_secs,
    workspace: node.job.workspace,
    host_log_path: null,
    guest_log_path: null,
    started_at: null,
    finished_at: null,
    duration_ms: null,
    exit_code: null,
    cause: null,
    message: null,
    waiting: null,
    reason: node.reasons[0]?.message ?? "",
    allowed_failure: false,
    flaky: false,
    cache_key: node.cache_key,
    matrix: node.job.matrix,
    attempts: [],
    artifacts: [],
    tests: null,
    notices: [],
    pre_execution_prepare_duration_ms: null,
  };
}

/** A prepare node as the plan announces it. */
export function pendingPrepare(node: PrepareNode): PrepareTimingRecord {
  return {
    node_id: node.id,
    status: "pending",
    started_at: null,
    finished_at: null,
    duration_ms: null,
    cause: null,
    message: null,
    realized_path: null,
  };
}

/** An attempt that has just started. */
export function startedAttempt(
  event: RecordedEvent & JobStarted,
): AttemptRecord {
  return {
    attempt: event.attempt,
    status: "running",
    started_at: event.at,
    finished_at: null,
    duration_ms: null,
    exit_code: null,
    cause: null,
    message: null,
    host_log_path: event.host_log_path,
    guest_log_path: event.guest_log_path,
    phases: [],
    facts: {},
  };
}

/** A host set-up command that has just started. */
export function startedHostSetup(
  event: RecordedEvent & HostSetupStarted,
): HostSetupRecord {
  return {
    command: event.command,
    started_at: event.at,
    finished_at: null,
    duration_ms: null,
    exit_code: null,
  };
}
