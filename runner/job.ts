/**
 * One job: waits for what it needs alone, then makes attempts until one is the last.
 *
 * @module
 */
import type { EndStatus } from "../model/cause.ts";
import type { TestSummary } from "../model/event.ts";
import type { ExecuteNode } from "../model/plan.ts";
import { runtimeRow } from "../executors/table.ts";
import { cancelledEnd, type CommandEnd } from "./_attempt_end.ts";
import { unlessForced } from "./_forced.ts";
import { type AttemptEnd, runAttempt } from "./attempt.ts";
import type { RunContext } from "./context.ts";
import { type JobMaterials, materialsOf } from "./materials.ts";
import { retryDelay } from "./retry.ts";
import type { LeaseWish, NodeRun } from "./node_run.ts";
import type { NodeEnd } from "./scheduled_node.ts";

/** How a job ended. */
export interface JobEnd extends NodeEnd {
  /** The last attempt's; null where there is none. */
  readonly exitCode: number | null;
  /** Attempts that were made. */
  readonly attempts: number;
  /** Whether it failed and the config allows that. */
  readonly allowedFailure: boolean;
  /** Whether it passed after a failure on the same snapshot. */
  readonly flaky: boolean;
  /** From the start of its first attempt, in milliseconds. */
  readonly durationMs: number;
  /** Files that were kept, relative to the job's artifact folder. */
  readonly artifacts: readonly string[];
  /** What its JUnit reports say. */
  readonly tests: TestSummary | null;
}

/** Runs a job to its end; null: it ended while it waited. */
export async function runJob(
  node: ExecuteNode,
  run: NodeRun,
  context: RunContext,
): Promise<JobEnd | null> {
  using leases = new DisposableStack();
  const notes: string[] = [];
  const { forced } = context.cancellation;
  const wishes = await unlessForced(forced, () => leasesOf(node, context));
  for (const request of wishes) {
    const lease = await run.lease(request, (note) => notes.push(note));
    if (lease === null) return null;
    leases.use(lease);
  }
  const remembered = await unlessForced(
    forced,
    () => takePass(node, run, context),
  );
  if (remembered !== null) return remembered;
  const capacity = await run.hostSlots();
  if (capacity !== null) {
    const { holdHostSlots } = await hostSlots();
    const note = (line: string) => notes.push(line);
    const slots = await holdHostSlots(node, capacity, run, context, note);
    if (slots === null) return null;
    leases.use(slots);
  }
  const caches = await jobCaches(node);
  const opened = caches === null
    ? { caches: {}, notes }
    : await unlessForced(forced, () => caches.openCaches(node, notes, context));
  const materials: JobMaterials = {
    ...materialsOf(node, { ...context, nodes: run.nodes, made: run.made }),
    ...opened,
  };
  const end = await attempts(node, materials, run, context);
  if (end.status === "passed") context.passes.remember(node, end);
  return end;
}

/**
 * The leases of a job. All jobs ask in this order, groups before VM slots before
 * caches before keys before the host's slots and each by name, so that no two can
 * wait for each other.
 */
async function leasesOf(
  node: ExecuteNode,
  context: RunContext,
): Promise<readonly LeaseWish[]> {
  const { job, cache_key } = node;
  const wishes: LeaseWish[] = [];
  if (job.concurrencyGroup !== null) {
    const name = job.concurrencyGroup;
    wishes.push({ what: "concurrency group", name, lease: `group:${name}` });
  }
  const slot = await vmSlot(node, context);
  if (slot !== null) wishes.push(slot);
  const caches = await jobCaches(node);
  wishes.push(...await caches?.cacheLeases(node, context) ?? []);
  // Who wants the same pass at the same time waits for it.
  if (cache_key !== null && !isForced(node)) {
    wishes.push({
      what: "cache key",
      name: cache_key,
      lease: `key:${context.stateRoot}:${cache_key}`,
    });
  }
  return wishes;
}

