/** Runs the host set-up commands of the jobs that were asked for. */
import { dirname, join } from "../model/path.ts";
import { runtimeRow } from "../executors/table.ts";
import { localHost } from "../hosts/local.ts";
import { openJobLog } from "../logs/job_log.ts";
import type { Catalog, CatalogJob } from "../model/catalog.ts";
import { hostSetupLogPath } from "../model/state_paths.ts";
import type { Selection } from "../planner/selection.ts";
import { hostSetup, hostSetupCommands } from "../runner/host_setup.ts";
import type { RunAccess } from "./execute.ts";
import type { Project } from "./project.ts";

/** Prepares this machine, once, before the snapshot; a failure is a RunEndError. */
export async function setUpHost(
  { root, stateRoot }: Project,
  catalog: Catalog,
  selection: Selection,
  { runId, emit, cancellation }: RunAccess,
): Promise<void> {
  const commands = hostSetupCommands(await selectedJobs(catalog, selection));
  if (commands.length === 0) return;
  const path = join(stateRoot, hostSetupLogPath(runId));
  await Deno.mkdir(dirname(path), { recursive: true });
  await using log = openJobLog({ path });
  await using host = localHost({ stateRoot });
  await hostSetup({
    runId,
    commands,
    host,
    sourceRoot: root,
    log,
    timeoutSecs: catalog.run.hostSetupTimeoutSecs,
    graceSecs: catalog.run.graceSecs,
    emit,
    cancel: cancellation.asked,
    force: cancellation.forced,
  });
}

/**
 * The jobs that may run, with what they need. Filters are not asked: they need
 * the snapshot, and that is made after the set-up.
 */
async function selectedJobs(
  catalog: Catalog,
  { targets, named, leftOut }: Selection,
): Promise<readonly CatalogJob[]> {
  const wanted = new Set<string>(named.keys());
  for (const target of targets) {
    for (const id of target.jobs) if (!leftOut.has(id)) wanted.add(id);
  }
  const jobs = new Map(catalog.jobs.map((job) => [job.id, job]));
  // The set grows while it is walked: needs of needs are reached too.
  for (const id of wanted) {
    for (const need of jobs.get(id)?.needs ?? []) {
      if (need.kind === "job") wanted.add(need.id);
      if (need.kind === "artifact") wanted.add(need.job);
    }
  }
  const runnable: CatalogJob[] = [];
  for (const job of catalog.jobs) {
    if (!wanted.has(job.id)) continue;
    const { unavailable } = runtimeRow(job.runtimeConfig.kind);
    if (await unavailable(job) === null) runnable.push(job);
  }
  return runnable;
}
