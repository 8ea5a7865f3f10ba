/** Closes the runs that a crash cut off. */
import { interruption } from "../model/interruption.ts";
import type { ActiveRun, RunOwner, Store } from "./store.ts";
import { StoreError } from "./store_error.ts";

/** What closing needs to know of this machine. */
export interface CloseOptions {
  /** Whether the process that owns a run still lives. */
  readonly isAlive: (owner: RunOwner) => boolean | Promise<boolean>;
  /** Ends what a run left behind, before it is closed; default: nothing. */
  readonly reap?: (run: ActiveRun) => void | Promise<void>;
  /** The clock; default: the system's. */
  readonly now?: () => Date;
}

/**
 * Closes every run that has not ended and whose process is gone, as
 * "interrupted". Returns the ids of those that this call closed.
 *
 * Two processes may do it at once: each run is closed once.
 */
export async function closeInterrupted(
  store: Store,
  options: CloseOptions,
): Promise<readonly string[]> {
  const closed: string[] = [];
  for (const owner of store.active()) {
    if (await options.isAlive(owner)) continue;
    const { run_id } = owner;
    const run = store.activeRun(run_id);
    if (run === null) continue;
    await options.reap?.(run);
    if (close(store, run_id, options.now?.() ?? new Date())) {
      closed.push(run_id);
    }
  }
  return closed;
}

function close(store: Store, runId: string, now: Date): boolean {
  try {
    return store.appendAll(
      runId,
      (record, last) =>
        interruption(record, { now, lastSeen: new Date(last.at) }),
    ).length > 0;
  } catch (error) {
    if (error instanceof StoreError && error.code === "finished") return false;
    throw error;
  }
}
