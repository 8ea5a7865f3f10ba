/**
 * The working tree itself as the workspace of a job.
 *
 * @module
 */
import { capture } from "../snapshot/capture.ts";
import type { Workspace } from "./context.ts";

/** What is known of the working tree. */
export interface SourceOptions {
  readonly stateRoot: string;
  readonly sourceRoot: string;
  /** The tree that was captured for the run. */
  readonly tree: string;
  readonly snapshot: {
    readonly include: readonly string[];
    readonly exclude: readonly string[];
  };
}

/** Lets a job run in the working tree, and says at its end whether that is still the same. */
export function sourceWorkspace(options: SourceOptions): Workspace {
  const { stateRoot, sourceRoot, tree, snapshot } = options;
  return {
    path: sourceRoot,
    env: {},
    mode: "source",
    async release({ fact }) {
      const after = await capture({ sourceRoot, stateRoot, ...snapshot });
      fact("source_tree_at_end", after.tree);
      return after.tree === tree ? [] : [
        "It ran in the working tree, which is not the same at its end as in the snapshot",
      ];
    },
  };
}
