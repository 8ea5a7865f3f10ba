/** `pikaci plan`: shows what `pikaci run` would do, and why. */
import type { Catalog } from "../model/catalog.ts";
import { loadCompile } from "../globs/pattern.ts";
import type { CacheManifest } from "../model/manifest.ts";
import { UserError } from "../model/user_error.ts";
import type { PlanResult } from "../planner/plan.ts";
import { defaultTarget, jobsNamed } from "../planner/selection.ts";
import { makeStyle } from "../reporters/format.ts";
import { openStore, type Store } from "../store/store.ts";
import type { RunHosts } from "../runner/hosts.ts";
import { command } from "./command.ts";
import { expectedHosts, noteHosts, type Request } from "./expected_hosts.ts";
import { booleanFlag, optionalChoiceFlag, stringFlag } from "./flags.ts";
import type { Io } from "./io.ts";
import { makePlan } from "./make_plan.ts";
import {
  planFlags,
  planPositionals,
  planRequest,
  readBase,
} from "./plan_flags.ts";
import { findProject, loadCatalog } from "./project.ts";

export default command({
  details: [
    "Captures the working tree, compares it with the base and shows every job with its reason, needs, place and commands. Nothing is run.",
    "Ends with 3 when nothing is selected, as `pikaci run` would.",
  ],
  positionals: planPositionals,
  flags: {
    ...planFlags,
    json: booleanFlag("Print the plan that run executes and stores, as JSON"),
    explain: stringFlag("Tell the whole story of one job", { value: "JOB" }),
    graph: optionalChoiceFlag("Print the graph of needs", ["dot", "mermaid"]),
  },
  examples: [
    ["pikaci plan", "What the default target would do"],
    ["pikaci plan release --base v1.2.0", "What changed since a tag"],
    ["pikaci plan --explain unit", "Why a job runs, is skipped or is cached"],
    ["pikaci plan --graph dot | dot -Tsvg", "A picture of the needs"],
  ],
  async run({ flags, positionals }, io) {
    const { json, explain, graph } = flags;
    const views = [json, explain !== undefined, graph !== undefined];
    if (views.filter((is) => is).length > 1) {
      throw new UserError(
        "Options --json, --explain and --graph exclude each other: give one",
      );
    }
    const project = findProject(flags, io);
    const { stateRoot } = project;
    await using hosts = await connected(stateRoot, positionals, io);
    const catalog = await loadCatalog(project, io);
    if (explain !== undefined) await refuseUnknown(catalog, explain);
    const base = await readBase(flags, io);
    using store = await openStore({ stateRoot, readOnly: true });
    // Where nothing is asked for, the job that is to be explained is.
    const asked = explain !== undefined && positionals.length === 0 &&
        defaultTarget(catalog) === null
      ? [explain]
      : positionals;
    const result = await makePlan({
      project,
      catalog,
      base,
      io,
      ...(hosts === null ? {} : { hosts }),
      request: planRequest(flags, asked),
      ...(explain === undefined ? {} : { explained: explain }),
      remembered: (key) => store.remembered(key),
    });
    noteHosts(stateRoot, ownRequest(positionals), result.hosts);
    if (result.kind === "usage") throw new UserError(result.message);
    const { plan } = result;
    const paint = makeStyle(io.colours);
    if (explain !== undefined) {
      const { explain: tell }: typeof import("../planner/explain.ts") =
        await import(import.meta.resolve("../planner/explain.ts"));
      const known = explanation(result, store, explain);
      await io.out(tell(plan, explain, { paint, ...known }));
      return 0;
    }
    if (json) {
      await io.out(`${JSON.stringify(plan, null, 2)}\n`);
    } else if (graph !== undefined) {
      const { planGraph }: typeof import("../planner/graph.ts") = await import(
        import.meta.resolve("../planner/graph.ts")
      );
      await io.out(planGraph(plan, graph));
    } else {
      const { renderPlan }: typeof import("../planner/render.ts") =
        await import(import.meta.resolve("../planner/render.ts"));
      await io.out(renderPlan(plan, paint));
    }
    if (result.kind === "plan") return 0;
    await io.err(`Nothing to run\n${result.reason}\n`);
    return 3;
  },
});

/** No target has such a name: a run may need other hosts than its plan. */
function ownRequest(positionals: readonly string[]): Request {
  return ["pikaci plan", ...positionals];
}

/** The hosts that the last such plan asked, connected to while the config is read; null: none. */
async function connected(
  stateRoot: string,
  positionals: readonly string[],
  io: Io,
): Promise<RunHosts | null> {
  const expected = expectedHosts(stateRoot, ownRequest(positionals));
  if (expected.length === 0) return null;
  const { runHosts }: typeof import("./run_hosts.ts") = await import(
    import.meta.resolve("./run_hosts.ts")
  );
  return runHosts(stateRoot, io, expected);
}

async function refuseUnknown(
  catalog: Catalog,
  name: string,
): Promise<void> {
  const outputs = catalog.preparedOutputs.map(({ id }) => `prepare-${id}`);
  if (outputs.includes(name)) return;
  if (catalog.jobs.some(({ id }) => id === name)) return;
  const named = jobsNamed(catalog, [name], await loadCompile([name]));
  if (typeof named === "string") throw new UserError(named);
  throw new UserError(
    `Cannot explain "${name}": it names several jobs, name one of ${
      [...named].join(", ")
    }`,
  );
}

/** What is known of a job's cache key, now and when it passed last. */
function explanation(
  result: Exclude<PlanResult, { readonly kind: "usage" }>,
  store: Store,
  jobId: string,
): {
  readonly manifest: CacheManifest | null;
  readonly lastPass:
    | { readonly run_id: string; readonly manifest: CacheManifest }
    | null;
} {
  const manifest = result.kind === "plan" ? result.manifest(jobId) : null;
  const pass = store.lastPass(jobId);
  return {
    manifest,
    lastPass: pass !== null && isManifest(pass.manifest)
      ? { run_id: pass.run_id, manifest: pass.manifest }
      : null,
  };
}

/** Whether a stored manifest is one of this version; the store wrote it as it was given. */
function isManifest(value: unknown): value is CacheManifest {
  return typeof value === "object" && value !== null &&
    "schema_version" in value && value.schema_version === 1;
}
