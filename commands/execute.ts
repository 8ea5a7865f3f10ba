/**
 * Carries out a run: opens the store, closes what a crash left, and does the
 * run from its first event to its exit code. `run` and `rerun` alike.
 *
 * @module
 */
import { runtimes } from "../executors/table.ts";
import { holdsAnything } from "../hosts/local_folder.ts";
import { processStartTime } from "../hosts/process_table.ts";
import type { CatalogNotification } from "../model/catalog.ts";
import type { RunEvent, RunStarted } from "../model/event.ts";
import type { CacheManifest } from "../model/manifest.ts";
import { join } from "../model/path.ts";
import type { Plan } from "../model/plan.ts";
import { makeRunId } from "../model/run_id.ts";
import { runDir } from "../model/state_paths.ts";
import { VERSION } from "../model/version.ts";
import { criticalPath } from "../planner/critical_path.ts";
import { watchCancelRequests } from "../runner/cancel_request.ts";
import {
  cancelAfter,
  Cancellation,
  cancelOnSignals,
  forcedEnd,
} from "../runner/cancellation.ts";
import type { RunLimits } from "../runner/context.ts";
import type { RunHosts } from "../runner/hosts.ts";
import { makeContext } from "../runner/make_context.ts";
import type { Passes } from "../runner/passes.ts";
import { type Ahead, openOuter } from "./outer.ts";
import { runSession } from "../runner/session.ts";
import type { Reporter } from "../reporters/reporter.ts";
import { hold } from "../hosts/hold.ts";
import { openStore, type Store } from "../store/store.ts";
import type { ExitCode } from "./exit_codes.ts";
import type { Io } from "./io.ts";
import { makeReporter } from "./make_reporter.ts";
import { runExitCode } from "./run_exit_code.ts";
import type { OutputValues } from "./run_flags.ts";

/** What a run is carried out by. */
export interface ExecuteOptions {
  /** Absolute path of the folder with the config. */
  readonly root: string;
  /** Absolute path of the state folder. */
  readonly stateRoot: string;
  readonly io: Io;
  readonly output: OutputValues;
  /** Whether a run in which nothing ran exits with 0. */
  readonly allowEmpty: boolean;
  readonly limits: RunLimits;
  /** Limit of the whole run, in seconds; null: none. */
  readonly timeoutSecs: number | null;
  /** Jobs that failed before on the same snapshot; default: none. */
  readonly failedBefore?: ReadonlySet<string>;
  /** What the first event says beside the process and the time. */
  readonly start: Pick<
    RunStarted,
    "rerun_of" | "target_id" | "target_description" | "requested"
  >;
  /** Jobs that will surely run: hosts and daemons are asked for them while the plan is made; default: none. */
  readonly ahead?: Ahead;
  /** Its hosts, some of them opened already; the caller closes them. */
  readonly hosts: RunHosts;
  /**
   * Begins what the plan waits for, once nothing of an earlier run is left;
   * settles when that is over, and never rejects. Default: nothing.
   */
  readonly begin?: (later: RunAccess["later"]) => Promise<void>;
  /** Makes the plan; may emit. Null: the run was cancelled meanwhile. */
  readonly plan: (access: RunAccess) => Promise<Planned | null>;
}

/** A plan, and what of it is not told to anybody. */
export interface Planned {
  readonly plan: Plan;
  /** What went into a job's cache key; null: nothing that is known. */
  readonly manifest: (jobId: string) => CacheManifest | null;
}

/** What planning gets of the run. */
export interface RunAccess {
  readonly runId: string;
  readonly store: Store;
  readonly emit: (event: RunEvent) => void;
  readonly cancellation: Cancellation;
  /** Gets work that the run ends with, not after. */
  readonly later: (work: Promise<void>) => void;
}

