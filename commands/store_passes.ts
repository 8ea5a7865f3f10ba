/** The store's remembered passes, as the runner takes and leaves them. */
import { join } from "../model/path.ts";
import type { CacheManifest } from "../model/manifest.ts";
import type { ExecuteNode } from "../model/plan.ts";
import type { FoundPass, Passes } from "../runner/passes.ts";
import { artifactFolder } from "../store/artifacts.ts";
import { exists } from "../store/files.ts";
import type { Store } from "../store/store.ts";
import type { SharedPasses } from "./shared_passes.ts";

/** What the passes of a run are made of. */
export interface StorePassesOptions {
  readonly store: Store;
  readonly runId: string;
  /** Tells what went into a job's key. */
  readonly manifest: (jobId: string) => CacheManifest | null;
  /** The passes that machines share; null: they share none. */
  readonly shared: SharedPasses | null;
}

/** Makes the passes of a run. */
export function storePasses(options: StorePassesOptions): Passes {
  const { store, runId, manifest, shared } = options;
  const uploads = new Set<Promise<void>>();
  // Noted all at once: each time costs a transaction.
  const used: string[] = [];
  return {
    async find(node) {
      const key = node.cache_key;
      const pass = key === null
        ? null
        : store.remembered(key) ?? await shared?.take(key) ?? null;
      if (pass === null) return await passOfRun(store, node);
      used.push(pass.key);
      return {
        runId: pass.run_id,
        key: pass.key,
        artifactsFolder: join(store.stateRoot, pass.folder, "artifacts"),
        artifacts: pass.artifacts,
      };
    },
    remember({ cache_key, job_id }, { attempts, artifacts, artifactBytes }) {
      if (cache_key === null) return;
      store.remember({
        key: cache_key,
        job_id,
        run_id: runId,
        host_log: `attempt-${attempts}/host.log`,
        manifest: manifest(job_id),
        artifacts,
        bytes: artifactBytes,
      });
      const pass = store.remembered(cache_key);
      if (shared === null || pass === null) return;
      const upload = shared.give(pass).finally(() => uploads.delete(upload));
      uploads.add(upload);
    },
    async settle() {
      if (used.length > 0) store.used(used.splice(0));
      await Promise.all(uploads);
    },
  };
}

/** What a job left in the run that the plan takes its pass from, as a rerun does. */
async function passOfRun(
  store: Store,
  { job_id, cached_from }: ExecuteNode,
): Promise<FoundPass | null> {
  if (cached_from === null) return null;
  const record = await store.run(cached_from);
  const job = record?.jobs.find(({ id }) => id === job_id);
  if (job === undefined) return null;
  const folder = artifactFolder(store, { run_id: cached_from }, job);
  if (!job.artifacts.every((path) => exists(join(folder, path)))) return null;
  return {
    runId: cached_from,
    key: "",
    artifactsFolder: folder,
    artifacts: job.artifacts,
  };
}
