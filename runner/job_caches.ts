/**
 * The caches of a job: which folders it locks, and how it finds them.
 *
 * @module
 */
import { join } from "../model/path.ts";
import { loadMatcher } from "../globs/pattern.ts";
import type { Host } from "../hosts/host.ts";
import { machineName } from "../hosts/machine.ts";
import type { CatalogCache } from "../model/catalog.ts";
import type { ExecuteNode } from "../model/plan.ts";
import type { SnapshotFile } from "../model/snapshot.ts";
import { CACHE_DIR } from "../model/state_paths.ts";
import { machineOf } from "./_host_slots.ts";
import { openRemoteCache } from "./_remote_cache.ts";
import { cacheFolder, cacheKey, cacheOwner, openCache } from "./caches.ts";
import type { RunContext } from "./context.ts";
import type { JobMaterials } from "./materials.ts";
import type { LeaseWish } from "./node_run.ts";

/** The locks on a job's caches, by name: one job uses a cache at a time. */
export async function cacheLeases(
  node: ExecuteNode,
  context: RunContext,
): Promise<readonly LeaseWish[]> {
  const host = await context.host(node.host);
  return (await folders(node, host, context)).map(({ cache, folder }) => ({
    what: "cache",
    name: cache.id,
    lease: host.kind === "local"
      ? `cache:${folder}`
      : `cache:${machineOf(node.host, context)}:${folder}`,
  })).toSorted((a, b) => a.lease < b.lease ? -1 : 1);
}

/** Finds or makes the folders of a job's caches; their leases are held. */
export async function openCaches(
  node: ExecuteNode,
  notes: readonly string[],
  context: RunContext,
): Promise<Pick<JobMaterials, "caches" | "notes">> {
  const caches: Record<string, string> = {};
  const all = [...notes];
  const host = await context.host(node.host);
  for (const { cache, folder } of await folders(node, host, context)) {
    const files = cache.keyFiles.length === 0 ? [] : await context.files();
    const key = await cacheKey(cache, await keyFiles(cache, files));
    const { path, found } = host.kind === "local"
      ? await openCache({
        folder,
        key,
        cache,
        now: new Date(context.now()),
        copy: context.copyFolder,
      })
      : await openRemoteCache(host, { folder, key, cache });
    caches[cache.env] = path;
    if (host.kind === "local") context.usedCaches.add(join(folder, key));
    all.push(`Acquired cache ${cache.id} as ${cache.env}: ${words[found]}`);
  }
  return { caches, notes: all };
}

const words = {
  exact: "found",
  fallback: "started from an older key",
  nothing: "new and empty",
} as const;

async function keyFiles(
  { keyFiles }: CatalogCache,
  files: readonly SnapshotFile[],
): Promise<readonly SnapshotFile[]> {
  if (keyFiles.length === 0) return [];
  const match = await loadMatcher(keyFiles);
  return files.filter(({ path }) => match(path) !== null);
}

async function folders(
  { job }: ExecuteNode,
  host: Host,
  { caches, targetId, stateRoot }: RunContext,
): Promise<
  readonly { readonly cache: CatalogCache; readonly folder: string }[]
> {
  if (job.caches.length === 0) return [];
  const owner = host.kind === "local"
    ? null
    : await cacheOwner(await machineName(), stateRoot);
  const user = { jobId: job.id, targetId, owner };
  return job.caches.flatMap((id) => {
    const cache = caches.get(id);
    if (cache === undefined) return [];
    const folder = join(host.stateRoot, CACHE_DIR, cacheFolder(cache, user));
    return [{ cache, folder }];
  });
}
