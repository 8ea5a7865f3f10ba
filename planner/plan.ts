/**
 * The planner: from a catalog, a request and the facts to a plan.
 *
 * It is pure: the same three give the same plan, and nothing is read or started.
 *
 * @module
 */
import type { Compile } from "../globs/pattern.ts";
import type {
  Catalog,
  CatalogJob,
  CatalogPreparedOutput,
} from "../model/catalog.ts";
import type { CacheManifest } from "../model/manifest.ts";
import type { Plan, PlannedCommand, PlanNode } from "../model/plan.ts";
import type { Changes, Snapshot, SnapshotFile } from "../model/snapshot.ts";
import { CacheKeys, rememberable } from "./cache_key.ts";
import { globsIn } from "./condition.ts";
import { Decisions } from "./decisions.ts";
import type { InputDigests } from "./input_digest.ts";
import { jobGraph } from "./job_graph.ts";
import { nothingSelected } from "./nothing_selected.ts";
import { PathIndex } from "./path_index.ts";
import { jobsNamed, onlyTarget, select } from "./selection.ts";

/** What was asked for. */
export interface PlanRequest {
  /**
   * Targets, jobs, matrices, cells and globs over them, `!` before what is left
   * out; empty: the default target.
   */
  readonly requested: readonly string[];
  /** Whether filters of targets are ignored. */
  readonly all: boolean;
  /** Jobs that run even when their pass is remembered. */
  readonly force: readonly string[] | "all";
  /** Whether passes are neither taken nor remembered. */
  readonly noCache: boolean;
}

/** What the planner is told of the world. */
export interface PlanFacts {
  /** The captured working tree. */
  readonly snapshot: Snapshot;
  /** What changed, and against what. */
  readonly changes: Changes;
  /** The checked-out branch; null: none. */
  readonly branch: string | null;
  /** Operating system of this machine. */
  readonly hostOs: "linux" | "darwin" | "windows";
  /** Processor of this machine, such as "x86_64". */
  readonly hostArch: string;
  /** Files of the snapshot; asked for at most once, and only for inputs that are not known. */
  readonly files: () => readonly SnapshotFile[];
  /** What inputs came to in this very tree, as an earlier plan found it; default: nothing is known. */
  readonly knownInputs?: InputDigests;
  /** Keys of jobs, as an earlier plan made them of the very same facts; default: none is known. */
  readonly knownKeys?: ReadonlyMap<string, string>;
  /** The run whose pass has a key and can be taken; null: none. */
  readonly remembered: (key: string) => { readonly run_id: string } | null;
  /** The original's label for where and in what a job runs. */
  readonly label: (job: CatalogJob) => string;
  /** The commands that a job's attempt will issue. */
  readonly describe: (job: CatalogJob) => readonly PlannedCommand[];
  /** The commands that make a prepared output; default: none are shown. */
  readonly describePrepared?: (
    output: CatalogPreparedOutput,
  ) => readonly PlannedCommand[];
  /** Fingerprint of a job's image; null: unknown. Default: unknown. */
  readonly imageFingerprint?: (job: CatalogJob) => string | null;
  /** A content key of a prepared output; null: the snapshot's tree. Default: the tree. */
  readonly preparedKey?: (output: CatalogPreparedOutput) => string | null;
  /** A variable of pikaci's own environment. */
  readonly envValue: (name: string) => string | undefined;
  /**
   * Makes expressions of globs, as `globs/match.ts` does. Called only for those of
   * `globsOf(catalog, request)` and for inputs that are not known, so that its
   * module need not be loaded for others.
   */
  readonly compile: Compile;
  /**
   * SHA-256 in hexadecimal, `planner/sha256.ts` for one. Called only when
   * `remembersPasses(catalog)`, and for keys that are not known, so that its module
   * need not be loaded else.
   */
  readonly hash: (text: string) => string;
  /** What else the user should know before it starts. */
  readonly notices?: readonly string[];
}

/** What planning came to. */
export type PlanResult =
  | PlanMade
  | {
    /** Nothing is to run: exit code 3. */
    readonly kind: "nothing_selected";
    /** Why, in sentences for people. */
    readonly reason: string;
    /** The plan, in which everything is skipped. */
    readonly plan: Plan;
  }
  | {
    /** The request cannot be understood: exit code 2. */
    readonly kind: "usage";
    /** What is wrong with it, and what there is. */
    readonly message: string;
  };

/** A plan in which something runs or is served from the cache. */
export interface PlanMade {
  /** Tag of the result. */
  readonly kind: "plan";
  /** The plan. */
  readonly plan: Plan;
  /** What went into a job's cache key, to be kept with its pass; null: it has no key. */
  readonly manifest: (jobId: string) => CacheManifest | null;
  /** What the inputs came to that keys were made of, and those that were known before. */
  readonly inputs: InputDigests;
  /** The keys that were made, and those that were known, of jobs of a kind that need none of another. */
  readonly keysOf: (
    isKind: (job: CatalogJob) => boolean,
  ) => ReadonlyMap<string, string>;
}

/** Whether a job of the catalog declares inputs, so that keys are needed. */
export function remembersPasses(catalog: Catalog): boolean {
  return catalog.jobs.some(rememberable);
}

