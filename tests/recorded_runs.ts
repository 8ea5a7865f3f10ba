/** Runs put into a state folder for tests, without running anything. */
import { dirname, join } from "@std/path";
import type { EndStatus } from "../model/cause.ts";
import type { RunStarted, RunStatus } from "../model/event.ts";
import { artifactsDir, hostLogPath } from "../model/state_paths.ts";
import type { Store } from "../store/store.ts";
import {
  executeNode,
  jobEvents,
  plan,
  runFinished,
  runStarted,
} from "./run_events.ts";

/** What a job of such a run did. */
export interface RecordedJob {
  readonly status?: EndStatus;
  readonly flaky?: boolean;
  readonly exitCode?: number;
  /** Of a cached one: the run and the key that it was served from. */
  readonly cachedFrom?: readonly [runId: string, key: string];
  /** Content of its log. */
  readonly log?: string;
  /** Files that it left, by path. */
  readonly artifacts?: Readonly<Record<string, string>>;
}

/** A run to be put into a store. */
export interface RecordedRun {
  readonly started?: Partial<RunStarted>;
  readonly jobs?: Readonly<Record<string, RecordedJob>>;
  /** "running" leaves it open after its jobs. */
  readonly status?: RunStatus;
}

/** Records a run with its files. */
export async function recordRun(
  store: Store,
  runId: string,
  { started = {}, jobs = {}, status = "passed" }: RecordedRun = {},
): Promise<void> {
  store.begin(runId, runStarted(started));
  const nodes = Object.keys(jobs).map((id) => executeNode(id));
  store.append(runId, { event: "run_planned", plan: plan(nodes) });
  for (const [id, job] of Object.entries(jobs)) {
    const { log, artifacts = {} } = job;
    for (const [path, content] of Object.entries(artifacts)) {
      await write(
        join(store.stateRoot, artifactsDir(runId, id), path),
        content,
      );
    }
    const attempts = job.flaky === true ? [1, 2] : [1];
    for (const attempt of log === undefined ? [] : attempts) {
      await write(
        join(store.stateRoot, hostLogPath(runId, id, attempt)),
        log ?? "",
      );
    }
    const events = jobEvents(id, job.status ?? "passed", {
      runId,
      flaky: job.flaky ?? false,
      exitCode: job.exitCode ?? null,
    });
    const notRun = job.status === "skipped" || job.status === "cached";
    for (const event of notRun ? events.slice(-1) : events) {
      store.append(
        runId,
        event.event === "job_finished"
          ? {
            ...event,
            ...servedCause(job),
            artifacts: Object.keys(artifacts),
          }
          : event,
      );
    }
  }
  if (status !== "running") {
    store.append(runId, { ...runFinished(), status });
  }
}

function servedCause({ cachedFrom }: RecordedJob) {
  if (cachedFrom === undefined) return {};
  const [run_id, key] = cachedFrom;
  return { cause: { kind: "cached", run_id, key } as const };
}

async function write(path: string, content: string): Promise<void> {
  await Deno.mkdir(dirname(path), { recursive: true });
  await Deno.writeTextFile(path, content);
}
