/** Doubles for the tests of the runner: a plan, its context, a scripted executor. */
import type { Attempt, AttemptOutcome } from "../executors/executor.ts";
import type { Host } from "../hosts/host.ts";
import { unmasked } from "../logs/masker.ts";
import type { RecordedEvent, RunEvent } from "../model/event.ts";
import { fold } from "../model/fold.ts";
import type { PlanNode } from "../model/plan.ts";
import type { RunRecord } from "../model/record.ts";
import { testPlan } from "./_testing_plan.ts";
import { Cancellation } from "./cancellation.ts";
import type { RunContext, RunLimits } from "./context.ts";
import { Leases } from "./leases.ts";
import type { RunEnd } from "./outcome.ts";
import { runPlan } from "./run.ts";

/** What a scripted executor does for an attempt. */
export type Script = (
  attempt: Attempt,
) => AttemptOutcome | Promise<AttemptOutcome>;

/** The outcome of a command that exited with 0. */
export const passed: AttemptOutcome = { status: "passed", exit_code: 0 };

/** The outcome of a command that exited with another code. */
export function failed(code = 1): AttemptOutcome {
  return {
    status: "failed",
    exit_code: code,
    cause: { kind: "exit_code", code },
    message: `exit code ${code}`,
  };
}

/** Waits for the attempt's cancellation, as a job does that never ends. */
export async function hang(attempt: Attempt): Promise<AttemptOutcome> {
  await new Promise((resolve) =>
    attempt.cancel.aborted
      ? resolve(null)
      : attempt.cancel.addEventListener("abort", resolve)
  );
  return { status: "cancelled", by: attempt.cancel.reason, message: "" };
}

/** What came of a plan in a test. */
export interface TestRun {
  readonly end: RunEnd;
  readonly events: readonly RecordedEvent[];
  readonly record: RunRecord;
  /** Ids of the jobs in the order of their first starts. */
  readonly started: readonly string[];
  /** "job status" in the order of the ends. */
  readonly ended: readonly string[];
}

/** What a test changes of the context. */
export interface TestOptions {
  readonly limits?: Partial<RunLimits>;
  readonly cancellation?: Cancellation;
  readonly runId?: string;
  /** Folder of the leases, shared by runs of one test. */
  readonly leases?: string;
  /** The remembered passes; default: those that the plan takes, without files. */
  readonly passes?: RunContext["passes"];
  /** The clock; default: one that stands. */
  readonly now?: () => number;
  /** Hears of each event as it is recorded. */
  readonly onEvent?: (event: RunEvent) => void;
}

/** Executes a plan with a script in the place of processes. */
export async function run(
  nodes: readonly PlanNode[],
  script: Script,
  options: TestOptions = {},
): Promise<TestRun> {
  const runId = options.runId ?? "20260101T000000Z-00000000";
  const stateRoot = await Deno.makeTempDir();
  const plan = testPlan(nodes);
  const events: RecordedEvent[] = [];
  let record: RunRecord | null = null;
  const created = Date.parse("2026-01-01T00:00:00Z");
  const emit = (event: RunEvent): void => {
    const recorded = {
      seq: events.length + 1,
      at: new Date(options.now?.() ?? created).toISOString(),
      run_id: runId,
      ...event,
    };
    events.push(recorded);
    record = fold(record, recorded);
    options.onEvent?.(event);
  };
  emit({
    event: "run_started",
    created_at: "2026-01-01T00:00:00.000Z",
    rerun_of: null,
    target_id: null,
    target_description: null,
    requested: [],
    source_root: "/",
    pikaci_version: "0",
    pid: Deno.pid,
    pid_started: null,
  });
  emit({ event: "run_planned", plan });
  using leases = new Lazy(() =>
    new Leases({
      folder: options.leases ?? stateRoot,
      self: { pid: Deno.pid, pidStarted: null },
      isAlive: () => Promise.resolve(true),
      now: options.now ?? Date.now,
      pollMs: 5,
    })
  );
  const context: RunContext = {
    runId,
    stateRoot,
    sourceRoot: "/nonexistent",
    env: () => undefined,
    now: options.now ?? (() => 0),
    emit,
    emitTogether: (events) => {
      for (const event of events) emit(event);
    },
    cancellation: options.cancellation ?? new Cancellation(),
    limits: {
      jobs: null,
      hosts: new Map([["local", 2]]),
      runtimes: new Map(),
      failFast: "no-new",
      graceSecs: 1,
      cleanupSecs: 1,
      ...options.limits,
    },
    priorities: new Map(),
    failedBefore: new Set(),
    leases: () => Promise.resolve(leases.value),
    address: (host) => host === testHost.id ? null : `ci@${host}.lan`,
    host: () => Promise.resolve(testHost),
    executor: () =>
      Promise.resolve({
        execute: (attempt) => Promise.resolve(script(attempt)),
      }),
    openLog: () => Promise.resolve(testLog()),
    openPrepareLog: () => Promise.resolve(testLog()),
    treeOf: () => Promise.resolve("tree"),
    secrets: {
      of: () => Promise.resolve({ env: {}, files: {}, masker: unmasked }),
    },
    passes: options.passes ?? {
      find: ({ decision, cached_from }) =>
        Promise.resolve(
          decision !== "cached" ? null : {
            ...{ runId: cached_from ?? "", key: "" },
            ...{ artifactsFolder: "/nonexistent", artifacts: [] },
          },
        ),
      remember: () => {},
      settle: () => Promise.resolve(),
    },
    caches: new Map(),
    targetId: null,
    tree: plan.snapshot.tree,
    files: () => Promise.resolve([]),
    copyFolder: refuse,
    usedCaches: new Set(),
    publish: () => Promise.resolve(),
    settle: () => Promise.resolve(),
    workspaceAhead: () => {},
    workspace: () =>
      Promise.resolve({
        path: "/nonexistent",
        env: {},
        mode: "read-only",
        release: () => Promise.resolve([]),
      }),
  };
  const end = await runPlan(plan, context);
  await Deno.remove(stateRoot, { recursive: true });
  emit({
    event: "run_finished",
    ...end,
    finished_at: "2026-01-01T00:00:00.000Z",
    duration_ms: 0,
  });
  if (record === null) throw new Error("No record");
  return {
    end,
    events,
    record,
    started: events.flatMap((e) =>
      e.event === "job_started" && e.attempt === 1 ? [e.job_id] : []
    ),
    ended: events.flatMap((e) =>
      e.event === "job_finished" ? [`${e.job_id} ${e.status}`] : []
    ),
  };
}

/** Opened when first asked for, closed at the end if it was. */
class Lazy<T extends Disposable> implements Disposable {
  #value: T | null = null;
  readonly #make: () => T;

  constructor(make: () => T) {
    this.#make = make;
  }

  get value(): T {
    return this.#value ??= this.#make();
  }

  [Symbol.dispose](): void {
    this.#value?.[Symbol.dispose]();
  }
}

function testLog() {
  return {
    log: {
      write: () => Promise.resolve(),
      note: () => Promise.resolve(),
    },
    [Symbol.asyncDispose]: () => Promise.resolve(),
  };
}

const refuse = (): never => {
  throw new Error("Not in this test");
};

const testHost: Host = {
  id: "local",
  kind: "local",
  stateRoot: "/nonexistent",
  run: refuse,
  start: refuse,
  facts: refuse,
  env: refuse,
  files: { makeDir: refuse, writeFile: refuse, remove: refuse },
  [Symbol.asyncDispose]: () => Promise.resolve(),
};
