/** `pikaci run`: runs targets and jobs on a snapshot of the working tree. */
import { runtimeRow } from "../executors/table.ts";
import { loadCompile } from "../globs/pattern.ts";
import type { Catalog, CatalogJob } from "../model/catalog.ts";
import { UserError } from "../model/user_error.ts";
import { onlyTarget, select, type Selection } from "../planner/selection.ts";
import { beginSnapshot, type BegunSnapshot } from "./begun_snapshot.ts";
import { command } from "./command.ts";
import { execute, type RunAccess } from "./execute.ts";
import { booleanFlag } from "./flags.ts";
import { goneVariables } from "./gone_variables.ts";
import { makePlan, unavailable } from "./make_plan.ts";
import type { Ahead } from "./outer.ts";
import {
  planFlags,
  planPositionals,
  planRequest,
  readBase,
} from "./plan_flags.ts";
import { findProject, loadCatalog } from "./project.ts";
import { runHosts } from "./run_hosts.ts";
import { expectedHosts, noteHosts } from "./expected_hosts.ts";
import { limitFlags, limitsOf, outputFlags } from "./run_flags.ts";

export default command({
  positionals: planPositionals,
  flags: {
    ...planFlags,
    allowEmpty: booleanFlag("Exit with 0 when nothing ran"),
    ...limitFlags,
    ...outputFlags,
  },
  examples: [
    ["pikaci run", "The default target"],
    ["pikaci run unit lint --jobs 2", "Two jobs, at once"],
    ["pikaci run pre-merge --base origin/main", "What a branch changed"],
  ],
  async run({ flags, positionals }, io) {
    const project = findProject(flags, io);
    const { stateRoot } = project;
    await using hosts = runHosts(
      stateRoot,
      io,
      expectedHosts(stateRoot, positionals),
    );
    const catalog = await loadCatalog(project, io);
    const selection = select(
      catalog,
      positionals,
      await loadCompile(positionals),
    );
    if (selection.kind === "usage") throw new UserError(selection.message);
    for (const line of goneVariables(io.env)) await io.err(line);
    const only = onlyTarget(selection);
    const base = await readBase(flags, io);
    const ahead = surelyRun(catalog, selection);
    const needed = new Set(
      ahead.jobs.map(({ placement }) =>
        placement.kind === "ssh" ? placement.host : null
      ),
    );
    noteHosts(
      stateRoot,
      positionals,
      catalog.hosts.filter(({ id }) => needed.has(id)),
    );
    // What sets hosts up may change the working tree.
    const begin = (later: RunAccess["later"]) =>
      beginSnapshot({ project, catalog, base, later });
    const setsUp = catalog.jobs.some(setsUpHost);
    let begun: BegunSnapshot | undefined;
    return await execute({
      root: project.root,
      stateRoot,
      io,
      hosts,
      output: flags,
      allowEmpty: flags.allowEmpty,
      limits: limitsOf(flags, catalog.run, catalog.hosts),
      timeoutSecs: flags.timeout ?? catalog.run.timeoutSecs,
      start: {
        rerun_of: null,
        target_id: only?.id ?? null,
        target_description: only?.description ?? null,
        requested: selection.requested,
      },
      ahead,
      async begin(later) {
        if (setsUp) return;
        begun = begin(later);
        await Promise.allSettled([begun.taken]);
      },
      async plan(access) {
        const { store, emit, later } = access;
        if (setsUp) {
          const { setUpHost }: typeof import("./set_up_host.ts") = await import(
            import.meta.resolve("./set_up_host.ts")
          );
          await setUpHost(project, catalog, selection, access);
        }
        if (access.cancellation.by !== null) return null;
        const result = await makePlan({
          project,
          catalog,
          base,
          io,
          hosts,
          begun: begun ?? begin(later),
          request: planRequest(flags, positionals),
          remembered: (key) => store.remembered(key),
          captured: ({ snapshot, durationMs }) =>
            emit({
              event: "snapshot_created",
              snapshot,
              duration_ms: durationMs,
            }),
        });
        if (result.kind === "usage") throw new UserError(result.message);
        const problem = await unavailable(result.plan, result.refusal);
        if (problem !== null) throw new UserError(problem);
        return {
          plan: result.plan,
          manifest: result.kind === "plan" ? result.manifest : () => null,
        };
      },
    });
  },
});

/**
 * The jobs that neither filters nor a remembered pass can keep from running,
 * and that have a host or a daemon to be asked.
 */
function surelyRun(
  { hosts, jobs }: Catalog,
  { targets, named, leftOut }: Selection,
): Ahead {
  const asked = new Set([
    ...targets.flatMap(({ filters, jobs }) => filters.length === 0 ? jobs : []),
    ...named.keys(),
  ]);
  return {
    hosts,
    jobs: jobs.filter(({ id, placement, runtimeConfig, inputs, when }) =>
      asked.has(id) && !leftOut.has(id) && inputs === null && when === null &&
      placement.kind !== "orchard" && (placement.kind === "ssh" ||
        runtimeRow(runtimeConfig.kind).preflight !== undefined)
    ),
  };
}

function setsUpHost({ runtimeConfig }: CatalogJob): boolean {
  return runtimeConfig.kind === "tart" &&
    runtimeConfig.hostSetupCommand !== undefined;
}
