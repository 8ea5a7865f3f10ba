/** The executors of one run: loaded when first needed, once. */
import type { Executor, ExecutorOptions } from "../executors/executor.ts";
import { executorKey, runtimeRow } from "../executors/table.ts";
import type { CatalogRuntime } from "../model/catalog.ts";

/** The executors of one run. */
export class RunExecutors {
  readonly #options: ExecutorOptions;
  readonly #executors = new Map<string, Promise<Executor>>();

  /** Loads none yet. */
  constructor(options: ExecutorOptions) {
    this.#options = options;
  }

  /** The executor of a runtime; rejects when it cannot be loaded. */
  open(runtime: CatalogRuntime): Promise<Executor> {
    const key = executorKey(runtime);
    const known = this.#executors.get(key) ??
      runtimeRow(runtime.kind).load(runtime, this.#options);
    this.#executors.set(key, known);
    return known;
  }

  /** Waits for what they still have under way, such as deletions. */
  async settle(): Promise<void> {
    for (const executor of this.#executors.values()) {
      // One that could not be made has failed its jobs already.
      await (await executor.catch(() => null))?.settle?.();
    }
  }
}
