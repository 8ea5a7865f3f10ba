/**
 * Removes caches of jobs that take too much space.
 *
 * @module
 */
import { join } from "../model/path.ts";
import { processStartTime } from "../hosts/process_table.ts";
import { CACHE_DIR } from "../model/state_paths.ts";
import { cacheOf, listCaches } from "../runner/caches.ts";
import type { Leases } from "../runner/leases.ts";
import { openLeases } from "../runner/open_leases.ts";
import { removeTree } from "../store/files.ts";
import { measure } from "../store/usage.ts";
import type { Io } from "./io.ts";

/** What is kept of the caches. */
export interface PruneCachesOptions {
  /** Absolute path of the state folder. */
  readonly stateRoot: string;
  /** Space that they may take, in bytes. */
  readonly maxBytes: number;
  /** Whether nothing is removed, only told. */
  readonly dryRun: boolean;
  readonly io: Io;
}

/** What was removed of the caches, or would be. */
export interface PrunedCaches {
  /** Folders of keys, relative to the state folder. */
  readonly removed: readonly string[];
  /** Space on the disk, in bytes. */
  readonly bytes: number;
}

/**
 * Removes the least recently used caches until the others take no more than
 * they may; one that a job uses stays.
 */
export async function pruneCaches(
  { stateRoot, maxBytes, dryRun, io }: PruneCachesOptions,
): Promise<PrunedCaches> {
  const removed: string[] = [];
  const uses = await listCaches(join(stateRoot, CACHE_DIR), new Date());
  const sizes = uses.map(({ folder }) => measure(folder).bytes);
  const all = sizes.reduce((sum, bytes) => sum + bytes, 0);
  let bytes = 0;
  if (uses.length === 0) return { removed, bytes };
  using leases = await cacheGcLeases(io);
  for (const [index, use] of uses.entries()) {
    // What was never finished serves nobody.
    if (use.lastUsed !== null && all - bytes <= maxBytes) continue;
    const remove = () => removeTree(use.folder);
    const lease = `cache:${cacheOf(use)}`;
    if (!dryRun && !await ifUnused(lease, leases, remove)) continue;
    removed.push(use.folder.slice(stateRoot.length + 1));
    bytes += sizes[index] ?? 0;
  }
  return { removed, bytes };
}

/** The leases by which jobs lock caches. */
export async function cacheGcLeases(io: Io): Promise<Leases> {
  return openLeases(io.env, {
    pid: Deno.pid,
    pidStarted: await processStartTime(Deno.pid),
  });
}

/** Removes a cache under the lease that jobs take on it; false: one uses it. */
export async function ifUnused(
  name: string,
  leases: Leases,
  remove: () => Promise<void>,
): Promise<boolean> {
  const claim = await leases.claim({ name, runId: "gc", jobId: null });
  if (claim.lease === null) {
    // Gives up the place in the queue.
    await claim.wait(AbortSignal.abort());
    return false;
  }
  using _lease = claim.lease;
  await remove();
  return true;
}
