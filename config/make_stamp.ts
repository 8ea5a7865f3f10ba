/** Leaving the stamp of a passed type-check. */
import type { ModuleGraph } from "./module_graph.ts";
import { reachesFurther, scopeFiles } from "./scope.ts";
import { digest, type Env, type Stamp, stampPath } from "./stamp.ts";
import { writeState } from "./_state.ts";

/** What a stamp stands for. */
export interface Checked {
  /** The modules of the config. */
  readonly graph: ModuleGraph;
  /** Path of the lock file, if it has another name than usual or lies elsewhere. */
  readonly lock: string | null;
  /** Whether the config comes to the same each time it is imported. */
  readonly pure: boolean;
}

/** Returns the stamp that a check of this graph may leave; null: none. */
export async function makeStamp(
  { graph, lock, pure }: Checked,
  env: Env,
): Promise<Stamp | null> {
  const paths = new Set([
    ...graph.local,
    ...graph.cached,
    ...scopeFiles(graph.local),
    ...(lock === null ? [] : [lock]),
  ]);
  const sorted = [...paths].toSorted();
  const text = new TextDecoder();
  // Whether the digest stands for all that Deno reads.
  let complete = true;
  const hex = await digest(sorted, env, (path, content) => {
    if (path.endsWith(".json") || path.endsWith(".jsonc")) {
      complete &&= !reachesFurther(path, text.decode(content));
    }
  });
  if (!graph.stable || !complete) return null;
  return { digest: hex, paths: sorted, names: graph.names, pure };
}

/** Digest of what a check reads and does not itself change: all but the lock. */
export async function digestOfModules(
  { local, cached }: ModuleGraph,
  env: Env,
): Promise<string> {
  const scope = scopeFiles(local).filter((path) => !path.endsWith(".lock"));
  return await digest([...local, ...cached, ...scope], env);
}

/** Keeps a stamp; a state folder that can't be written costs only time. */
export async function keepStamp(
  stateRoot: string,
  configPath: string,
  stamp: Stamp,
): Promise<void> {
  try {
    const path = await stampPath(stateRoot, configPath);
    await writeState(stateRoot, path, JSON.stringify(stamp));
  } catch {
    // The verb itself says what is wrong with the folder when it needs it.
  }
}
