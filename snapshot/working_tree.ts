/**
 * What git says of a working tree, read once for its capture and for what the
 * capture is compared with.
 *
 * @module
 */
import { resolveCommit } from "./_base.ts";
import { type DefaultBranch, readDefaultBranch } from "./_default_branch.ts";
import { rememberedRepository } from "./_remembered_repository.ts";
import type { Repository } from "./_repository.ts";
import type { ChangesRequest } from "./changes.ts";

/** What git says of a working tree; the promises may not have settled yet. */
export interface WorkingTree {
  /** The repository around it; null: none. */
  readonly repository: Promise<Repository | null>;
  /** The default branch; null: none was found, or it is not needed. */
  readonly defaultBranch: Promise<DefaultBranch | null>;
  /** The commit that was asked for; null: there is none of that name, or none was. */
  readonly chosenCommit: Promise<string | null>;
}

/** Starts to read what a capture and its comparison need. */
export function readWorkingTree(
  sourceRoot: string,
  stateRoot: string,
  request: ChangesRequest,
): WorkingTree {
  const root = Promise.try(() => Deno.realPathSync(sourceRoot));
  const repository = root.then((folder) =>
    rememberedRepository(folder, stateRoot)
  );
  const defaultBranch = request.kind === "default"
    ? repository.then((found) =>
      found === null ? null : readDefaultBranch(found)
    )
    : Promise.resolve(null);
  const chosenCommit = request.kind !== "ref"
    ? Promise.resolve(null)
    : request.ref === "HEAD"
    ? repository.then((found) => found?.head ?? null)
    : root.then((folder) => resolveCommit(folder, request.ref));
  // Who needs them hears of their failures; a capture may fail before.
  for (const reading of [repository, defaultBranch, chosenCommit]) {
    reading.catch(() => {});
  }
  return { repository, defaultBranch, chosenCommit };
}
