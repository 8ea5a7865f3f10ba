/** Events of runs that could have been, for tests: plans, and runs of them. */
import fc from "fast-check";
import type { CatalogJob } from "../model/catalog.ts";
import type { Cause, EndStatus } from "../model/cause.ts";
import { commandJob } from "../model/command_job.ts";
import type { RecordedEvent, RunEvent, RunStarted } from "../model/event.ts";
import type { ExecuteNode, Plan, PrepareNode } from "../model/plan.ts";
import { guestLogPath, hostLogPath } from "../model/state_paths.ts";

/** A run of a valid run id. */
export const RUN_ID = "20260102T030405Z-0badcafe";

/** The first event of a run. */
export function runStarted(changes: Partial<RunStarted> = {}): RunStarted {
  return {
    event: "run_started",
    created_at: "2026-01-02T03:04:05.000Z",
    rerun_of: null,
    target_id: "pre-merge",
    target_description: "What must pass",
    requested: ["pre-merge"],
    source_root: "/src",
    pikaci_version: "0.1.0",
    pid: 4242,
    pid_started: "123456",
    ...changes,
  };
}

/** A job that runs a command on this machine. */
export function catalogJob(id: string): CatalogJob {
  return commandJob({
    id,
    description: `Job ${id}`,
    command: { kind: "shell_command", command: "true" },
    timeoutSecs: 60,
  });
}

/** The execute node of a job. */
export function executeNode(
  jobId: string,
  dependsOn: readonly string[] = [],
): ExecuteNode {
  return {
    id: `execute-${jobId}`,
    kind: "execute",
    description: `Job ${jobId}`,
    executor: "host_local",
    placement: "local",
    host: "local",
    runtime: "host_process",
    depends_on: dependsOn,
    decision: "run",
    reasons: [{
      kind: "target",
      message: "target pre-merge",
      path: null,
      pattern: null,
    }],
    commands: [],
    job_id: jobId,
    execute: {
      type: "host_command",
      command: "true",
      run_as_root: false,
      timeout_secs: 60,
      writable_workspace: false,
    },
    cache_key: null,
    cached_from: null,
    job: catalogJob(jobId),
  };
}

/** A prepare node. */
export function prepareNode(id: string): PrepareNode {
  return {
    id: `prepare-${id}`,
    kind: "prepare",
    description: `Make ${id}`,
    executor: "host_local",
    placement: "local",
    host: "local",
    runtime: "host_process",
    depends_on: [],
    decision: "run",
    reasons: [],
    commands: [],
    prepare: { type: "nix_build", installable: `.#${id}`, output_name: id },
    output: {
      kind: "nix_output",
      id,
      installable: `.#${id}`,
      needs: [],
      system: null,
    },
  };
}

/** A plan of these nodes. */
export function plan(nodes: Plan["nodes"]): Plan {
  return {
    schema_version: 1,
    target_id: "pre-merge",
    target_description: "What must pass",
    requested: ["pre-merge"],
    scope: "post_host_setup_and_snapshot",
    preconditions: ["host_setup_complete", "workspace_snapshot_created"],
    snapshot: {
      tree: "4b825dc642cb6eb9a060e54bf8d69288fbee4904",
      files: 3,
      bytes: 120,
      git_head: "0123456789012345678901234567890123456789",
      git_dirty: true,
      git_branch: "main",
      notices: [],
    },
    changes: {
      base: {
        kind: "merge_base",
        ref: "origin/main",
        commit: "0123456789012345678901234567890123456789",
        reason: "merge base with origin/main",
      },
      files: ["src/a.ts"],
    },
    filters: ["src/**"],
    hosts: [],
    caches: [],
    nodes,
    notices: [],
  };
}

/** Events with their places in a run, a second apart. */
export function recorded(
  events: readonly RunEvent[],
  runId = RUN_ID,
): RecordedEvent[] {
  const start = Date.parse("2026-01-02T03:04:05.000Z");
  return events.map((event, index) => ({
    ...event,
    seq: index + 1,
    at: new Date(start + index * 1000).toISOString(),
    run_id: runId,
  }));
}

/** The events of one attempt and the end of its job. */
export function jobEvents(
  jobId: string,
  status: EndStatus,
  options: {
    readonly runId?: string;
    readonly durationMs?: number;
    readonly flaky?: boolean;
    readonly exitCode?: number | null;
  } = {},
): RunEvent[] {
  const { runId = RUN_ID, durationMs = 1500, flaky = false } = options;
  const exit_code = options.exitCode ?? (status === "passed" ? 0 : 1);
  const cause = causeOf(status);
  const attempts = flaky ? 2 : 1;
  const events: RunEvent[] = [];
  for (let attempt = 1; attempt <= attempts; attempt++) {
    const last = attempt === attempts;
    events.push({
      event: "job_started",
      job_id: jobId,
      attempt,
      host_log_path: hostLogPath(runId, jobId, attempt),
      guest_log_path: guestLogPath(runId, jobId, attempt),
    }, {
      event: "attempt_finished",
      job_id: jobId,
      attempt,
      status: last ? status : "failed",
      exit_code: last ? exit_code : 1,
      cause: last ? cause : causeOf("failed"),
      message: null,
      duration_ms: durationMs,
      retry_in_secs: last ? null : 0,
    });
  }
  events.push({
    event: "job_finished",
    job_id: jobId,
    status,
    exit_code,
    cause,
    message: status === "passed" ? null : `job ${jobId} ${status}`,
    attempts,
    allowed_failure: false,
    flaky,
    duration_ms: durationMs,
    artifacts: [],
    tests: null,
  });
  return events;
}

