/** The record of a run as this pikaci and its older versions write it. */
import { z } from "zod";
import type { RunRecord } from "../model/record.ts";
import { isRunId } from "../model/run_id.ts";

/** A field that older records lack: null then. */
export const text = z.string().nullish().transform((value) => value ?? null);
/** A number that older records lack: null then. */
export const count = z.number().nullish().transform((value) => value ?? null);
/** A boolean that older records lack: null then. */
export const flag = z.boolean().nullish().transform((value) => value ?? null);
/** Texts that older records lack: none then. */
export const texts = listOf(z.string());
/** The id of a run. */
export const runId = z.string().refine(isRunId, "not a run id");

/** A list that older records lack: empty then. */
export function listOf<T extends z.ZodType>(item: T) {
  return z.array(item).nullish().transform((value) => value ?? []);
}

const endStatus = z.enum([
  "passed",
  "failed",
  "skipped",
  "cached",
  "cancelled",
  "timed_out",
  "infrastructure_failed",
  "interrupted",
]);

const jobStatus = z.enum([
  "pending",
  "waiting",
  "running",
  ...endStatus.options,
]);

const cancelledBy = z.discriminatedUnion("kind", [
  z.object({ kind: z.literal("signal"), signal: z.string() }),
  z.object({ kind: z.literal("command"), pid: z.number() }),
  z.object({ kind: z.literal("fail_fast"), job_id: z.string() }),
  z.object({ kind: z.literal("run_timeout"), secs: z.number() }),
]);

const cause = z.discriminatedUnion("kind", [
  z.object({ kind: z.literal("exit_code"), code: z.number() }),
  z.object({ kind: z.literal("signal"), signal: z.string() }),
  z.object({ kind: z.literal("out_of_memory") }),
  z.object({
    kind: z.literal("timeout"),
    limit: z.enum(["job", "silence", "waiting", "run", "host_setup"]),
    secs: z.number(),
  }),
  z.object({
    kind: z.literal("infrastructure"),
    step: z.string(),
    message: z.string(),
  }),
  z.object({ kind: z.literal("cancelled"), by: cancelledBy }),
  z.object({ kind: z.literal("filter"), filters: z.array(z.string()) }),
  z.object({ kind: z.literal("condition"), message: z.string() }),
  z.object({
    kind: z.literal("need"),
    node_id: z.string(),
    status: endStatus,
  }),
  z.object({ kind: z.literal("fail_fast"), job_id: z.string() }),
  z.object({
    kind: z.literal("cached"),
    run_id: z.string(),
    key: z.string(),
  }),
  z.object({ kind: z.literal("interrupted"), message: z.string() }),
  // A kind that this version does not know is shown by the message beside it.
]).nullable().catch(null);

/** A phase of an attempt. */
export const phase = z.object({
  phase: z.string(),
  started_at: z.string(),
  finished_at: z.string(),
  duration_ms: z.number(),
  // The original recorded failed phases without saying so.
  ok: z.boolean().default(true),
});

const attempt = z.object({
  attempt: z.number(),
  status: jobStatus,
  started_at: z.string(),
  finished_at: text,
  duration_ms: count,
  exit_code: count,
  cause,
  message: text,
  host_log_path: z.string(),
  guest_log_path: z.string(),
  phases: listOf(phase),
  facts: z.record(z.string(), z.string()).default({}),
});

const holder = z.object({
  run_id: z.string(),
  job_id: text,
  pid: z.number(),
  since: z.string(),
});

const tests = z.object({
  passed: z.number(),
  failed: z.number(),
  skipped: z.number(),
  failures: listOf(z.object({
    name: z.string(),
    classname: text,
    file: text,
    message: z.string().default(""),
    duration_ms: count,
  })),
});

const job = z.object({
  id: z.string(),
  description: z.string().default(""),
  status: jobStatus,
  executor: z.string(),
  placement: z.string(),
  host: z.string(),
  runtime: z.string(),
  plan_node_id: z.string(),
  depends_on: texts,
  timeout_secs: z.number(),
  workspace: z.enum(["read-only", "writable", "source"]),
  host_log_path: text,
  guest_log_path: text,
  started_at: text,
  finished_at: text,
  duration_ms: count,
  exit_code: count,
  cause,
  message: text,
  waiting: z.object({
    what: z.string(),
    name: z.string(),
    holder: holder.nullable(),
    since: z.string(),
  }).nullable().default(null),
  reason: z.string().default(""),
  allowed_failure: z.boolean().default(false),
  flaky: z.boolean().default(false),
  cache_key: text,
  matrix: z.object({
    id: z.string(),
    cell: z.record(z.string(), z.union([z.string(), z.number()])),
  }).nullable().default(null),
  attempts: listOf(attempt),
  artifacts: texts,
  tests: tests.nullable().default(null),
  notices: texts,
  pre_execution_prepare_duration_ms: count,
});

const prepare = z.object({
  node_id: z.string(),
  status: jobStatus,
  started_at: text,
  finished_at: text,
  duration_ms: count,
  cause,
  message: text,
  realized_path: text,
});

const base = z.object({
  kind: z.enum(["merge_base", "first_parent", "ref", "list", "all", "none"]),
  ref: text,
  commit: text,
  reason: z.string(),
});

/** The record of a run. */
export const runRecord: z.ZodType<RunRecord> = z.object({
  schema_version: z.literal(2),
  run_id: runId,
  status: z.enum([
    "running",
    "passed",
    "failed",
    "skipped",
    "cancelled",
    "infrastructure_failed",
    "interrupted",
  ]),
  cause,
  message: text,
  rerun_of: text,
  target_id: text,
  target_description: text,
  requested: texts,
  source_root: z.string(),
  pikaci_version: z.string(),
  pid: z.number(),
  pid_started: text,
  snapshot_tree: text,
  git_head: text,
  git_dirty: flag,
  git_branch: text,
  created_at: z.string(),
  finished_at: text,
  duration_ms: count,
  plan_path: text,
  base: base.nullable().default(null),
  changed_files: z.array(z.string()).nullable().default(null),
  filters: texts,
  notices: texts,
  cancel_requested: z.object({
    at: z.string(),
    by: cancelledBy,
    forced: z.boolean(),
  }).nullable().default(null),
  host_setup: listOf(z.object({
    command: z.string(),
    started_at: z.string(),
    finished_at: text,
    duration_ms: count,
    exit_code: count,
  })),
  prepare_timings: listOf(prepare),
  jobs: listOf(job),
});