/** One of the guests that the job's machine may run at once; null: it has no such limit. */
async function vmSlot(
  { job, host }: ExecuteNode,
  context: RunContext,
): Promise<LeaseWish | null> {
  const { guestsPerMachine } = runtimeRow(job.runtimeConfig.kind);
  // A fleet counts for itself.
  if (guestsPerMachine === null || job.placement.kind === "orchard") {
    return null;
  }
  const { machineOf } = await hostSlots();
  return {
    what: "vm slot",
    name: host,
    lease: `vm:${job.runtimeConfig.kind}:${machineOf(host, context)}`,
    capacity: guestsPerMachine,
  };
}

/** What tells of the slots of machines, loaded where they are shared. */
async function hostSlots(): Promise<typeof import("./_host_slots.ts")> {
  return await import(import.meta.resolve("./_host_slots.ts"));
}

/** What opens caches, loaded for jobs that have some. */
async function jobCaches(
  { job }: ExecuteNode,
): Promise<typeof import("./job_caches.ts") | null> {
  return job.caches.length === 0
    ? null
    : await import(import.meta.resolve("./job_caches.ts"));
}

/** Takes a pass that came to be since the plan was made; null: there is none. */
async function takePass(
  node: ExecuteNode,
  { nodes }: NodeRun,
  context: RunContext,
): Promise<JobEnd | null> {
  if (node.cache_key === null || isForced(node)) return null;
  const started = performance.now();
  const pass = await context.passes.find(node);
  if (pass === null) return null;
  const { servePass, wantedArtifacts }: typeof import("./passes.ts") =
    await import(import.meta.resolve("./passes.ts"));
  const { stateRoot, runId } = context;
  const wanted = wantedArtifacts(nodes.values());
  const served = await servePass(pass, node, { stateRoot, runId, wanted });
  if (served === null) return null;
  return {
    ...served,
    exitCode: null,
    attempts: 0,
    allowedFailure: false,
    flaky: false,
    durationMs: Math.round(performance.now() - started),
    tests: null,
  };
}

function isForced(node: ExecuteNode): boolean {
  return node.reasons.some(({ kind }) => kind === "forced");
}

async function attempts(
  node: ExecuteNode,
  materials: JobMaterials,
  run: NodeRun,
  context: RunContext,
): Promise<JobEnd & Pick<AttemptEnd, "artifactBytes">> {
  const { job } = node;
  const started = performance.now();
  const elapsed = (): number => Math.round(performance.now() - started);
  let failedBefore = context.failedBefore.has(job.id);
  for (let attempt = 1;; attempt++) {
    const end = await runAttempt(node, attempt, materials, run, context);
    const delay = run.cancel.aborted
      ? null
      : retryDelay(job.retry, end.status, attempt);
    context.emit({
      event: "attempt_finished",
      job_id: job.id,
      attempt,
      status: end.status,
      exit_code: end.exitCode,
      cause: end.cause,
      message: end.message,
      duration_ms: end.durationMs,
      retry_in_secs: delay,
    });
    const common = { ...end, attempts: attempt, durationMs: elapsed() };
    if (delay === null) {
      return {
        ...common,
        allowedFailure: failureAllowed(job.allowFailure, end),
        flaky: end.status === "passed" && failedBefore,
      };
    }
    failedBefore ||= countsAsFailure(end.status);
    const { sleep }: typeof import("./_sleep.ts") = await import(
      import.meta.resolve("./_sleep.ts")
    );
    await sleep(delay * 1000, run.cancel);
    if (run.cancel.aborted) {
      return {
        ...common,
        ...cancelledEnd(run.cancel),
        allowedFailure: false,
        flaky: false,
        durationMs: elapsed(),
      };
    }
  }
}

/** The end of a job that ended so outside of its attempts. */
export function brokenJob(end: CommandEnd): JobEnd {
  return {
    ...end,
    attempts: 0,
    allowedFailure: false,
    flaky: false,
    durationMs: 0,
    artifacts: [],
    tests: null,
  };
}

/** A failure of the infrastructure says nothing of the job. */
function countsAsFailure(status: EndStatus): boolean {
  return status === "failed" || status === "timed_out";
}

function failureAllowed(
  allowed: boolean | readonly number[],
  { status, exitCode }: AttemptEnd,
): boolean {
  if (!countsAsFailure(status)) return false;
  if (typeof allowed === "boolean") return allowed;
  return exitCode !== null && allowed.includes(exitCode);
}
