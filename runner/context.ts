/**
 * What a run is executed with: everything from outside comes in by this.
 *
 * @module
 */
import type { AttemptLog, Executor } from "../executors/executor.ts";
import type { Host } from "../hosts/host.ts";
import type { MaskerFactory } from "../logs/masker.ts";
import type { CatalogCache, CatalogRuntime } from "../model/catalog.ts";
import type { RunEvent } from "../model/event.ts";
import type { ExecuteNode, PrepareNode } from "../model/plan.ts";
import type { SnapshotFile } from "../model/snapshot.ts";
import type { RunSecrets } from "../secrets/run_secrets.ts";
import type { Cancellation } from "./cancellation.ts";
import type { Leases } from "./leases.ts";
import type { Passes } from "./passes.ts";
import type { FailFast } from "../model/config.ts";

/** How much a run may take, and how it ends. */
export interface RunLimits {
  /** Nodes at once, over all hosts; null: as many as there are slots. */
  readonly jobs: number | null;
  /** Slots of each host; one that is missing has one until it was asked. */
  readonly hosts: ReadonlyMap<string, number>;
  /** Hosts for which nobody has said how many: they, or the clusters behind them, are asked. */
  readonly asked?: ReadonlySet<string>;
  /** Nodes of a runtime on one host. */
  readonly runtimes: ReadonlyMap<string, number>;
  /** What a failure does to the rest. */
  readonly failFast: FailFast;
  /** Between TERM and KILL, in seconds. */
  readonly graceSecs: number;
  /** For everything after a command's end, in seconds. */
  readonly cleanupSecs: number;
  /** Minutes for which the guest of a job that fails is kept; absent: it is not. */
  readonly keepMinutes?: number;
}

/** A log that is open for one attempt. */
export interface OpenLog extends AsyncDisposable {
  /** The log. */
  readonly log: AttemptLog;
}

/** A workspace that an attempt runs in. */
export interface Workspace {
  /** Absolute path on the host. */
  readonly path: string;
  /** How the attempt uses it. */
  readonly mode: "read-only" | "writable" | "source";
  /** Variables for whatever runs in it. */
  readonly env: Readonly<Record<string, string>>;
  /**
   * To be called after the attempt: checks what must not have changed, and
   * gives the workspace back. Returns what the user should know.
   */
  release(
    options: {
      /** Records a fact of the attempt. */
      readonly fact: (name: string, value: string) => void;
    },
  ): Promise<readonly string[]>;
}

/** What a run is executed with. */
export interface RunContext {
  /** The run. */
  readonly runId: string;
  /** Absolute path of the state folder. */
  readonly stateRoot: string;
  /** Absolute path of the folder with the config. */
  readonly sourceRoot: string;
  /** A variable of pikaci's own environment. */
  readonly env: (name: string) => string | undefined;
  /** Time in milliseconds since 1970. */
  readonly now: () => number;
  /** Records an event; it is kept when this returns. */
  readonly emit: (event: RunEvent) => void;
  /** Records several events, all or none; they are kept when this returns. */
  readonly emitTogether: (events: readonly RunEvent[]) => void;
  /** The wish that the run ends. */
  readonly cancellation: Cancellation;
  /** How much it may take. */
  readonly limits: RunLimits;
  /** Jobs that failed in an earlier run on the same snapshot. */
  readonly failedBefore: ReadonlySet<string>;
  /** The longest path behind each node; a node that is missing has 0. */
  readonly priorities: ReadonlyMap<string, number>;
  /** The machine's leases, opened when first needed. */
  readonly leases: () => Promise<Leases>;
  /** The ssh address of a host's id; null: it is this machine, or a fleet. */
  readonly address: (id: string) => string | null;
  /** The host of an id. */
  readonly host: (id: string) => Promise<Host>;
  /** The executor of a runtime. */
  readonly executor: (runtime: CatalogRuntime) => Promise<Executor>;
  /** Opens the log of an attempt; what equals a secret is masked in it. */
  readonly openLog: (
    options: {
      readonly jobId: string;
      readonly attempt: number;
      readonly masker: MaskerFactory;
    },
  ) => Promise<OpenLog>;
  /** Opens the log of a prepare node; what equals a secret is masked in it. */
  readonly openPrepareLog: (
    nodeId: string,
    masker?: MaskerFactory,
  ) => Promise<OpenLog>;
  /** The secrets of jobs. */
  readonly secrets: Pick<RunSecrets, "of">;
  /** Remembered passes. */
  readonly passes: Passes;
  /** Caches of the plan, by id. */
  readonly caches: ReadonlyMap<string, CatalogCache>;
  /** The target; null: jobs were asked for by name. */
  readonly targetId: string | null;
  /** The snapshot's tree. */
  readonly tree: string;
  /** The tree of the files that a node sees. */
  readonly treeOf: (node: ExecuteNode | PrepareNode) => Promise<string>;
  /** The files of the snapshot. */
  readonly files: () => Promise<readonly SnapshotFile[]>;
  /** Copies a folder of this machine with all in it, as cheaply as the disk can. */
  readonly copyFolder: (from: string, to: string) => Promise<void>;
  /** Folders of caches and prepared outputs that the run has used. */
  readonly usedCaches: Set<string>;
  /** Brings what the workspaces of a node need to its host; once for all who ask meanwhile. */
  readonly publish: (node: ExecuteNode | PrepareNode) => Promise<void>;
  /** Waits for what executors still have under way, such as deletions. */
  readonly settle: () => Promise<void>;
  /** Begins to make the workspace of a node that will soon be started; its attempt hears of a failure. */
  readonly workspaceAhead: (node: ExecuteNode | PrepareNode) => void;
  /** Makes the workspace of an attempt; null: the host has not got its files yet. */
  readonly workspace: (
    node: ExecuteNode | PrepareNode,
    options: {
      /** Whether it is shared with nobody, as the files of others come into it. */
      readonly own: boolean;
    },
  ) => Promise<Workspace | null>;
}
