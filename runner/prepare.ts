/**
 * Prepare nodes: what is made once per content and used by many jobs.
 *
 * @module
 */
import { join } from "../model/path.ts";
import { collect } from "../artifacts/collect.ts";
import { refusalMessages } from "../artifacts/collected.ts";
import type { Attempt } from "../executors/executor.ts";
import type { CatalogJob, CatalogPreparedOutput } from "../model/catalog.ts";
import { commandJob } from "../model/command_job.ts";
import type { PrepareNode } from "../model/plan.ts";
import {
  PREPARED_DIR,
  prepareLogPath,
  prepareScratchDir,
} from "../model/state_paths.ts";
import { type CommandEnd, outcomeEnd, thrownEnd } from "./_attempt_end.ts";
import { unlessForced } from "./_forced.ts";
import { holdHostSlots } from "./_host_slots.ts";
import type { RunContext } from "./context.ts";
import { declaredEnv, placeMaterials } from "./materials.ts";
import type { NodeRun } from "./node_run.ts";
import { openWorkspace } from "./open_workspace.ts";
import type { NodeEnd } from "./scheduled_node.ts";

/** How a prepare node ended. */
export interface PrepareEnd extends NodeEnd {
  /** How long it took, in milliseconds. */
  readonly durationMs: number;
  /** Folder that holds what was made, on the node's host; null: nothing was. */
  readonly path: string | null;
  /** Absolute path of what its making printed; null: nothing was made. */
  readonly logPath: string | null;
  /** Key of what was made: the same for the same content. */
  readonly key: string;
}

type ShellOutput = CatalogPreparedOutput & { readonly kind: "shell_output" };

/** Makes a prepared output; null: it ended while it waited. */
export async function prepare(
  node: PrepareNode,
  run: NodeRun,
  context: RunContext,
): Promise<PrepareEnd | null> {
  const started = performance.now();
  const { output } = node;
  if (output.kind === "nix_output") {
    using slots = new DisposableStack();
    const capacity = await run.hostSlots();
    if (capacity !== null) {
      const held = await holdHostSlots(node, capacity, run, context, () => {});
      if (held === null) return null;
      slots.use(held);
    }
    const { prepareNix }: typeof import("./prepare_nix.ts") = await import(
      import.meta.resolve("./prepare_nix.ts")
    );
    return await prepareNix(node, output, run, context);
  }
  const key = await outputKey(node, output, run, context);
  const lease = await run.lease({
    what: "prepared output",
    name: output.id,
    lease: `prepared:${context.stateRoot}:${key}`,
  }, () => {});
  if (lease === null) return null;
  using _lease = lease;
  context.emit({ event: "prepare_started", node_id: node.id });
  const folder = join(context.stateRoot, PREPARED_DIR, key);
  const path = join(folder, "files");
  const maker = await readMaker(folder);
  const end = maker === null
    ? await makeAndSeal(node, output, folder, run, context)
    : {
      status: "cached" as const,
      cause: { kind: "cached" as const, run_id: maker, key },
      message: null,
    };
  const good = end.status === "passed" || end.status === "cached";
  if (good) context.usedCaches.add(folder);
  return {
    status: end.status,
    cause: end.cause,
    message: end.message,
    durationMs: Math.round(performance.now() - started),
    path: good ? path : null,
    logPath: good ? join(folder, "log") : null,
    key,
  };
}

/** What was made depends on the files, the command, and what else it was made from. */
async function outputKey(
  node: PrepareNode,
  output: ShellOutput,
  run: NodeRun,
  context: RunContext,
): Promise<string> {
  const text = JSON.stringify([
    2,
    await context.treeOf(node),
    output.command.command,
    output.outputs,
    output.env,
    output.passEnv.map((name) => [name, context.env(name) ?? null]),
    Deno.build.os,
    Deno.build.arch,
    node.depends_on.map((id) => run.made.get(id)?.key ?? ""),
  ]);
  const hash = await crypto.subtle.digest(
    "SHA-256",
    new TextEncoder().encode(text),
  );
  return new Uint8Array(hash).toHex().slice(0, 40);
}

/** The run that made what is in a folder; null: nobody has finished it. */
async function readMaker(folder: string): Promise<string | null> {
  const path = join(folder, "made-by");
  try {
    const maker = await Deno.readTextFile(path);
    // Its time is that of the last use, for gc.
    const now = new Date();
    await Deno.utime(path, now, now);
    return maker;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return null;
    throw error;
  }
}

