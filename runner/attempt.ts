/**
 * One attempt of a job: makes what the executor needs, and turns what comes of
 * it into an end with a cause.
 *
 * @module
 */
import { join } from "../model/path.ts";
import type { Kept } from "../artifacts/keep.ts";
import type { Attempt, AttemptOutcome } from "../executors/executor.ts";
import { runtimeRow } from "../executors/table.ts";
import { maskText } from "../logs/masker.ts";
import type { TestSummary } from "../model/event.ts";
import type { ExecuteNode } from "../model/plan.ts";
import {
  artifactsDir,
  attemptDir,
  guestLogPath,
  hostLogPath,
  scratchDir,
} from "../model/state_paths.ts";
import type { JobSecrets } from "../secrets/run_secrets.ts";
import {
  type CommandEnd,
  failureMessage,
  outcomeEnd,
  thrownEnd,
} from "./_attempt_end.ts";
import { unlessForced } from "./_forced.ts";
import { Steps } from "./_steps.ts";
import type { RunContext, Workspace } from "./context.ts";
import {
  declaredEnv,
  type JobMaterials,
  placeMaterials,
  showSharedLogs,
} from "./materials.ts";
import type { NodeRun } from "./node_run.ts";
import { openWorkspace } from "./open_workspace.ts";
import { workHost } from "./work_host.ts";

/** How an attempt ended. */
export interface AttemptEnd extends CommandEnd {
  /** From its start, in milliseconds. */
  readonly durationMs: number;
  /** Files that were kept, relative to the job's artifact folder. */
  readonly artifacts: readonly string[];
  /** Sum of their sizes, in bytes. */
  readonly artifactBytes: number;
  /** What its JUnit reports say. */
  readonly tests: TestSummary | null;
}

/** Runs one attempt to its end; what goes wrong is an end, not a throw. */
export async function runAttempt(
  node: ExecuteNode,
  attempt: number,
  materials: JobMaterials,
  run: NodeRun,
  context: RunContext,
): Promise<AttemptEnd> {
  const started = performance.now();
  const { runId } = context;
  const { job } = node;
  context.emit({
    event: "job_started",
    job_id: job.id,
    attempt,
    host_log_path: hostLogPath(runId, job.id, attempt),
    guest_log_path: guestLogPath(runId, job.id, attempt),
  });
  const one = new OneAttempt(node, attempt, materials, run, context);
  const end = await one.run();
  return {
    ...end,
    durationMs: Math.round(performance.now() - started),
    artifacts: one.kept?.artifacts.files ?? [],
    artifactBytes: one.kept?.artifacts.bytes ?? 0,
    tests: one.tests,
  };
}

class OneAttempt {
  readonly #node: ExecuteNode;
  readonly #attempt: number;
  readonly #materials: JobMaterials;
  readonly #run: NodeRun;
  readonly #context: RunContext;
  readonly #steps: Steps;
  /** What the job left. */
  kept: Kept | null = null;
  /** What its reports say. */
  tests: TestSummary | null = null;

  constructor(
    node: ExecuteNode,
    attempt: number,
    materials: JobMaterials,
    run: NodeRun,
    context: RunContext,
  ) {
    this.#node = node;
    this.#attempt = attempt;
    this.#materials = materials;
    this.#run = run;
    this.#context = context;
    this.#steps = new Steps(node, attempt, context);
  }

  async run(): Promise<CommandEnd> {
    const steps = this.#steps;
    const { cancel } = this.#run;
    const force = this.#context.cancellation.forced;
    try {
      const outcome = await this.#execute();
      if (this.kept !== null) await this.#disk(() => this.#readReports());
      return outcomeEnd(outcome);
    } catch (error) {
      return thrownEnd(error, steps.current, cancel, force);
    } finally {
      await steps.recorded();
    }
  }

