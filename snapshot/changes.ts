/**
 * Lists the files that differ between a base and a snapshot.
 *
 * @module
 */
import { normalize } from "../model/path.ts";
import type { Base, Changes, Snapshot } from "../model/snapshot.ts";
import { chosenBase, defaultBase } from "./_base.ts";
import { lock, storeLock } from "./_lock.ts";
import { readRecord } from "./_record.ts";
import { settle } from "./_settle.ts";
import { storeOf } from "./_store.ts";
import { readWorkingTree, type WorkingTree } from "./working_tree.ts";

/** What a snapshot is to be compared with. */
export type ChangesRequest =
  /** The merge base with the default branch; on it, the first parent. */
  | { readonly kind: "default" }
  /** A commit, by any name that git knows. */
  | { readonly kind: "ref"; readonly ref: string }
  /** Nothing: these files count as changed. */
  | { readonly kind: "list"; readonly files: readonly string[] }
  /** Nothing: every file counts as changed. */
  | { readonly kind: "all" };

/** What to compare. */
export interface ChangesOptions {
  /** The folder that was captured. */
  readonly sourceRoot: string;
  /** pikaci's state folder, which holds the snapshot. */
  readonly stateRoot: string;
  readonly snapshot: Snapshot;
  readonly request: ChangesRequest;
  /** What was read for the capture and this request; default: it is read now. */
  readonly workingTree?: WorkingTree;
}

/**
 * Compares a snapshot with a base, as git itself sees content.
 *
 * Untracked files count as changed, a renamed file with both its names.
 * Rejects with a `SnapshotError` for a base that does not exist.
 */
export async function changes(options: ChangesOptions): Promise<Changes> {
  const { stateRoot, snapshot, request } = options;
  if (request.kind === "all") {
    return everything(
      "all",
      "Every file counts as changed, as asked with --all",
    );
  }
  if (request.kind === "list") {
    const files = [
      ...new Set(
        request.files.filter((path) => path !== "").map((path) =>
          normalize(path)
        ),
      ),
    ].sort();
    const count = files.length === 1 ? "1 file" : `${files.length} files`;
    return {
      base: base(
        "list",
        `The ${count} given with --changed-files count as changed`,
      ),
      files,
    };
  }
  const {
    workingTree = readWorkingTree(
      options.sourceRoot,
      options.stateRoot,
      request,
    ),
  } = options;
  const store = storeOf(stateRoot);
  const [repository, branch, commit] = await settle([
    workingTree.repository,
    workingTree.defaultBranch,
    workingTree.chosenCommit,
  ]);
  const chosen = request.kind === "ref"
    ? chosenBase(repository, request.ref, commit)
    : await defaultBase(repository, branch, store);
  if (repository === null || chosen.commit === null) {
    return { base: chosen, files: null };
  }
  await using _reading = await lock(storeLock(stateRoot), "shared");
  const { exclude, sparse } = await readRecord(store, snapshot.tree);
  const { compare }: typeof import("./_compare.ts") = await import(
    import.meta.resolve("./_compare.ts")
  );
  const files = await compare({
    store,
    repository,
    commit: chosen.commit,
    tree: snapshot.tree,
    exclude,
    sparse,
  });
  return { base: chosen, files };
}

function everything(kind: Base["kind"], reason: string): Changes {
  return { base: base(kind, reason), files: null };
}

function base(kind: Base["kind"], reason: string): Base {
  return { kind, ref: null, commit: null, reason };
}
