/** Whether a job's pass is taken from the cache. */
import type { CatalogJob } from "../model/catalog.ts";
import type { Reason } from "../model/plan.ts";
import { type CacheKeys, rememberable } from "./cache_key.ts";

/** What is known of the cache. */
export interface CacheInput {
  /** The keys of the catalog's jobs. */
  readonly keys: CacheKeys;
  /** Whether passes are taken and remembered at all. */
  readonly use: boolean;
  /** Whether a job runs even when its pass is remembered. */
  readonly forced: (jobId: string) => boolean;
  /** The run whose pass has a key; null: none. */
  readonly remembered: (key: string) => { readonly run_id: string } | null;
}

/** How a job fares with the cache. */
export interface CacheResult {
  /** Key of its pass; null: it is not remembered. */
  readonly key: string | null;
  /** Run whose pass is taken; null: it runs. */
  readonly from: string | null;
  /** Why; empty where the cache has nothing to say. */
  readonly reasons: readonly Reason[];
  /** What the user should know; null: nothing. */
  readonly notice: string | null;
}

/** Decides for a job that is to run. */
export function decideCache(job: CatalogJob, cache: CacheInput): CacheResult {
  if (!cache.use || job.inputs === null) return unremembered(null);
  if (!rememberable(job)) {
    return unremembered(
      `Job "${job.id}" runs in the working tree itself, so its pass is not remembered although it declares inputs`,
    );
  }
  if (cache.keys.inputFiles(job.id) === 0) {
    return unremembered(
      `No file matches the inputs of job "${job.id}" (${
        job.inputs.join(", ")
      }), so its pass is not remembered`,
    );
  }
  const key = cache.keys.key(job.id);
  if (cache.forced(job.id)) {
    return keyed(key, null, "forced", "forced to run");
  }
  const pass = cache.remembered(key);
  return pass === null
    ? keyed(key, null, "cache_miss", "no pass with these inputs is remembered")
    : keyed(
      key,
      pass.run_id,
      "cache_hit",
      `passed with the same inputs in ${pass.run_id}`,
    );
}

function unremembered(notice: string | null): CacheResult {
  return { key: null, from: null, reasons: [], notice };
}

function keyed(
  key: string,
  from: string | null,
  kind: Reason["kind"],
  message: string,
): CacheResult {
  const reason = { kind, message, path: null, pattern: null };
  return { key, from, reasons: [reason], notice: null };
}
