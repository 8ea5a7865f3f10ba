/**
 * Walks the working tree for what git does not list: FIFOs, sockets and
 * devices, which a snapshot cannot hold; and folders that files came to or went
 * from, which spare a second listing where there are none.
 *
 * @module
 */
import { join } from "../model/path.ts";
import { userGit } from "./_git.ts";
import type { ListingRequest } from "./_listing.ts";
import { decodeRecords, encodeRecords } from "./_path.ts";
import { type Store, storeGit } from "./_store.ts";

/** What a walk found. */
export interface Walked {
  /** Paths of special files that no ignore rule hides, sorted. */
  readonly specials: readonly string[];
  /** Whether any folder got or lost an entry since `prepareWalk`. */
  readonly moved: boolean;
}

/** How much the times of files may lag behind the clock, in seconds. */
const SLACK_SECS = 0.05;

/** Marks the moment from which on `walk` looks for folders that changed. */
export function prepareWalk(store: Store): void {
  const path = stampPath(store);
  Deno.writeTextFileSync(path, "");
  const moment = Date.now() / 1000 - SLACK_SECS;
  Deno.utimeSync(path, moment, moment);
}

/** Walks the working tree, but no `.git` and not the state folder. */
export async function walk(
  store: Store,
  { sourceRoot, statePath }: ListingRequest,
): Promise<Walked> {
  const state = statePath === undefined
    ? []
    : ["-o", "-path", `./${statePath.replace(/[\\*?[\]]/g, "\\$&")}`];
  const { find }: typeof import("./_find.ts") = await import(
    import.meta.resolve("./_find.ts")
  );
  const found = await find(sourceRoot, [
    ...["(", "-name", ".git", ...state, ")", "-prune", "-o"],
    // Folders are told from special files by being named twice.
    ...["-type", "d", "-cnewer", stampPath(store), "-print0", "-print0", "-o"],
    ...["!", "-type", "f", "!", "-type", "d", "!", "-type", "l"],
  ]);
  const specials = found.filter((path, i) =>
    path !== found[i + 1] && path !== found[i - 1]
  );
  return {
    specials: await withoutIgnored(store, sourceRoot, specials),
    moved: specials.length < found.length,
  };
}

/** The special files alone; `found` is what `lookForSpecials` found of them. */
export async function findSpecials(
  store: Store,
  request: ListingRequest,
  found: readonly string[] | null,
): Promise<readonly string[]> {
  return found === null
    ? (await walk(store, request)).specials
    : await withoutIgnored(store, request.sourceRoot, found);
}

async function withoutIgnored(
  store: Store,
  sourceRoot: string,
  paths: readonly string[],
): Promise<readonly string[]> {
  if (paths.length === 0) return paths;
  const stdin = encodeRecords(paths);
  const args = ["check-ignore", "-z", "--stdin"];
  const byUser = await userGit(args, { cwd: sourceRoot, stdin });
  // 0: some are ignored, 1: none, 128: no repository, or a path inside a submodule.
  const result = byUser.code < 2 ? byUser : await storeGit(store, args, {
    workTree: sourceRoot,
    index: `${store.dir}/no-index`,
    stdin,
  });
  const ignored = new Set(decodeRecords(result.stdout));
  return paths.filter((path) => !ignored.has(path)).toSorted();
}

function stampPath(store: Store): string {
  return join(store.dir, "pikaci", "walk");
}
