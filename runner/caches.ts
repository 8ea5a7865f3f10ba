/**
 * Caches: named folders that outlive runs, found by key and fallback keys.
 *
 * `cache/SCOPE/ID/KEY/` under the state folder holds `data/`, which the job
 * sees, and `entry.json`. A job uses a cache alone: a lease on the folder of
 * all its keys keeps others out, across processes.
 *
 * @module
 */
import { dirname, join } from "../model/path.ts";
import type { CatalogCache } from "../model/catalog.ts";
import type { SnapshotFile } from "../model/snapshot.ts";

/** What a cache is shared by in a run. */
export interface CacheUser {
  /** The job. */
  readonly jobId: string;
  /** The target; null: jobs were asked for by name. */
  readonly targetId: string | null;
  /** Whose repository it is, on a host that others use; null: the state folder is the repository's own. */
  readonly owner: string | null;
}

/** What is known of one key's folder. */
export interface CacheEntry {
  /** Version of this form. */
  readonly schema_version: 1;
  /** Fixed part of the key. */
  readonly key: string;
  /** When it was last used: RFC 3339. */
  readonly last_used: string;
}

/** A cache's folder, ready for a job. */
export interface OpenedCache {
  /** Absolute path of the folder that the job sees. */
  readonly path: string;
  /** What was found. */
  readonly found: "exact" | "fallback" | "nothing";
}

/** The folder of a cache with all its keys, relative to the state folder's `cache/`. */
export function cacheFolder(cache: CatalogCache, user: CacheUser): string {
  const shared = sharedBy(cache, user);
  return user.owner === null
    ? `${shared}/${cache.id}`
    : `${user.owner}-${shared}/${cache.id}`;
}

function sharedBy({ scope }: CatalogCache, user: CacheUser): string {
  switch (scope) {
    case "repository":
      return "repository";
    case "target":
      return user.targetId === null
        ? `job-${user.jobId}`
        : `target-${user.targetId}`;
    case "job":
      return `job-${user.jobId}`;
  }
}

/**
 * Names a repository among those that use a host: its state folder on its
 * machine. Leases are of one machine, so what is shared with another could be
 * used by two jobs at once.
 */
export async function cacheOwner(
  machine: string,
  stateRoot: string,
): Promise<string> {
  return await shortHash([machine, stateRoot]);
}

/** The key of a cache for these key files of the snapshot, as a name of a folder. */
export async function cacheKey(
  cache: CatalogCache,
  files: readonly SnapshotFile[],
): Promise<string> {
  return await shortHash([
    cache.key,
    files.map(({ path, mode, oid }) => [path, mode, oid]),
  ]);
}

async function shortHash(parts: readonly unknown[]): Promise<string> {
  const hash = await crypto.subtle.digest(
    "SHA-256",
    new TextEncoder().encode(JSON.stringify(parts)),
  );
  return Array.from(
    new Uint8Array(hash, 0, 16),
    (byte) => byte.toString(16).padStart(2, "0"),
  ).join("");
}

/** How a cache is opened. */
export interface OpenCacheOptions {
  /** Absolute path of the folder with all keys of the cache. */
  readonly folder: string;
  /** The key, as a name of a folder. */
  readonly key: string;
  readonly cache: CatalogCache;
  readonly now: Date;
  /** Copies a folder with all in it, as cheaply as the disk can. */
  readonly copy: (from: string, to: string) => Promise<void>;
}

/** Finds or makes the folder of a key; the caller holds the cache's lease. */
export async function openCache(
  { folder, key, cache, now, copy }: OpenCacheOptions,
): Promise<OpenedCache> {
  const home = join(folder, key);
  const path = join(home, "data");
  const entry: CacheEntry = {
    schema_version: 1,
    key: cache.key,
    last_used: now.toISOString(),
  };
  let found: OpenedCache["found"] = "exact";
  // The entry is written last: a folder without one was never finished.
  if (await readEntry(home) === null) {
    await removeFolder(home);
    const older = await fallback(folder, cache.fallbackKeys);
    if (older === null) {
      found = "nothing";
      await Deno.mkdir(path, { recursive: true });
    } else {
      found = "fallback";
      const draft = await newDraft(folder);
      await copy(join(folder, older, "data"), draft);
      await Deno.mkdir(home, { recursive: true });
      await Deno.rename(draft, path);
    }
  }
  await writeEntry(home, entry);
  return { path, found };
}

