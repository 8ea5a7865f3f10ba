/**
 * The context of a run on real things: hosts, executors, logs, checkouts.
 *
 * @module
 */
import { dirname, join } from "../model/path.ts";
import { type Host, HostError } from "../hosts/host.ts";
import { localHost } from "../hosts/local.ts";
import { after } from "../hosts/timer.ts";
import { openJobLog } from "../logs/job_log.ts";
import { type MaskerFactory, unmasked } from "../logs/masker.ts";
import type { Plan } from "../model/plan.ts";
import type { SnapshotFile } from "../model/snapshot.ts";
import type { RunSecrets } from "../secrets/run_secrets.ts";
import { listFiles } from "../snapshot/files.ts";
import {
  guestLogPath,
  hostLogPath,
  prepareLogPath,
} from "../model/state_paths.ts";
import type { Cancellation } from "./cancellation.ts";
import type { OpenLog, RunContext, RunLimits } from "./context.ts";
import type { RunExecutors } from "./executors.ts";
import type { RunHosts } from "./hosts.ts";
import { unlessForced } from "./_forced.ts";
import type { Leases, ProcessIdentity } from "./leases.ts";
import type { Passes } from "./passes.ts";
import { Workspaces } from "./workspaces.ts";

/** What a context is made from. */
export interface MakeContextOptions {
  readonly runId: string;
  readonly stateRoot: string;
  readonly sourceRoot: string;
  readonly plan: Plan;
  /** The hosts, some of them opened already; the caller closes them. */
  readonly hosts: RunHosts;
  /** The executors, some of them loaded already. */
  readonly executors: RunExecutors;
  /** The secrets of jobs. */
  readonly secrets: RunSecrets;
  readonly env: RunContext["env"];
  readonly emit: RunContext["emit"];
  readonly emitTogether: RunContext["emitTogether"];
  readonly cancellation: Cancellation;
  readonly limits: RunLimits;
  readonly failedBefore: ReadonlySet<string>;
  readonly priorities: ReadonlyMap<string, number>;
  readonly passes: Passes;
  /** This process. */
  readonly self: ProcessIdentity;
}

/** The context of a run, to be disposed of when it has ended. */
export interface LocalContext extends RunContext, AsyncDisposable {}

/** Makes the context of a run on this machine. */
export function makeContext(options: MakeContextOptions): LocalContext {
  const { runId, stateRoot, sourceRoot, plan, hosts, executors, env, self } =
    options;
  const { tree } = plan.snapshot;
  const { forced } = options.cancellation;
  const local = localHost({ stateRoot });
  hosts.add(plan.hosts);
  const cutting = cutWhenForced(forced, hosts);
  let listed: Promise<readonly SnapshotFile[]> | null = null;
  const files = (): Promise<readonly SnapshotFile[]> =>
    listed ??= listFiles(stateRoot, tree);
  const workspaces = new Workspaces({
    stateRoot,
    sourceRoot,
    tree,
    files,
    snapshot: plan.settings?.snapshot ?? { include: [], exclude: [] },
    host: (id) => hosts.open(id),
  });
  const usedCaches = new Set<string>();
  let leases: Leases | null = null;
  const settle = async (): Promise<void> => {
    await executors.settle();
    await unlessForced(forced, () => options.passes.settle()).catch((error) => {
      if (!forced.aborted) throw error;
    });
  };
  return {
    runId,
    stateRoot,
    sourceRoot,
    env,
    now: Date.now,
    emit: options.emit,
    emitTogether: options.emitTogether,
    cancellation: options.cancellation,
    limits: options.limits,
    failedBefore: options.failedBefore,
    priorities: options.priorities,
    async leases() {
      const { openLeases }: typeof import("./open_leases.ts") = await import(
        import.meta.resolve("./open_leases.ts")
      );
      return leases ??= openLeases(env, self);
    },
    address: (id) => plan.hosts.find((h) => h.id === id)?.address ?? null,
    host: (id) => hosts.open(id),
    executor: (runtime) => executors.open(runtime),
    async openLog({ jobId, attempt, masker }) {
      const path = join(stateRoot, hostLogPath(runId, jobId, attempt));
      await Deno.mkdir(dirname(path), { recursive: true });
      const guest = await Deno.create(
        join(stateRoot, guestLogPath(runId, jobId, attempt)),
      );
      guest.close();
      return openLog(path, masker);
    },
    async openPrepareLog(nodeId, masker = unmasked) {
      const path = join(stateRoot, prepareLogPath(runId, nodeId));
      await Deno.mkdir(dirname(path), { recursive: true });
      return openLog(path, masker);
    },
    secrets: options.secrets,
    passes: options.passes,
    caches: new Map(plan.caches.map((cache) => [cache.id, cache])),
    targetId: plan.target_id,
    tree,
    treeOf: (node) => workspaces.treeOf(node),
    files,
    copyFolder: (from, to) => copyFolder(local, from, to),
    usedCaches,
    publish: (node) => workspaces.publish(node),
    workspaceAhead: (node) => workspaces.ahead(node),
    workspace: (node, options) => workspaces.open(node, options),
    settle,
    async [Symbol.asyncDispose]() {
      await settle();
      // Locks end with the process, once what uses the checkouts is killed.
      if (!forced.aborted) await workspaces[Symbol.asyncDispose]();
      cutting[Symbol.dispose]();
      leases?.[Symbol.dispose]();
    },
  };
}

/** How long a forced end waits for hosts that are still talked to, in milliseconds. */
const forcedMs = 3_000;

/** Breaks connections off that hold a forced end up, until disposed. */
function cutWhenForced(forced: AbortSignal, hosts: RunHosts): Disposable {
  let timer: Disposable | null = null;
  const wait = (): void => {
    timer = after(forcedMs, () => hosts.cut());
  };
  if (forced.aborted) wait();
  forced.addEventListener("abort", wait);
  return {
    [Symbol.dispose]() {
      forced.removeEventListener("abort", wait);
      timer?.[Symbol.dispose]();
    },
  };
}

async function copyFolder(host: Host, from: string, to: string): Promise<void> {
  const { code, stderr } = await host.run({ argv: ["cp", "-a", from, to] });
  if (code === 0) return;
  const why = new TextDecoder().decode(stderr).trim();
  throw new HostError(host.id, "copy cache", `Cannot copy "${from}": ${why}`);
}

function openLog(path: string, masker: MaskerFactory): OpenLog {
  const log = openJobLog({ path, masker });
  return { log, [Symbol.asyncDispose]: () => log.close() };
}