/** Makes it and, once its log is closed, says that it is whole. */
async function makeAndSeal(
  node: PrepareNode,
  output: ShellOutput,
  folder: string,
  run: NodeRun,
  context: RunContext,
): Promise<CommandEnd> {
  const { stateRoot, runId } = context;
  const end = await make(node, output, folder, run, context);
  if (end.status !== "passed") return end;
  const log = join(stateRoot, prepareLogPath(runId, node.id));
  await Deno.copyFile(log, join(folder, "log"));
  // Written last: a folder without it was never finished.
  await Deno.writeTextFile(join(folder, "made-by"), runId);
  return end;
}

async function make(
  node: PrepareNode,
  output: ShellOutput,
  folder: string,
  run: NodeRun,
  context: RunContext,
): Promise<CommandEnd> {
  let step = "start";
  const { forced } = context.cancellation;
  const disk = <T>(work: () => Promise<T>): Promise<T> =>
    unlessForced(forced, work);
  try {
    await disk(() => removeFolder(folder));
    const job = jobOf(node, output);
    step = "secrets";
    const secrets = await disk(() => context.secrets.of(job));
    await using opened = await context.openPrepareLog(node.id, secrets.masker);
    step = "checkout";
    const workspace = await openWorkspace(node, { own: true }, context);
    try {
      const materials = node.depends_on.flatMap((id) => {
        const from = run.made.get(id)?.path ?? null;
        return from === null ? [] : [{ from, patterns: ["**"] }];
      });
      const host = await context.host(node.host);
      await disk(() => placeMaterials(host, materials, workspace.path));
      run.cancel.throwIfAborted();
      step = "run";
      await using scratch = await makeScratch(node, context);
      const executor = await context.executor({ kind: "host_process" });
      const outcome = await executor.execute({
        runId: context.runId,
        job,
        attempt: 1,
        host,
        workspace,
        env: {
          ...workspace.env,
          ...declaredEnv(job, context.env),
          ...secrets.env,
        },
        secretFiles: {},
        payloads: {},
        caches: {},
        artifactsDir: scratch.path,
        reportsDir: scratch.path,
        scratchDir: scratch.path,
        log: opened.log,
        limits: {
          timeoutSecs: output.timeoutSecs,
          silenceTimeoutSecs: null,
          graceSecs: context.limits.graceSecs,
          cleanupSecs: context.limits.cleanupSecs,
        },
        cancel: run.cancel,
        force: forced,
        ...tellNothing,
      });
      const end = outcomeEnd(outcome);
      if (end.status !== "passed") return end;
      step = "collect";
      return await disk(() => keepOutputs(output, workspace.path, folder, end));
    } finally {
      await disk(() => workspace.release({ fact: () => {} }));
    }
  } catch (error) {
    return thrownEnd(error, step, run.cancel, forced);
  }
}

async function removeFolder(path: string): Promise<void> {
  await Deno.remove(path, { recursive: true }).catch(() => {});
}

async function makeScratch(
  { id }: PrepareNode,
  { stateRoot, runId }: RunContext,
): Promise<AsyncDisposable & { readonly path: string }> {
  const path = join(stateRoot, prepareScratchDir(runId, id));
  await Deno.mkdir(path, { recursive: true, mode: 0o700 });
  return {
    path,
    [Symbol.asyncDispose]: () => removeFolder(path),
  };
}

async function keepOutputs(
  output: ShellOutput,
  workspace: string,
  folder: string,
  end: CommandEnd,
): Promise<CommandEnd> {
  const kept = await collect({
    root: workspace,
    patterns: output.outputs,
    into: join(folder, "files"),
    maxBytes: null,
  });
  const refused = refusalMessages(kept);
  const message = kept.files.length === 0
    ? `No file matches the outputs of "${output.id}": ${
      output.outputs.join(", ")
    }`
    : refused.length > 0
    ? refused.join("; ")
    : null;
  if (message !== null) {
    // No failure of the infrastructure: the command ended well, and made nothing.
    return { ...end, status: "failed", message };
  }
  return end;
}

/** A prepared output as the job that an executor knows how to run. */
function jobOf(
  { id, description }: PrepareNode,
  { command, timeoutSecs, env, passEnv, inputs }: ShellOutput,
): CatalogJob {
  const job = commandJob({ id, description, command, timeoutSecs });
  return { ...job, workspace: "writable", env, passEnv, inputs };
}

/** A prepare node has no events of its own for what a job tells. */
const tellNothing: Pick<
  Attempt,
  "phase" | "fact" | "processStarted" | "collected" | "notice"
> = {
  phase: (_name, work) => work(),
  fact: () => {},
  processStarted: () => {},
  collected: () => {},
  notice: () => {},
};