/** The globs that the plan of a request may have to match, beside those of inputs. */
export function* globsOf(
  { targets, jobs }: Catalog,
  { requested, force }: Pick<PlanRequest, "requested" | "force">,
): Iterable<string> {
  yield* requested;
  if (force !== "all") yield* force;
  for (const { filters } of targets) yield* filters;
  for (const { when } of jobs) {
    if (when !== null) yield* globsIn(when);
  }
}

/** The inputs of jobs and prepared outputs, which their keys are made of. */
export function* inputsOf(
  { jobs, preparedOutputs }: Catalog,
): Iterable<readonly string[]> {
  for (const job of jobs) {
    if (job.inputs !== null && rememberable(job)) yield job.inputs;
  }
  for (const output of preparedOutputs) {
    if (output.kind === "shell_output" && output.inputs) yield output.inputs;
  }
}

/** The variables of pikaci's own environment whose values keys are made of. */
export function* passedEnvOf(
  { jobs, preparedOutputs }: Catalog,
): Iterable<string> {
  for (const { passEnv } of jobs) yield* passEnv;
  for (const output of preparedOutputs) {
    if (output.kind === "shell_output") yield* output.passEnv;
  }
}

/** Makes the plan of what was asked for. */
export function plan(
  catalog: Catalog,
  request: PlanRequest,
  facts: PlanFacts,
): PlanResult {
  const selection = select(catalog, request.requested, facts.compile);
  if (selection.kind === "usage") return selection;
  const forced = request.force === "all"
    ? null
    : jobsNamed(catalog, request.force, facts.compile);
  if (typeof forced === "string") return { kind: "usage", message: forced };

  const graph = jobGraph(catalog);
  const keys = new CacheKeys(graph, catalog.preparedOutputs, {
    tree: facts.snapshot.tree,
    files: facts.files,
    knownInputs: facts.knownInputs ?? new Map(),
    knownKeys: facts.knownKeys ?? new Map(),
    imageFingerprint: facts.imageFingerprint ?? (() => null),
    preparedKey: facts.preparedKey ?? (() => null),
    envValue: facts.envValue,
    platform: `${facts.hostOs} ${facts.hostArch}`,
    compile: facts.compile,
    hash: facts.hash,
  });
  const changed = request.all || facts.changes.files === null
    ? null
    : new PathIndex(facts.changes.files, facts.compile);
  const decisions = new Decisions({
    catalog,
    graph,
    selection,
    changes: facts.changes,
    changed,
    conditions: {
      changed,
      branch: facts.branch,
      hostOs: facts.hostOs,
      compile: facts.compile,
    },
    cache: {
      keys,
      use: !request.noCache,
      forced: (id) => forced === null || forced.has(id),
      remembered: facts.remembered,
    },
    label: facts.label,
    describe: facts.describe,
    describePrepared: facts.describePrepared ?? (() => []),
  });
  const nodes = decisions.nodes();
  const only = onlyTarget(selection);
  const active = nodes.filter((node) => node.decision !== "skip");
  const hosts = new Set(active.map((node) => node.host));
  const caches = new Set(
    active.flatMap((node) => node.kind === "execute" ? node.job.caches : []),
  );
  const made: Plan = {
    schema_version: 1,
    target_id: only?.id ?? null,
    target_description: only?.description ?? null,
    requested: selection.requested,
    scope: "post_host_setup_and_snapshot",
    preconditions: ["host_setup_complete", "workspace_snapshot_created"],
    snapshot: facts.snapshot,
    changes: facts.changes,
    filters: [
      ...new Set(selection.targets.flatMap((target) => target.filters)),
    ],
    hosts: catalog.hosts.filter((host) => hosts.has(host.id)),
    caches: catalog.caches.filter((cache) => caches.has(cache.id)),
    nodes,
    notices: [
      ...facts.notices ?? [],
      ...decisions.notices(),
      ...forcedInVain(forced, active),
    ],
    settings: {
      run: catalog.run,
      snapshot: catalog.snapshot,
      resultCache: catalog.resultCache,
      cacheMaxMib: catalog.cacheMaxMib,
      notify: catalog.notify,
    },
  };
  if (active.length === 0) {
    return {
      kind: "nothing_selected",
      reason: nothingSelected(made, selection),
      plan: made,
    };
  }
  const keyed = new Set(
    nodes.flatMap((node) =>
      node.kind === "execute" && node.cache_key !== null ? [node.job_id] : []
    ),
  );
  return {
    kind: "plan",
    plan: made,
    manifest: (jobId) => keyed.has(jobId) ? keys.manifest(jobId) : null,
    inputs: keys.inputs,
    keysOf: (isKind) => keys.keysOf(isKind),
  };
}

function forcedInVain(
  forced: ReadonlySet<string> | null,
  active: readonly PlanNode[],
): readonly string[] {
  if (forced === null || forced.size === 0) return [];
  const found = active.some((node) =>
    node.kind === "execute" && forced.has(node.job_id)
  );
  return found
    ? []
    : [`Nothing that is forced is in the plan: ${[...forced].join(", ")}`];
}
