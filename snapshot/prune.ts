/**
 * Removes what no run needs any more: trees, their objects, and checkouts.
 *
 * @module
 */
import { join } from "../model/path.ts";
import { runProcess } from "../hosts/process.ts";
import { privateEnv } from "./_git.ts";
import {
  captureLock,
  checkoutLock,
  lock,
  storeLock,
  tryLock,
} from "./_lock.ts";
import { removeRecord } from "./_record.ts";
import { checkoutsDir, readState, slotOf } from "./_slot.ts";
import {
  ensureStore,
  refsDir,
  removeFile,
  type Store,
  storeGitOk,
} from "./_store.ts";

/** What to keep. */
export interface PruneOptions {
  /** pikaci's state folder. */
  readonly stateRoot: string;
  /** Trees that runs still need. */
  readonly keepTrees: Iterable<string>;
  /**
   * Seconds for which a tree stays after it was last captured or filtered, for
   * the run that is about to need it; default 600.
   */
  readonly graceSecs?: number;
}

/** What was removed. */
export interface PruneReport {
  /** Number of trees. */
  readonly trees: number;
  /** Number of checkouts. */
  readonly checkouts: number;
  /** What snapshots and checkouts shrank by on disk, in bytes. */
  readonly bytes: number;
}

const GRACE_SECS = 600;
const DRAFT = /\.[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/**
 * Removes every tree that is not to be kept, and every checkout of such a tree;
 * waits for captures, and leaves alone what a job runs in.
 */
export async function prune(options: PruneOptions): Promise<PruneReport> {
  const stateRoot = await Deno.realPath(options.stateRoot);
  await using _capturing = await lock(captureLock(stateRoot), "exclusive");
  await using _alone = await lock(storeLock(stateRoot), "exclusive");
  const store = await ensureStore(stateRoot);
  const before = await diskUsage(stateRoot);
  const keep = new Set(options.keepTrees);
  const since = Date.now() - (options.graceSecs ?? GRACE_SECS) * 1000;
  const refs = await readRefs(store);
  for (const { tree, time } of refs) if (time >= since) keep.add(tree);
  const checkouts = await pruneCheckouts(stateRoot, keep);
  const doomed = refs.filter(({ tree }) => !keep.has(tree));
  for (const { tree } of doomed) {
    await removeFile(join(refsDir(store), tree));
    await removeRecord(store, tree);
  }
  await removeDrafts(stateRoot);
  await removeDrafts(store.dir);
  if (doomed.length > 0) {
    const what = "remove stored objects";
    await storeGitOk(store, what, ["repack", "-a", "-d", "-q", "--window=0"]);
    await storeGitOk(store, what, ["prune", "--expire=now"]);
  }
  const after = await diskUsage(stateRoot);
  return {
    trees: doomed.length,
    checkouts,
    bytes: Math.max(0, before - after),
  };
}

/**
 * Removes every checkout that no job runs in, and writes nothing: each is made
 * again from the snapshot. Returns how many.
 */
export async function pruneFreeCheckouts(stateRoot: string): Promise<number> {
  await using _capturing = await lock(captureLock(stateRoot), "exclusive");
  await using _alone = await lock(storeLock(stateRoot), "exclusive");
  return await pruneCheckouts(stateRoot, new Set());
}

/** Removes free checkouts of trees that go; the trees of used ones join those to keep. */
async function pruneCheckouts(
  stateRoot: string,
  keep: Set<string>,
): Promise<number> {
  let removed = 0;
  for (const name of await names(checkoutsDir(stateRoot))) {
    const slot = slotOf(stateRoot, name);
    await using held = await tryLock(
      checkoutLock(stateRoot, name),
      "exclusive",
    ) ?? null;
    const state = await readState(slot);
    if (held === null) {
      if (state !== undefined) keep.add(state.tree);
    } else if (state === undefined || !keep.has(state.tree)) {
      await removeTree(slot.dir);
      removed += 1;
    }
  }
  return removed;
}

async function readRefs(
  store: Store,
): Promise<readonly { readonly tree: string; readonly time: number }[]> {
  const refs = [];
  for (const tree of await names(refsDir(store))) {
    const { mtime } = await Deno.stat(join(refsDir(store), tree));
    refs.push({ tree, time: mtime?.getTime() ?? 0 });
  }
  return refs;
}

/** Removes what a killed process left half-written. */
async function removeDrafts(folder: string): Promise<void> {
  for (const name of await names(folder)) {
    if (DRAFT.test(name)) await removeTree(join(folder, name));
  }
}

async function names(folder: string): Promise<readonly string[]> {
  try {
    return (await Array.fromAsync(Deno.readDir(folder))).map((e) => e.name);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return [];
    throw error;
  }
}

/** Removes a folder, also where a job took away its own right to. */
async function removeTree(path: string): Promise<void> {
  try {
    await Deno.remove(path, { recursive: true });
  } catch (error) {
    if (!(error instanceof Deno.errors.PermissionDenied)) throw error;
    await runProcess({ argv: ["chmod", "-R", "u+rwX", path] });
    await Deno.remove(path, { recursive: true });
  }
}

async function diskUsage(stateRoot: string): Promise<number> {
  const folders = (await names(stateRoot)).filter((name) =>
    name === "git" || name === "checkouts" || DRAFT.test(name)
  );
  if (folders.length === 0) return 0;
  const { stdout } = await runProcess({
    argv: ["du", "-sk", "--", ...folders],
    cwd: stateRoot,
    clearEnv: true,
    env: privateEnv(),
  });
  const lines = new TextDecoder().decode(stdout).trim().split("\n");
  return lines.reduce((sum, line) => sum + Number.parseInt(line, 10), 0) * 1024;
}
