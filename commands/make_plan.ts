/**
 * From a request to a plan: the snapshot, what changed, and the decisions.
 *
 * `pikaci plan` and `pikaci run` both go through here, so that they agree.
 *
 * @module
 */
import { runtimeRow } from "../executors/table.ts";
import { loadCompile } from "../globs/pattern.ts";
import type { Catalog, CatalogHost, CatalogJob } from "../model/catalog.ts";
import type { Plan } from "../model/plan.ts";
import {
  globsOf,
  type PlanFacts,
  type PlanRequest,
  type PlanResult,
} from "../planner/plan.ts";
import { plan } from "../planner/plan.ts";
import { placementLabel } from "../planner/nodes.ts";
import { changes, type ChangesRequest } from "../snapshot/changes.ts";
import type { RunHosts } from "../runner/hosts.ts";
import {
  beginSnapshot,
  type BegunSnapshot,
  type TakenSnapshot,
} from "./begun_snapshot.ts";
import type { Io } from "./io.ts";
import type { Project } from "./project.ts";
import { PlanMemory } from "./plan_memory.ts";

/** What a plan is made from. */
export interface MakePlanOptions {
  readonly project: Project;
  readonly catalog: Catalog;
  readonly request: PlanRequest;
  /** What to compare with. */
  readonly base: ChangesRequest;
  readonly io: Io;
  /** The run's hosts; absent: what is asked is connected to for that alone. */
  readonly hosts?: RunHosts;
  /** The run whose pass has a key; null: none. */
  readonly remembered: (key: string) => { readonly run_id: string } | null;
  /** A job whose manifest is asked for, be its pass remembered or not; default: none. */
  readonly explained?: string;
  /** The snapshot; absent: it is begun now. */
  readonly begun?: BegunSnapshot;
  /** Hears of the snapshot as soon as it is there. */
  readonly captured?: (taken: TakenSnapshot) => void;
}

/** Why a job cannot run where it is to, as far as was looked; null: nothing speaks against it. */
export type Refusal = (job: CatalogJob) => string | null;

/** A plan, and what was found that speaks against jobs of it. */
export type Made = PlanResult & {
  readonly refusal: Refusal;
  /** The ssh hosts that were asked for it. */
  readonly hosts: readonly CatalogHost[];
};

/** Captures the working tree and plans what was asked for. */
export async function makePlan(options: MakePlanOptions): Promise<Made> {
  const { project, catalog, request, base, io } = options;
  const { root: sourceRoot, stateRoot } = project;
  const { workingTree, taken } = options.begun ??
    beginSnapshot({ project, catalog, base });
  // While git looks at the files, what the plan needs is loaded.
  const loading = Promise.all([
    describer(catalog.jobs),
    loadCompile(globsOf(catalog, request)),
  ]);
  // Heard of below, unless the capture fails.
  loading.catch(() => {});
  const captured = await taken;
  options.captured?.(captured);
  const { snapshot } = captured;
  const [describe, compile] = await loading;
  const { tree } = snapshot;
  const here = {
    hostOs: hostOs(),
    hostArch: Deno.build.arch,
    envValue: io.env,
  };
  const [changed, memory] = await Promise.all([
    changes({ sourceRoot, stateRoot, snapshot, request: base, workingTree }),
    PlanMemory.open({ catalog, request, stateRoot, tree, compile, ...here }),
  ]);
  const facts: PlanFacts = {
    snapshot,
    changes: changed,
    branch: snapshot.git_branch,
    ...here,
    ...memory.facts,
    remembered: options.remembered,
    label: ({ placement, runtimeConfig }) =>
      runtimeRow(runtimeConfig.kind).label(placementLabel(placement)),
    describe,
  };
  const asked = new Set<CatalogJob>();
  const made = await memory.plan(() =>
    plan(catalog, request, {
      ...facts,
      imageFingerprint(job) {
        asked.add(job);
        return null;
      },
    })
  );
  const jobs = [...made.kind === "plan" ? looked(made.plan) : [], ...asked]
    .filter(({ runtimeConfig }) =>
      runtimeRow(runtimeConfig.kind).preflight !== undefined
    );
  if (jobs.length === 0) {
    await memory.settle(made, options.explained);
    return { ...made, refusal: () => null, hosts: [] };
  }
  const { preflight }: typeof import("./preflight.ts") = await import(
    import.meta.resolve("./preflight.ts")
  );
  const found = await preflight(jobs, {
    ...{ stateRoot, io, entries: catalog.hosts },
    ...(options.hosts === undefined ? {} : { hosts: options.hosts }),
  });
  const { image: imageFingerprint, notices, refusal, hosts } = found;
  const known = { ...facts, imageFingerprint, notices };
  const final = await memory.plan(() => plan(catalog, request, known));
  await memory.settle(final, options.explained);
  return { ...final, refusal, hosts };
}

/** Looks, before the jobs of a plan made earlier run again, at what may speak against them. */
export async function lookAgain(
  earlier: Plan,
  { stateRoot, io, hosts }: {
    readonly stateRoot: string;
    readonly io: Io;
    readonly hosts: RunHosts;
  },
): Promise<Refusal> {
  const jobs = looked(earlier);
  if (jobs.length === 0) return () => null;
  const { preflight }: typeof import("./preflight.ts") = await import(
    import.meta.resolve("./preflight.ts")
  );
  const { hosts: entries } = earlier;
  return (await preflight(jobs, { stateRoot, entries, io, hosts })).refusal;
}

/** Jobs of a plan that a daemon may not be made for, beside those with an image in their key. */
function looked({ nodes }: Plan): readonly CatalogJob[] {
  return nodes.flatMap((node) => {
    if (node.kind !== "execute" || node.decision !== "run") return [];
    const { runtimeConfig: runtime } = node.job;
    return runtime.kind === "incus" &&
        (runtime.instance === "vm" || runtime.rootDiskGib !== undefined)
      ? [node.job]
      : [];
  });
}

/** What tells the commands of each job's attempt, by its runtime. */
async function describer(
  jobs: readonly CatalogJob[],
): Promise<PlanFacts["describe"]> {
  const kinds = new Set(jobs.map(({ runtimeConfig }) => runtimeConfig.kind));
  const loaded = new Map(
    await Promise.all(
      [...kinds].map(async (kind) =>
        [kind, await runtimeRow(kind).describe()] as const
      ),
    ),
  );
  return (job) => loaded.get(job.runtimeConfig.kind)?.(job) ?? [];
}

function hostOs(): "linux" | "darwin" | "windows" {
  const { os } = Deno.build;
  return os === "darwin" || os === "windows" ? os : "linux";
}

/** Why a plan can't be carried out, by this version or where it is to be; null: it can. */
export async function unavailable(
  { nodes }: Plan,
  refusal: Refusal,
): Promise<string | null> {
  const problems = new Map<string, string[]>();
  const add = (problem: string, id: string): void => {
    const ids = problems.get(problem) ?? [];
    problems.set(problem, ids);
    ids.push(id);
  };
  for (const node of nodes) {
    if (node.decision !== "run") continue;
    if (node.kind === "prepare") continue;
    const { job } = node;
    const why = await runtimeRow(job.runtimeConfig.kind).unavailable(job) ??
      refusal(job);
    if (why !== null) add(why, node.job_id);
  }
  if (problems.size === 0) return null;
  return [...problems].map(([problem, ids]) => `${problem}: ${ids.join(", ")}`)
    .join("\n");
}
