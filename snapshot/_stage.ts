/**
 * Brings the private index up to what the working tree holds.
 *
 * @module
 */
import { isAsIndexed, isLarge } from "./_as_indexed.ts";
import { gitFailed, type GitResult } from "./_git.ts";
import { type IndexSummary, readIndex, readIndexSummary } from "./_index.ts";
import {
  list,
  type Listing,
  type ListingRequest,
  readListing,
} from "./_listing.ts";
import { encodeRecords } from "./_path.ts";
import { hiddenChanges } from "./_recent.ts";
import { settle } from "./_settle.ts";
import {
  type FolderLook,
  lookForSpecials,
  type SeenFolder,
} from "./_seen_folders.ts";
import { statPaths } from "./_stat.ts";
import { type Store, storeGit, storeGitOk } from "./_store.ts";
import { quotePaths, SnapshotError } from "./error.ts";

/** A listing that the index was seen to hold exactly. */
export interface Staged {
  /** Digest of the listing. */
  readonly listing: string;
  /** Number of entries; null: some listed paths are not on disk. */
  readonly count: number | null;
  /** How many tracked files the sparse checkout leaves out. */
  readonly sparse: number;
}

/** An index that was brought up to date. */
export interface Staging {
  readonly listing: Listing;
  readonly staged: Staged;
  /** Checksum of the index; undefined: it was changed. */
  readonly unchanged: string | undefined;
  /** What was seen of the folders without a process; null: nobody could look. */
  readonly look: FolderLook | null;
}

/** Above this many new files, one pack is faster to write than a file for each. */
const MANY_NEW = 2000;

/** What is known of the index. */
export interface Known {
  /** What it held the last time. */
  readonly staged: Staged | undefined;
  /** Files whose last change git may not have seen. */
  readonly recent: readonly string[];
  /** Folders as they were seen to be. */
  readonly folders: readonly SeenFolder[];
  /** Its checksum, if all its files were seen in a later second to be as it has them. */
  readonly seen: string | undefined;
}

/** Brings the index up to date. */
export async function stage(
  store: Store,
  request: ListingRequest,
  { staged: known, recent, folders, seen }: Known,
): Promise<Staging> {
  const { sourceRoot } = request;
  const before = readIndexSummary(store.index);
  const git = {
    workTree: sourceRoot,
    index: store.index,
  };
  const hidden = before === undefined
    ? []
    : await hiddenChanges(sourceRoot, recent, store.index);
  // What is not in the index is captured as if it were new.
  if (hidden.length > 0) await forget(store, sourceRoot, hidden);
  const addChanged = async (): Promise<GitResult | undefined> =>
    before === undefined || before.count === 0 ||
      isUnchanged(store, sourceRoot, before, seen)
      ? undefined
      : await storeGit(store, ["add", "-u"], git);
  const looking = settle([list(store, request), addChanged()]);
  // While git looks at the files; they are asked for if nothing has changed.
  const look = seen === undefined ? null : lookForSpecials(request, folders);
  const [listing, added] = await looking;
  if (added !== undefined && added.code !== 0) {
    await dropSpecials(store, request, listing, added);
    await storeGitOk(store, "capture changed files", ["add", "-u"], git);
  }
  const after = readIndexSummary(store.index);
  if (
    known !== undefined && known.count !== null &&
    known.listing === listing.digest && after?.count === known.count
  ) return { listing, staged: known, unchanged: after.checksum, look };

  const listed = await readListing(listing, request);
  const held = heldPaths(store);
  const wanted = new Set(listed.paths);
  const gone = [...held].filter((path) => !wanted.has(path));
  const stats = await statPaths(
    sourceRoot,
    listed.paths.filter((path) => !held.has(path)),
  );
  const fresh: string[] = [];
  const special: string[] = [];
  for (const [path, { kind }] of stats) {
    if (kind === "file" || kind === "link") fresh.push(path);
    if (kind === "special" && listed.tracked.has(path)) special.push(path);
  }
  if (special.length > 0) throw specialRefused(special.sort());
  if (gone.length > 0) {
    await forget(store, sourceRoot, gone);
  }
  if (fresh.length > 0) {
    const packed = fresh.length > MANY_NEW
      ? ["-c", "core.bigFileThreshold=1", "-c", "core.compression=1"]
      : [];
    await storeGitOk(
      store,
      "capture new files",
      [
        ...packed,
        "update-index",
        "-z",
        "--add",
        "--replace",
        "--remove",
        "--stdin",
      ],
      { ...git, stdin: encodeRecords(fresh) },
    );
  }
  const count = readIndexSummary(store.index)?.count ?? 0;
  return {
    listing,
    unchanged: undefined,
    look,
    staged: {
      listing: listing.digest,
      count: count === wanted.size ? count : null,
      sparse: listed.sparse,
    },
  };
}

/** Whether all files can be seen to be as the index has them without asking git. */
function isUnchanged(
  { index: path }: Store,
  sourceRoot: string,
  { count, checksum }: IndexSummary,
  seen: string | undefined,
): boolean {
  if (seen !== checksum || isLarge(count)) return false;
  const index = readIndex(path);
  return index?.checksum === checksum && isAsIndexed(sourceRoot, index);
}

/**
 * Takes special files out of the index, over which `git add -u` fails; refuses
 * those that git tracks, and tells what git said where there are none.
 */
async function dropSpecials(
  store: Store,
  request: ListingRequest,
  listing: Listing,
  failure: GitResult,
): Promise<void> {
  const { tracked } = await readListing(listing, request);
  const stats = await statPaths(request.sourceRoot, [
    ...heldPaths(store),
  ]);
  const specials = [...stats].filter(([, { kind }]) => kind === "special")
    .map(([path]) => path).sort();
  const refused = specials.filter((path) => tracked.has(path));
  if (refused.length > 0) throw specialRefused(refused);
  if (specials.length === 0) {
    throw gitFailed("capture changed files", failure);
  }
  await forget(store, request.sourceRoot, specials);
}

function heldPaths(store: Store): ReadonlySet<string> {
  const held = new Set<string>();
  readIndex(store.index)?.each((entry) => held.add(entry.path()));
  return held;
}

async function forget(
  store: Store,
  sourceRoot: string,
  paths: readonly string[],
): Promise<void> {
  await storeGitOk(store, "forget removed files", [
    ...["update-index", "-z", "--force-remove", "--stdin"],
  ], {
    workTree: sourceRoot,
    index: store.index,
    stdin: encodeRecords(paths),
  });
}

function specialRefused(paths: readonly string[]): SnapshotError {
  return new SnapshotError(
    "special",
    `Cannot capture ${
      quotePaths(paths)
    }: tracked by git, but now a FIFO, a socket or a device, which a snapshot cannot hold; restore it, or remove it from git`,
    { paths },
  );
}
