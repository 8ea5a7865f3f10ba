/**
 * Plans: what a run will do, as plain JSON.
 *
 * `pikaci plan --json` prints exactly what `pikaci run` executes and stores.
 */
import type {
  Catalog,
  CatalogCache,
  CatalogHost,
  CatalogJob,
  CatalogNotification,
  CatalogPreparedOutput,
  CatalogResultCache,
  CatalogRunLimits,
} from "./catalog.ts";
import type { Changes, Snapshot } from "./snapshot.ts";

/** Whether a node runs. */
export type Decision = "run" | "skip" | "cached";

/** How a condition came out, part by part. */
export interface ConditionResult {
  /** The condition as a config writes it, without quotes: `not(hostOs(windows))`. */
  readonly text: string;
  /** Whether it holds. */
  readonly met: boolean;
  /** The fact that decided, for people: "this is linux". */
  readonly because: string;
  /** The parts of `all`, `any` and `not`. */
  readonly parts: readonly ConditionResult[];
}

/** Why a node runs, is skipped or is served from the cache. */
export interface Reason {
  /** What decided. */
  readonly kind:
    | "requested"
    | "target"
    | "filter_match"
    | "filter_miss"
    | "condition_met"
    | "condition_unmet"
    | "needed"
    | "need_skipped"
    | "cache_hit"
    | "cache_miss"
    | "forced"
    | "rerun"
    | "passed_before";
  /** A sentence for people. */
  readonly message: string;
  /** First path that matched; null where none did. */
  readonly path: string | null;
  /** The pattern it matched; null where none did. */
  readonly pattern: string | null;
  /** With "condition_met" and "condition_unmet": the condition, part by part. */
  readonly condition?: ConditionResult;
  /** With "filter_miss": the filters that nothing matched. */
  readonly filters?: readonly string[];
  /** With "need_skipped": the node that is skipped. */
  readonly node_id?: string;
}

/** A command that a node will issue, as a person could type it. */
export interface PlannedCommand {
  /** Phase of the attempt: "prepare", "run", "collect", "delete". */
  readonly phase: string;
  /** The command, quoted for a POSIX shell; placeholders in angle brackets. */
  readonly command: string;
}

/** What every node of a plan has. */
interface PlanNodeBase {
  /** Name, unique in the plan: "prepare-ID" or "execute-ID". */
  readonly id: string;
  /** One line for people. */
  readonly description: string;
  /** The original's label: "host_local", "remote_linux_vm", "tart_local", ... */
  readonly executor: string;
  /** "local", "remote_ssh" or "orchard". */
  readonly placement: string;
  /** Host the node runs on: "local" or an ssh id. */
  readonly host: string;
  /** Runtime: "host_process", "incus", "tart", or a custom runtime's name. */
  readonly runtime: string;
  /** Ids of the nodes that must have passed before. */
  readonly depends_on: readonly string[];
  /** Whether it runs. */
  readonly decision: Decision;
  /** Why; the deciding reason first. */
  readonly reasons: readonly Reason[];
  /** The commands it will issue. */
  readonly commands: readonly PlannedCommand[];
}

/** A node that makes something which jobs use. */
export interface PrepareNode extends PlanNodeBase {
  /** Tag of the union. */
  readonly kind: "prepare";
  /** What is made, in the original's words. */
  readonly prepare:
    | {
      readonly type: "nix_build";
      readonly installable: string;
      readonly output_name: string;
    }
    | { readonly type: "shell_command"; readonly command: string };
  /** The catalog's entry. */
  readonly output: CatalogPreparedOutput;
}

/** A node that runs a job. */
export interface ExecuteNode extends PlanNodeBase {
  /** Tag of the union. */
  readonly kind: "execute";
  /** Id of the job. */
  readonly job_id: string;
  /** What is executed, in the original's words. */
  readonly execute: {
    readonly type: "host_command" | "vm_command";
    readonly command: string;
    readonly run_as_root: boolean;
    readonly timeout_secs: number;
    readonly writable_workspace: boolean;
  };
  /** Key under which a pass is remembered; null: the job declares no inputs. */
  readonly cache_key: string | null;
  /** Run whose pass is taken; null unless the decision is "cached". */
  readonly cached_from: string | null;
  /** The catalog's entry, which the executor works from. */
  readonly job: CatalogJob;
}

/** A step of a plan. */
export type PlanNode = PrepareNode | ExecuteNode;

/** What of the config the execution of a plan goes by, beside the nodes. */
export interface PlanSettings {
  /** Limits of the run. */
  readonly run: CatalogRunLimits;
  /** What belongs to a snapshot beside and without what git says. */
  readonly snapshot: Catalog["snapshot"];
  /** Where passes are remembered. */
  readonly resultCache: CatalogResultCache;
  /** Limit of all caches of the repository together, in MiB. */
  readonly cacheMaxMib: number;
  /** Who is told of the end. */
  readonly notify?: readonly CatalogNotification[];
}

/** What a run will do. */
export interface Plan {
  /** Version of this form. */
  readonly schema_version: 1;
  /** The target, where exactly one was asked for; else null. */
  readonly target_id: string | null;
  /** Its description; null without a target. */
  readonly target_description: string | null;
  /** What was asked for: target ids, job ids and patterns, or the default target's id. */
  readonly requested: readonly string[];
  /** The original's name for a plan made after host set-up and snapshot. */
  readonly scope: "post_host_setup_and_snapshot";
  /** What holds when the plan is executed. */
  readonly preconditions: readonly string[];
  /** The captured working tree. */
  readonly snapshot: Snapshot;
  /** What it was compared with, and what changed. */
  readonly changes: Changes;
  /** Filters of the selected targets. */
  readonly filters: readonly string[];
  /** Hosts that nodes run on. */
  readonly hosts: readonly CatalogHost[];
  /** Caches that nodes use. */
  readonly caches: readonly CatalogCache[];
  /** Prepares first, then executes; needs before what needs them. */
  readonly nodes: readonly PlanNode[];
  /** What the user should know before it starts. */
  readonly notices: readonly string[];
  /** What else its execution goes by; plans of before have none. */
  readonly settings?: PlanSettings;
}
