/** The record of a run as the original pikaci wrote it: no schema_version. */
import { z } from "zod";
import type { Cause } from "../model/cause.ts";
import type { AttemptRecord, JobRecord, RunRecord } from "../model/record.ts";
import {
  count,
  flag,
  listOf,
  phase,
  runId,
  text,
  texts,
} from "./_record_schema.ts";

const status = z.enum(["running", "passed", "failed", "skipped"]);

/** What the original knew of a job on Incus. */
const remoteExecution = z.object({
  incus_image: z.object({
    project: z.string(),
    alias: z.string(),
    fingerprint: text,
  }).nullish(),
  phases: listOf(phase),
});

const job = z.object({
  id: z.string(),
  description: z.string().default(""),
  status,
  executor: z.string().default("host_local"),
  placement: text,
  runtime: text,
  plan_node_id: text,
  timeout_secs: z.number().default(0),
  host_log_path: text,
  guest_log_path: text,
  started_at: text,
  finished_at: text,
  exit_code: count,
  message: text,
  pre_execution_prepare_duration_ms: count,
  remote_linux_vm_execution: remoteExecution.nullish(),
});

/** The record of a run. */
export const originalRunRecord = z.object({
  run_id: runId,
  status,
  rerun_of: text,
  target_id: text,
  target_description: text,
  source_root: z.string().default(""),
  git_head: text,
  git_dirty: flag,
  created_at: z.string(),
  finished_at: text,
  plan_path: text,
  changed_files: texts,
  filters: texts,
  message: text,
  prepare_timings: listOf(z.object({
    node_id: z.string(),
    started_at: z.string(),
    finished_at: z.string(),
    duration_ms: z.number(),
  })),
  jobs: listOf(job),
});

/** The record in the form of today. */
export function fromOriginal(
  run: z.infer<typeof originalRunRecord>,
): RunRecord {
  return {
    ...run,
    schema_version: 2,
    cause: null,
    requested: run.target_id === null ? [] : [run.target_id],
    pikaci_version: "original",
    pid: 0,
    pid_started: null,
    snapshot_tree: null,
    git_branch: null,
    duration_ms: between(run.created_at, run.finished_at),
    plan_path: relative(run.run_id, run.plan_path),
    base: null,
    notices: [],
    cancel_requested: null,
    host_setup: [],
    prepare_timings: run.prepare_timings.map((node) => ({
      ...node,
      status: "passed",
      cause: null,
      message: null,
      realized_path: null,
    })),
    jobs: run.jobs.map((job) => jobFromOriginal(run.run_id, job)),
  };
}

function jobFromOriginal(
  runId: string,
  job: z.infer<typeof originalRunRecord>["jobs"][number],
): JobRecord {
  const { remote_linux_vm_execution: remote, ...rest } = job;
  const host_log_path = relative(runId, job.host_log_path);
  const guest_log_path = relative(runId, job.guest_log_path);
  const duration_ms = between(job.started_at, job.finished_at);
  const cause: Cause | null = job.status === "failed" && job.exit_code !== null
    ? { kind: "exit_code", code: job.exit_code }
    : null;
  const attempt: AttemptRecord = {
    attempt: 1,
    status: job.status,
    started_at: job.started_at ?? "",
    finished_at: job.finished_at,
    duration_ms,
    exit_code: job.exit_code,
    cause,
    message: job.message,
    host_log_path: host_log_path ?? "",
    guest_log_path: guest_log_path ?? "",
    phases: remote?.phases ?? [],
    facts: imageFacts(remote?.incus_image),
  };
  const placement = job.placement ?? placements[job.executor] ?? "local";
  return {
    ...rest,
    placement,
    runtime: job.runtime ?? runtimes[job.executor] ?? "host_process",
    // The original had one remote host, and did not record its name.
    host: placement === "remote_ssh" ? "remote_ssh" : "local",
    plan_node_id: job.plan_node_id ?? `execute-${job.id}`,
    depends_on: [],
    workspace: "read-only",
    host_log_path,
    guest_log_path,
    duration_ms,
    cause,
    waiting: null,
    reason: "",
    allowed_failure: false,
    flaky: false,
    cache_key: null,
    matrix: null,
    attempts: job.status === "skipped" ? [] : [attempt],
    artifacts: [],
    tests: null,
    notices: [],
  };
}

/** The original's older records have one label instead of placement and runtime. */
const placements: { readonly [executor: string]: string } = {
  host_local: "local",
  remote_linux_vm: "remote_ssh",
  tart_local: "local",
};
const runtimes: { readonly [executor: string]: string } = {
  host_local: "host_process",
  remote_linux_vm: "incus",
  tart_local: "tart",
};

function imageFacts(
  image: z.infer<typeof remoteExecution>["incus_image"],
): AttemptRecord["facts"] {
  if (image === null || image === undefined) return {};
  const { project, alias, fingerprint } = image;
  return {
    incus_project: project,
    incus_image_alias: alias,
    ...(fingerprint === null ? {} : { incus_image_fingerprint: fingerprint }),
  };
}

/** The original's paths are absolute, also after its state folder was moved. */
function relative(runId: string, path: string | null): string | null {
  if (path === null) return null;
  const start = path.lastIndexOf(`runs/${runId}/`);
  return start === -1 ? null : path.slice(start);
}

function between(start: string | null, end: string | null): number | null {
  if (start === null || end === null) return null;
  const span = Date.parse(end) - Date.parse(start);
  return Number.isFinite(span) ? Math.max(0, span) : null;
}