/** The last event of a run. */
export function runFinished(): RunEvent & { readonly event: "run_finished" } {
  return {
    event: "run_finished",
    status: "passed",
    cause: null,
    message: null,
    finished_at: "2026-01-02T03:14:05.000Z",
    duration_ms: 600_000,
  };
}

/** A cause that fits a status. */
export function causeOf(status: EndStatus): Cause | null {
  switch (status) {
    case "passed":
      return null;
    case "failed":
      return { kind: "exit_code", code: 1 };
    case "skipped":
      return { kind: "filter", filters: ["src/**"] };
    case "cached":
      return { kind: "cached", run_id: RUN_ID, key: "k" };
    case "cancelled":
      return { kind: "cancelled", by: { kind: "signal", signal: "SIGINT" } };
    case "timed_out":
      return { kind: "timeout", limit: "job", secs: 60 };
    case "infrastructure_failed":
      return { kind: "infrastructure", step: "start", message: "no host" };
    case "interrupted":
      return { kind: "interrupted", message: "gone" };
  }
}

const endStatus: fc.Arbitrary<EndStatus> = fc.constantFrom(
  "passed",
  "failed",
  "skipped",
  "cached",
  "cancelled",
  "timed_out",
  "infrastructure_failed",
  "interrupted",
);

/** What happens to one node between its announcement and its end. */
function nodeStory(jobId: string): fc.Arbitrary<RunEvent[]> {
  const waits = fc.boolean().map((waits): RunEvent[] =>
    waits
      ? [{
        event: "node_waiting",
        node_id: `execute-${jobId}`,
        what: "slots",
        name: "local",
        holder: null,
      }]
      : []
  );
  const end = fc.record({ status: endStatus, flaky: fc.boolean() })
    .map(({ status, flaky }) => {
      const ran = status !== "skipped" && status !== "cached";
      const events = jobEvents(jobId, status, { flaky: flaky && ran });
      return ran ? events : events.slice(-1);
    });
  const extras = fc.subarray<RunEvent>([
    {
      event: "process_started",
      job_id: jobId,
      attempt: 1,
      host: "local",
      pid: 77,
      pid_started: "1",
    },
    {
      event: "job_phase",
      job_id: jobId,
      attempt: 1,
      phase: "prepare",
      started_at: "2026-01-02T03:04:06.000Z",
      finished_at: "2026-01-02T03:04:07.000Z",
      duration_ms: 1000,
      ok: true,
    },
    {
      event: "job_fact",
      job_id: jobId,
      attempt: 1,
      name: "incus_image_fingerprint",
      value: "abc",
    },
    { event: "notice", level: "warning", job_id: jobId, message: "careful" },
  ]);
  return fc.tuple(waits, end, extras).map(([waits, end, extras]) => {
    const [first, ...rest] = end;
    return first?.event === "job_started"
      ? [...waits, first, ...extras, ...rest]
      : [...waits, ...end];
  });
}

function prepareStory(nodeId: string): fc.Arbitrary<RunEvent[]> {
  return fc.record({ status: endStatus, starts: fc.boolean() }).map((
    { status, starts },
  ): RunEvent[] => [
    ...(starts ? [{ event: "prepare_started" as const, node_id: nodeId }] : []),
    {
      event: "prepare_finished",
      node_id: nodeId,
      status,
      cause: causeOf(status),
      message: null,
      duration_ms: 250,
      realized_path: null,
    },
  ]);
}

/** Whole runs: a plan of random nodes, their stories interleaved, an end. */
export const wholeRuns: fc.Arbitrary<RecordedEvent[]> = fc.record({
  jobs: fc.integer({ min: 0, max: 5 }),
  prepares: fc.integer({ min: 0, max: 2 }),
  setup: fc.boolean(),
  cancel: fc.boolean(),
}).chain(({ jobs, prepares, setup, cancel }) => {
  const jobIds = Array.from({ length: jobs }, (_, index) => `job-${index}`);
  const prepared = Array.from({ length: prepares }, (_, n) => `out-${n}`);
  const nodes = [
    ...prepared.map(prepareNode),
    ...jobIds.map((id) =>
      executeNode(id, prepared.map((id) => `prepare-${id}`))
    ),
  ];
  const stories = fc.tuple(
    ...prepared.map((id) => prepareStory(`prepare-${id}`)),
    ...jobIds.map(nodeStory),
  );
  const total = 16 * (jobs + prepares);
  const order = fc.array(fc.nat(), { minLength: total, maxLength: total });
  return fc.tuple(stories, order).map(([stories, order]) =>
    recorded([
      runStarted(),
      ...(setup ? setupEvents() : []),
      {
        event: "snapshot_created",
        snapshot: plan([]).snapshot,
        duration_ms: 30,
      },
      { event: "run_planned", plan: plan(nodes) },
      ...interleave(stories, order),
      ...(cancel ? [cancelRequested()] : []),
      runFinished(),
    ])
  );
});

function setupEvents(): RunEvent[] {
  return [
    { event: "host_setup_started", command: "make" },
    {
      event: "host_setup_finished",
      command: "make",
      exit_code: 0,
      duration_ms: 12,
    },
  ];
}

function cancelRequested(): RunEvent {
  return {
    event: "cancel_requested",
    by: { kind: "signal", signal: "SIGINT" },
    forced: false,
  };
}

function interleave(
  stories: readonly (readonly RunEvent[])[],
  order: readonly number[],
): RunEvent[] {
  const queues = stories.map((story) => [...story]);
  const merged: RunEvent[] = [];
  for (const pick of order) {
    const open = queues.filter((queue) => queue.length > 0);
    const event = open[pick % Math.max(1, open.length)]?.shift();
    if (event !== undefined) merged.push(event);
  }
  return [...merged, ...queues.flat()];
}
