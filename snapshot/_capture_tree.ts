/**
 * Writes the tree of a working tree, and sees to it that nothing moved meanwhile.
 *
 * @module
 */
import type { Comparison } from "./_compare.ts";
import {
  list,
  type Listing,
  type ListingRequest,
  readListing,
} from "./_listing.ts";
import { type Memory, readMemory, writeMemory } from "./_memory.ts";
import { decodeRecords } from "./_path.ts";
import { isPast } from "./_recent.ts";
import { writeRecord } from "./_record.ts";
import type { Repository } from "./_repository.ts";
import { settle } from "./_settle.ts";
import { findSpecials, prepareWalk, walk } from "./_specials.ts";
import { stage } from "./_stage.ts";
import { isEmpty, keepTree, type Store, storeGitOk } from "./_store.ts";
import type { Summary } from "./_summary.ts";
import { quotePaths, SnapshotError } from "./error.ts";

/** A tree that was written. */
export interface CapturedTree {
  readonly tree: string;
  readonly summary: Summary;
  /** How many tracked files the sparse checkout leaves out. */
  readonly sparse: number;
  /** Whether it differs from the commit that is checked out; null: no repository. */
  readonly dirty: boolean | null;
  /** Special files, which it cannot hold; sorted. */
  readonly specials: readonly string[];
  /** Whether it rests on objects that the user's repository lends the store. */
  readonly lent: boolean;
}

/** How often files that moved are captured again. */
const RECAPTURES = 3;

/** Captures until nothing moved while it was read. */
export async function captureTree(
  store: Store,
  request: ListingRequest,
  repository: Promise<Repository | null>,
): Promise<CapturedTree> {
  const { sourceRoot, exclude } = request;
  const memory = await readMemory(store, sourceRoot);
  const attached = isEmpty(store) &&
    await lend(store, await repository);
  let known = memory?.staged;
  let recent = memory?.recent ?? [];
  let moved: readonly string[] = [];
  for (let round = 0; round <= RECAPTURES; round++) {
    const start = Date.now();
    prepareWalk(store);
    const seen = round === 0 && memory?.recent.length === 0
      ? memory.summary.checksum
      : undefined;
    const staging = await stage(store, request, {
      staged: known,
      recent,
      folders: memory?.folders ?? [],
      seen,
    });
    const { listing, staged, look } = staging;
    if (
      memory !== undefined && round === 0 &&
      staging.unchanged === memory.summary.checksum
    ) {
      const found = look?.specials ?? null;
      const specials = await findSpecials(store, request, found);
      const folders = look?.folders ?? memory.folders;
      const before = { memory, folders, start, specials };
      return await captureSame(store, before, await repository);
    }
    const { describe }: typeof import("./_describe.ts") = await import(
      import.meta.resolve("./_describe.ts")
    );
    const tree = await writeTree(store, sourceRoot);
    const captured = { store, tree, exclude, sparse: staged.sparse > 0 };
    const [walked, changed, described, dirty] = await settle([
      walk(store, request),
      changedFiles(store, sourceRoot),
      describe(store, sourceRoot, memory),
      isDirty(captured, await repository),
    ]);
    known = staged;
    recent = described.recent;
    const { summary, hidden } = described;
    moved = [
      ...changed,
      ...hidden,
      ...walked.moved ? await differences(store, request, listing) : [],
    ];
    if (moved.length > 0) continue;
    const head = (await repository)?.head ?? null;
    const left = isPast(store.index, start) ? [] : recent;
    const folders = look?.folders ?? memory?.folders ?? [];
    await remember(store, {
      ...{ sourceRoot, exclude, tree, head, dirty, staged, summary, folders },
      recent: left,
    }, memory);
    const { specials } = walked;
    const { sparse } = staged;
    return { tree, summary, sparse, dirty, specials, lent: attached };
  }
  const paths = [...new Set(moved)].sort();
  throw new SnapshotError(
    "moved",
    `Cannot capture ${quotePaths(paths)}: changed again during each of ${
      RECAPTURES + 1
    } attempts; stop what writes there, or leave it out with snapshot.exclude or .gitignore`,
    { paths },
  );
}

async function lend(
  store: Store,
  repository: Repository | null,
): Promise<boolean> {
  const { attach }: typeof import("./_attach.ts") = await import(
    import.meta.resolve("./_attach.ts")
  );
  return await attach(store, repository);
}

/**
 * Answers with the tree of the last capture. Each file was seen to be as that
 * one read it, so all of them were so together at the start of this one.
 */
async function captureSame(
  store: Store,
  { memory, folders, start, specials }: {
    readonly memory: Memory;
    readonly folders: Memory["folders"];
    /** When the capture started. */
    readonly start: number;
    readonly specials: readonly string[];
  },
  repository: Repository | null,
): Promise<CapturedTree> {
  const { tree, summary, staged, exclude } = memory;
  const head = repository?.head ?? null;
  const sparse = staged.sparse > 0;
  const dirty = head === memory.head && (repository === null) ===
      (memory.dirty === null)
    ? memory.dirty
    : await isDirty({ store, tree, exclude, sparse }, repository);
  const recent = isPast(store.index, start) ? [] : memory.recent;
  await remember(store, { ...memory, head, dirty, recent, folders }, memory);
  const lent = false;
  return { tree, summary, sparse: staged.sparse, dirty, specials, lent };
}

/** Keeps the tree, and what the next capture can use. */
async function remember(
  store: Store,
  memory: Memory,
  old: Memory | undefined,
): Promise<void> {
  const { tree, summary, exclude, staged } = memory;
  await settle([
    keepTree(store, tree),
    writeRecord(store, tree, {
      modes: summary.modes,
      exclude,
      sparse: staged.sparse > 0,
    }),
    writeMemory(store, memory, old),
  ]);
}

async function isDirty(
  captured: Pick<Comparison, "store" | "tree" | "exclude" | "sparse">,
  repository: Repository | null,
): Promise<boolean | null> {
  if (repository === null) return null;
  const { head: commit } = repository;
  // Without a commit there is nothing that it could be equal to.
  if (commit === null) return true;
  const { compare }: typeof import("./_compare.ts") = await import(
    import.meta.resolve("./_compare.ts")
  );
  const comparison = { ...captured, repository, commit, any: true };
  return (await compare(comparison)).length > 0;
}

async function writeTree(store: Store, sourceRoot: string): Promise<string> {
  const written = await storeGitOk(
    store,
    "write the snapshot's tree",
    ["write-tree"],
    { workTree: sourceRoot, index: store.index },
  );
  return new TextDecoder().decode(written).trim();
}

/** Files that differ from the index, or whose times do. */
async function changedFiles(
  store: Store,
  sourceRoot: string,
): Promise<readonly string[]> {
  return decodeRecords(
    await storeGitOk(
      store,
      "check for changes during the capture",
      ["diff-files", "-z", "--name-only"],
      { workTree: sourceRoot, index: store.index },
    ),
  );
}

/** Paths that a new listing has and the one before has not, or the reverse. */
async function differences(
  store: Store,
  request: ListingRequest,
  before: Listing,
): Promise<readonly string[]> {
  const after = await list(store, request);
  if (before.digest === after.digest) return [];
  const [a, b] = await settle([
    readListing(before, request),
    readListing(after, request),
  ]);
  const differing = new Set(a.paths).symmetricDifference(new Set(b.paths));
  return differing.size > 0 ? [...differing] : ["."];
}