const draftPrefix = ".draft-";

/**
 * A name for a copy that is being made, as no other has: the process that makes
 * one may outlive a pikaci that is killed. What others left goes, as far as it can.
 */
async function newDraft(folder: string): Promise<string> {
  for (const name of await folders(folder)) {
    if (!name.startsWith(draftPrefix)) continue;
    // One that is still written to goes the next time.
    await Deno.remove(join(folder, name), { recursive: true }).catch(() => {});
  }
  return join(folder, `${draftPrefix}${crypto.randomUUID()}`);
}

/** A cache's folder of one key, for those who show or free space. */
export interface CacheUse {
  /** Absolute path of the folder of the key. */
  readonly folder: string;
  /** When it was last used: RFC 3339; null: never finished. */
  readonly lastUsed: string | null;
}

/** How far ahead of the clock a time may be, in milliseconds. */
const aheadMs = 3_600_000;

/**
 * All folders of keys under `cache/`, the least recently used first. A use in
 * the future was before the clock was set back: such ones come before all others.
 */
export async function listCaches(
  root: string,
  now: Date,
): Promise<readonly CacheUse[]> {
  const latest = new Date(now.getTime() + aheadMs).toISOString();
  const rank = ({ lastUsed }: CacheUse): string =>
    lastUsed === null ? "" : `${lastUsed > latest ? 1 : 2} ${lastUsed}`;
  const uses: CacheUse[] = [];
  for (const scope of await folders(root)) {
    for (const id of await folders(join(root, scope))) {
      for (const key of await folders(join(root, scope, id))) {
        const folder = join(root, scope, id, key);
        const entry = await readEntry(folder);
        uses.push({ folder, lastUsed: entry?.last_used ?? null });
      }
    }
  }
  return uses.toSorted((a, b) => rank(a) < rank(b) ? -1 : 1);
}

/** The folder with all keys that a key's folder belongs to. */
export function cacheOf(use: CacheUse): string {
  return dirname(use.folder);
}

/** The newest folder whose fixed key is the first of the keys that has one. */
async function fallback(
  folder: string,
  keys: readonly string[],
): Promise<string | null> {
  if (keys.length === 0) return null;
  const entries: { readonly name: string; readonly entry: CacheEntry }[] = [];
  for (const name of await folders(folder)) {
    const entry = await readEntry(join(folder, name));
    if (entry !== null) entries.push({ name, entry });
  }
  for (const key of keys) {
    const [newest] = entries.filter(({ entry }) => entry.key === key)
      .toSorted((a, b) => a.entry.last_used < b.entry.last_used ? 1 : -1);
    if (newest !== undefined) return newest.name;
  }
  return null;
}

async function readEntry(home: string): Promise<CacheEntry | null> {
  let text: string;
  try {
    text = await Deno.readTextFile(join(home, "entry.json"));
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return null;
    throw error;
  }
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value !== "object" || value === null) return null;
    const { key, last_used } = { key: null, last_used: null, ...value };
    return typeof key === "string" && typeof last_used === "string"
      ? { schema_version: 1, key, last_used }
      : null;
  } catch {
    // Half written by a crash.
    return null;
  }
}

async function writeEntry(home: string, entry: CacheEntry): Promise<void> {
  const path = join(home, "entry.json");
  await Deno.writeTextFile(`${path}.tmp`, JSON.stringify(entry));
  await Deno.rename(`${path}.tmp`, path);
}

async function folders(path: string): Promise<readonly string[]> {
  try {
    const names: string[] = [];
    for await (const { name, isDirectory } of Deno.readDir(path)) {
      if (isDirectory) names.push(name);
    }
    return names.toSorted();
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return [];
    throw error;
  }
}

async function removeFolder(path: string): Promise<void> {
  try {
    await Deno.remove(path, { recursive: true });
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
}