  async #execute(): Promise<AttemptOutcome> {
    const { runId, stateRoot } = this.#context;
    const { job } = this.#node;
    const secrets = await this.#disk(() => this.#secrets());
    await using opened = await this.#context.openLog({
      jobId: job.id,
      attempt: this.#attempt,
      masker: secrets.masker,
    });
    const { log } = opened;
    for (const note of this.#materials.notes) await log.note(note);
    const { sharedLogs } = this.#materials;
    await this.#disk(() => showSharedLogs(sharedLogs, log));
    const scratch = join(stateRoot, scratchDir(runId, job.id, this.#attempt));
    try {
      await Deno.mkdir(scratch, { recursive: true, mode: 0o700 });
      return await this.#inWorkspace(
        async (workspace) =>
          await this.#execution(workspace, secrets, log, scratch),
      );
    } catch (error) {
      if (!this.#run.cancel.aborted) {
        await log.note(`Failed: ${failureMessage(error)}`);
      }
      throw error;
    } finally {
      const remove = () => Deno.remove(scratch, { recursive: true });
      await this.#disk(remove).catch(() => {});
      if (this.#context.cancellation.forced.aborted) removeNow(scratch);
    }
  }

  /** Does what a forced end does not wait for. */
  #disk<T>(work: () => Promise<T>): Promise<T> {
    return unlessForced(this.#context.cancellation.forced, work);
  }

  /** Finds the secrets; there is no phase for none. */
  #secrets(): Promise<JobSecrets> {
    const { job } = this.#node;
    const find = (): Promise<JobSecrets> => this.#context.secrets.of(job);
    const has = Object.keys(job.secretFiles).length > 0 ||
      job.placement.kind === "orchard" ||
      Object.values(job.env).some((value) => typeof value !== "string");
    return has ? this.#steps.phase("secrets", find) : find();
  }

  async #inWorkspace(
    work: (workspace: Workspace) => Promise<AttemptOutcome>,
  ): Promise<AttemptOutcome> {
    const { phase, notice, fact } = this.#steps;
    const { forced } = this.#context.cancellation;
    const { materials } = this.#materials;
    const host = await this.#disk(() =>
      this.#context.host(workHost(this.#node))
    );
    const { job } = this.#node;
    // Beside the checkout; what cannot be loaded is told when it is needed.
    this.#context.executor(job.runtimeConfig)
      .then((executor) => executor.warm?.(host, job), () => {});
    const workspace = await openWorkspace(
      this.#node,
      { own: materials.length > 0, phase },
      this.#context,
    );
    try {
      if (materials.length > 0) {
        const owner = runtimeRow(job.runtimeConfig.kind).guest?.owner;
        const copy = () =>
          placeMaterials(host, materials, workspace.path, owner);
        const place = () => phase("place", () => this.#disk(copy));
        for (const message of await place()) notice(message);
      }
      this.#run.cancel.throwIfAborted();
      return await work(workspace);
    } finally {
      const told: typeof fact = (name, value) => {
        if (!forced.aborted) fact(name, value);
      };
      const release = () => workspace.release({ fact: told });
      for (const message of await this.#disk(release)) notice(message);
    }
  }

  async #execution(
    workspace: Workspace,
    secrets: JobSecrets,
    log: Attempt["log"],
    scratch: string,
  ): Promise<AttemptOutcome> {
    const { job } = this.#node;
    const { runId, limits, stateRoot } = this.#context;
    const steps = this.#steps;
    const [host, executor] = await Promise.all([
      this.#context.host(workHost(this.#node)),
      this.#context.executor(job.runtimeConfig),
    ]);
    return await executor.execute({
      runId,
      job,
      attempt: this.#attempt,
      host,
      workspace,
      env: {
        ...workspace.env,
        ...declaredEnv(job, this.#context.env),
        ...secrets.env,
      },
      secretFiles: secrets.files,
      payloads: this.#materials.payloads,
      caches: this.#materials.caches,
      ...(limits.keepMinutes === undefined
        ? {}
        : { keepMinutes: limits.keepMinutes }),
      artifactsDir: join(stateRoot, artifactsDir(runId, job.id)),
      reportsDir: this.#reportsDir(),
      scratchDir: scratch,
      log,
      limits: {
        timeoutSecs: job.timeoutSecs,
        silenceTimeoutSecs: job.silenceTimeoutSecs,
        graceSecs: limits.graceSecs,
        cleanupSecs: limits.cleanupSecs,
      },
      cancel: this.#run.cancel,
      force: this.#context.cancellation.forced,
      phase: steps.phase,
      fact: steps.fact,
      processStarted: steps.processStarted,
      collected: (kept) => this.kept = kept,
      notice: steps.notice,
    });
  }

  #reportsDir(): string {
    const { runId, stateRoot } = this.#context;
    const folder = attemptDir(runId, this.#node.job_id, this.#attempt);
    return join(stateRoot, folder, "reports");
  }

  async #readReports(): Promise<void> {
    const files = this.kept?.reports.files ?? [];
    if (files.length === 0) return;
    // Computed: Deno would read the XML parser at every start for a literal.
    const { readJUnit }: typeof import("../reports/junit.ts") = await import(
      import.meta.resolve("../reports/junit.ts")
    );
    const { tests, warnings } = await readJUnit({
      folder: this.#reportsDir(),
      files,
    });
    for (const warning of warnings) this.#steps.notice(warning);
    if (tests === null) return;
    const { masker } = await this.#context.secrets.of(this.#node.job);
    const mask = (text: string): string => maskText(text, masker);
    this.tests = {
      ...tests,
      failures: tests.failures.map((test) => ({
        ...test,
        name: mask(test.name),
        message: mask(test.message),
      })),
    };
  }
}

/** Removes what an attempt kept, secrets among it: after a forced end nobody else would. */
function removeNow(scratch: string): void {
  try {
    Deno.removeSync(scratch, { recursive: true });
  } catch {
    // It is gone, or what a job still writes keeps it.
  }
}
