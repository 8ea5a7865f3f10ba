/**
 * Captures the working tree as a git tree.
 *
 * Tracked and untracked files that no ignore rule hides are stored byte for
 * byte in pikaci's own git folder; the user's repository is only read. What it
 * costs follows from what changed since the last capture.
 *
 * @module
 */
import { isAbsolute, relative } from "../model/path.ts";
import type { Snapshot } from "../model/snapshot.ts";
import { captureTree } from "./_capture_tree.ts";
import type { ListingRequest } from "./_listing.ts";
import { captureLock, lock, storeLock } from "./_lock.ts";
import { beginWriting, endWriting, isSuspect, mend, suspect } from "./_mend.ts";
import { readRepository, type Repository } from "./_repository.ts";
import { settle } from "./_settle.ts";
import { ensureStore, type Store, storeOf } from "./_store.ts";
import { quotePaths, SnapshotError, stateError } from "./error.ts";
import type { WorkingTree } from "./working_tree.ts";

/** What to capture, and where to keep it. */
export interface CaptureOptions {
  /** The folder to capture, in a git repository or not. */
  readonly sourceRoot: string;
  /** pikaci's state folder; never part of a snapshot. */
  readonly stateRoot: string;
  /** Globs of files to capture although they are ignored. */
  readonly include: readonly string[];
  /** Globs of files to leave out; they win over `include`. */
  readonly exclude: readonly string[];
  /** What git says of the working tree; default: it is read now. */
  readonly workingTree?: WorkingTree;
  /**
   * Gets what makes the first snapshot independent of the user's repository, to
   * wait for before the process ends; it never rejects. Default: it is waited
   * for before the snapshot is given.
   */
  readonly later?: (work: Promise<void>) => void;
}

/** Captures a working tree; rejects with a `SnapshotError` for the user. */
export async function capture(options: CaptureOptions): Promise<Snapshot> {
  try {
    return await captureAlone(options);
  } catch (error) {
    throw await stateError(options.stateRoot, error);
  }
}

/** Captures while no other process does. */
async function captureAlone(options: CaptureOptions): Promise<Snapshot> {
  const request = resolveRequest(options);
  const { stateRoot } = request;
  await using _capturing = await lock(captureLock(stateRoot), "exclusive");
  try {
    return await captureSafely(
      request,
      options.later,
      options.workingTree?.repository,
    );
  } catch (error) {
    if (!(error instanceof SnapshotError) || error.kind !== "git") throw error;
    // What git stumbled over can be in the store itself: look, and try once more.
    await suspect(storeOf(stateRoot));
    return await captureSafely(request, options.later);
  }
}

/** Captures into a store that was seen to be whole. */
async function captureSafely(
  request: Request,
  later: CaptureOptions["later"],
  repository?: Promise<Repository | null>,
): Promise<Snapshot> {
  const { stateRoot } = request;
  if (await isSuspect(storeOf(stateRoot))) {
    await using _alone = await lock(storeLock(stateRoot), "exclusive");
    await mend(stateRoot);
  }
  await using _reading = await lock(storeLock(stateRoot), "shared");
  const store = await ensureStore(stateRoot);
  beginWriting(store);
  try {
    const { snapshot, lent } = await captureInto(
      store,
      request,
      repository ?? readRepository(request.sourceRoot),
    );
    if (lent) {
      const work = makeIndependent(store, stateRoot);
      if (later === undefined) await work;
      // What fails now is found, and mended, by the next capture.
      else later(work.catch(() => {}));
    }
    return snapshot;
  } finally {
    await endWriting(store);
  }
}

/** Gives the user's repository its objects back, while the store is left as it is. */
async function makeIndependent(
  store: Store,
  stateRoot: string,
): Promise<void> {
  await using _reading = await lock(storeLock(stateRoot), "shared");
  const { detach }: typeof import("./_attach.ts") = await import(
    import.meta.resolve("./_attach.ts")
  );
  await detach(store);
}

async function captureInto(
  store: Store,
  request: Request,
  reading: Promise<Repository | null>,
): Promise<{ readonly snapshot: Snapshot; readonly lent: boolean }> {
  const [repository, captured] = await settle(
    [reading, captureTree(store, request, reading)],
  );
  const { tree, sparse, summary, dirty, specials, lent } = captured;
  const snapshot = {
    tree,
    files: summary.files,
    bytes: summary.bytes,
    git_head: repository?.head ?? null,
    git_dirty: dirty,
    git_branch: repository?.branch ?? null,
    notices: [
      ...summary.notices,
      ...sparseNotices(sparse),
      ...specialNotices(specials),
    ],
  };
  return { snapshot, lent };
}

type Request = ListingRequest & { readonly stateRoot: string };

function resolveRequest(options: CaptureOptions): Request {
  const { include, exclude } = options;
  Deno.mkdirSync(options.stateRoot, { recursive: true });
  const sourceRoot = Deno.realPathSync(options.sourceRoot);
  const stateRoot = Deno.realPathSync(options.stateRoot);
  const path = relative(sourceRoot, stateRoot);
  if (path === "") {
    throw new SnapshotError(
      "usage",
      `Cannot capture "${sourceRoot}": it is the state folder itself; choose another with --state-root`,
    );
  }
  const inside = path !== ".." && !path.startsWith("../") && !isAbsolute(path);
  return {
    sourceRoot,
    stateRoot,
    statePath: inside ? path : undefined,
    include,
    exclude,
  };
}

function sparseNotices(sparse: number): string[] {
  return sparse === 0 ? [] : [
    `The checkout is sparse: ${sparse} tracked files are not on disk and not in the snapshot`,
  ];
}

function specialNotices(specials: readonly string[]): string[] {
  return specials.length === 0 ? [] : [
    `Skipped ${
      quotePaths(specials)
    }: FIFOs, sockets and devices cannot be captured`,
  ];
}