/** Carries out a run. */
export async function execute(options: ExecuteOptions): Promise<ExitCode> {
  const { root, stateRoot, io, limits } = options;
  const cancellation = new Cancellation();
  using signals = new DisposableStack();
  await using stack = new AsyncDisposableStack();
  const outer = openOuter({
    ...{ root, stateRoot, io, cancellation, hosts: options.hosts },
    ahead: options.ahead ?? { jobs: [], hosts: [] },
  });
  stack.use(outer);
  const custom = await reportersOf(options);
  const [opened, pidStarted] = await Promise.all([
    openStore({ stateRoot }),
    processStartTime(Deno.pid),
  ]);
  const store = stack.use(opened);
  const self = { pid: Deno.pid, pidStarted };
  await endLeftovers(store, options);
  // From before anything is begun to after its end is told and all is closed: a
  // signal in between would leave the run open, or its verdict untold.
  signals.use(cancelOnSignals(cancellation));
  const later = (work: Promise<void>): void =>
    stack.defer(async () => {
      await Promise.race([work, forcedEnd(cancellation)]);
    });
  if (options.begin !== undefined) later(options.begin(later));
  const now = new Date();
  const runId = makeRunId(now, crypto.getRandomValues(new Uint8Array(4)));
  const reporter = await makeReporter(options.output, io, stateRoot, custom);
  const emit = (event: RunEvent): void =>
    reporter.event(store.append(runId, event), () => store.record(runId));
  const emitTogether = (events: readonly RunEvent[]): void => {
    for (const event of store.appendTogether(runId, events)) {
      reporter.event(event, () => store.record(runId));
    }
  };
  const sink = {
    begin(event: RunStarted): void {
      const begun = store.begin(runId, event);
      stack.use(hold(join(stateRoot, runDir(runId))));
      reporter.event(begun, () => store.record(runId));
    },
    emit,
    record: () => store.record(runId),
  };
  stack.use(watchCancelRequests(stateRoot, runId, cancellation));
  if (options.timeoutSecs !== null) {
    stack.use(cancelAfter(cancellation, options.timeoutSecs));
  }
  let notifications: readonly CatalogNotification[] = [];
  let passes = noPasses;
  const { record, error } = await runSession({
    sink,
    cancellation,
    start: {
      event: "run_started",
      created_at: now.toISOString(),
      ...options.start,
      source_root: root,
      pikaci_version: VERSION,
      pid: Deno.pid,
      pid_started: pidStarted,
    },
    async plan() {
      const planned = await options.plan({
        ...{ runId, store, emit, cancellation, later },
      });
      if (planned === null) return null;
      notifications = planned.plan.settings?.notify ?? [];
      passes = await passesOf(planned, { runId, store, emit }, options);
      return planned.plan;
    },
    context(plan) {
      const context = stack.use(makeContext({
        runId,
        stateRoot,
        sourceRoot: root,
        plan,
        ...outer,
        env: io.env,
        emit,
        emitTogether,
        cancellation,
        limits,
        passes,
        failedBefore: options.failedBefore ?? new Set(),
        priorities: priorities(plan, store),
        self,
      }));
      if (plan.caches.length > 0) {
        stack.defer(async () => {
          if (cancellation.forced.aborted) return;
          await holdCaches(context.usedCaches, plan, options);
        });
      }
      return context;
    },
  });
  await reporter.finish(record);
  if (notifications.length > 0) {
    const { notify }: typeof import("./notify.ts") = await import(
      import.meta.resolve("./notify.ts")
    );
    await notify({ record, notifications, store, io, root, stateRoot });
  }
  if (error !== null) throw error;
  return runExitCode(record, options);
}

/** The reporters that flags name. */
async function reportersOf(
  options: ExecuteOptions,
): Promise<readonly Reporter[]> {
  if (options.output.reporter.length === 0) return [];
  const { customReporters }: typeof import("./custom_reporters.ts") =
    await import(import.meta.resolve("./custom_reporters.ts"));
  return await customReporters(options);
}

/** Ends and closes what a crash left, if there may be anything. */
async function endLeftovers(
  store: Store,
  { root, stateRoot, io }: ExecuteOptions,
): Promise<void> {
  const guests = runtimes.flatMap(({ leftovers = [] }) => leftovers)
    .some(({ records }) => holdsAnything(join(stateRoot, records)));
  if (!guests && store.active().length === 0) return;
  const { recover, removeLeftGuests }: typeof import("./recover.ts") =
    await import(import.meta.resolve("./recover.ts"));
  for (const id of await recover(store, io.env)) {
    await io.err(
      `Closed run ${id} as interrupted: its pikaci ended without closing it\n`,
    );
  }
  const outside = { env: io.env, cwd: root };
  for (const message of await removeLeftGuests(stateRoot, outside)) {
    await io.err(`${message}\n`);
  }
}

const noPasses: Passes = {
  find: () => Promise.resolve(null),
  remember: () => {},
  settle: () => Promise.resolve(),
};

/** The passes of a run, if its plan takes or leaves any. */
async function passesOf(
  { plan, manifest }: Planned,
  { runId, store, emit }: Pick<RunAccess, "runId" | "store" | "emit">,
  { root, stateRoot, io }: ExecuteOptions,
): Promise<Passes> {
  const some = plan.nodes.some((node) =>
    node.kind === "execute" &&
    (node.cache_key !== null || node.decision === "cached")
  );
  if (!some) return noPasses;
  const { storePasses }: typeof import("./store_passes.ts") = await import(
    import.meta.resolve("./store_passes.ts")
  );
  const { sharedPasses }: typeof import("./shared_passes.ts") = await import(
    import.meta.resolve("./shared_passes.ts")
  );
  const shared = sharedPasses({ plan, store, io, root, stateRoot, emit });
  return storePasses({ store, runId, manifest, shared });
}

/** Holds the caches to their size when the run has added to them. */
async function holdCaches(
  used: ReadonlySet<string>,
  { settings }: Plan,
  { stateRoot, io }: ExecuteOptions,
): Promise<void> {
  if (used.size === 0 || settings === undefined) return;
  const { pruneCaches }: typeof import("./prune_caches.ts") = await import(
    import.meta.resolve("./prune_caches.ts")
  );
  const maxBytes = settings.cacheMaxMib * 1024 * 1024;
  await pruneCaches({ stateRoot, maxBytes, dryRun: false, io });
}

/** The longest path behind each node, by how long its jobs took lately. */
function priorities(plan: Plan, store: Store): ReadonlyMap<string, number> {
  const jobs = plan.nodes.flatMap((node) =>
    node.kind === "execute" ? [node.job_id] : []
  );
  const durations = store.durations(jobs);
  return criticalPath(plan, (id) => durations.get(id) ?? null);
}
