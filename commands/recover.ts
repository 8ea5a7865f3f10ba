/**
 * What a start does for the runs that a crash cut off.
 *
 * @module
 */
import { join } from "../model/path.ts";
import { runtimes } from "../executors/table.ts";
import { localHost } from "../hosts/local.ts";
import { holdsAnything } from "../hosts/local_folder.ts";
import { processExists } from "../hosts/process.ts";
import { processStartTime } from "../hosts/process_table.ts";
import { endLeftovers, isAlive } from "../hosts/process_tree.ts";
import type { RunRecord } from "../model/record.ts";
import { prepareScratchDir, runDir, scratchDir } from "../model/state_paths.ts";
import { openLeases } from "../runner/open_leases.ts";
import { executorOptions } from "./executor_options.ts";
import type { Io } from "./io.ts";
import { removeTree } from "../store/files.ts";
import { closeInterrupted } from "../store/interrupted.ts";
import { isHeld } from "../hosts/hold.ts";
import type { ActiveRun, RunOwner, Store } from "../store/store.ts";

/** How long what a crash left gets to end by itself, in milliseconds. */
const graceMs = 2_000;

/**
 * Ends what still runs of runs whose pikaci is gone, takes back what it held,
 * and closes them as interrupted. Returns their ids.
 */
export async function recover(
  store: Store,
  env: (name: string) => string | undefined,
): Promise<readonly string[]> {
  const closed = await closeInterrupted(store, {
    isAlive: (owner) => ownerLives(store, owner),
    async reap(run) {
      await reap(run);
      await removeScratch(store.stateRoot, run.record);
    },
  });
  if (closed.length > 0) {
    await freeLeases(env);
  }
  return closed;
}

/** Who asks for a lease of the dead frees it too: what can't be freed now holds nobody up. */
async function freeLeases(
  env: (name: string) => string | undefined,
): Promise<void> {
  const pidStarted = await processStartTime(Deno.pid);
  try {
    using leases = openLeases(env, { pid: Deno.pid, pidStarted });
    await leases.freeDead();
  } catch {
    // Its folder cannot be written; a job that needs a lease tells so.
  }
}

/** Removes what attempts keep as long as they go on, secrets among it. */
async function removeScratch(
  stateRoot: string,
  { run_id, jobs, prepare_timings }: RunRecord,
): Promise<void> {
  for (const { node_id } of prepare_timings) {
    await removeTree(join(stateRoot, prepareScratchDir(run_id, node_id)));
  }
  for (const { id, attempts } of jobs) {
    for (const { attempt } of attempts) {
      await removeTree(join(stateRoot, scratchDir(run_id, id, attempt)));
    }
  }
}

/**
 * Removes the guests that a crash left on this machine and on fleets. Returns
 * what could not be removed, as sentences.
 */
export async function removeLeftGuests(
  stateRoot: string,
  io: Pick<Io, "env" | "cwd">,
): Promise<readonly string[]> {
  const messages: string[] = [];
  for (const { leftovers = [] } of runtimes) {
    for (const { records, remove } of leftovers) {
      // Where no guest is recorded nothing is loaded.
      if (!holdsAnything(join(stateRoot, records))) continue;
      const options = executorOptions(io);
      messages.push(...await remove(localHost({ stateRoot }), options));
    }
  }
  return messages;
}

/** Whether the process that owns a run is still the one that began it. */
export function ownerLives(
  { stateRoot }: Pick<Store, "stateRoot">,
  { run_id, pid, pid_started: pidStarted }: RunOwner,
): Promise<boolean> {
  // It may be in a container, where its number says nothing here.
  if (isHeld(join(stateRoot, runDir(run_id)))) return Promise.resolve(true);
  // A start time, even for our own number: in a container every pikaci may
  // have the same one.
  // Without a start time any process with the number counts as the owner.
  return pidStarted === null
    ? Promise.resolve(processExists(pid))
    : isAlive({ pid, startedAt: pidStarted });
}

async function reap({ record, processes }: ActiveRun): Promise<void> {
  await endLeftovers({
    runId: record.run_id,
    graceMs,
    processes: processes.flatMap(({ host, pid, pid_started }) =>
      host === "local" && pid_started !== null
        ? [{ pid, startedAt: pid_started }]
        : []
    ),
  });
}
