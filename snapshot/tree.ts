/**
 * Reads captured trees, and makes smaller ones out of them.
 *
 * @module
 */
import type { SnapshotFile } from "../model/snapshot.ts";
import type { Index } from "./_index.ts";
import { lock, storeLock } from "./_lock.ts";
import { readIndexOf } from "./_memory.ts";
import { suspect } from "./_mend.ts";
import { decodeRecords } from "./_path.ts";
import { readRecord, writeRecord } from "./_record.ts";
import { keepTree, type Store, storeGit, storeOf } from "./_store.ts";
import { writeTree } from "./_write_tree.ts";
import { SnapshotError } from "./error.ts";

/**
 * A file of a tree. In its path, a byte that is not UTF-8 stands as `\x` and two
 * lower-case hexadecimal digits, a backslash before such a sequence as `\x5c`.
 */
export type TreeEntry = SnapshotFile;

/** Lists the files of a tree, in git's order. */
export async function listTree(
  options: { readonly stateRoot: string; readonly tree: string },
): Promise<readonly TreeEntry[]> {
  const { stateRoot, tree } = options;
  await using _reading = await lock(storeLock(stateRoot), "shared");
  return await readTree(storeOf(stateRoot), tree);
}

/** Makes the tree that holds only the files to keep, and returns its id. */
export async function filterTree(
  options: {
    readonly stateRoot: string;
    readonly tree: string;
    readonly keep: (path: string) => boolean;
    /** The files of the tree, as `listTree` gives them; default: they are listed now. */
    readonly files?: readonly TreeEntry[];
  },
): Promise<string> {
  const { stateRoot, tree, keep } = options;
  await using _reading = await lock(storeLock(stateRoot), "shared");
  const store = storeOf(stateRoot);
  const entries = options.files ?? await readTree(store, tree);
  const kept = entries.filter(({ path }) => keep(path));
  if (kept.length === entries.length) return tree;
  const result = await writeTree(store, kept);
  const { modes, ...record } = await readRecord(store, tree);
  await writeRecord(store, result, {
    ...record,
    modes: {
      umask: modes.umask,
      exceptions: modes.exceptions.filter(([path]) => keep(path)),
    },
  });
  await keepTree(store, result);
  return result;
}

async function readTree(
  store: Store,
  tree: string,
): Promise<readonly TreeEntry[]> {
  const index = await readIndexOf(store, tree);
  return index === undefined ? await askForTree(store, tree) : entriesOf(index);
}

/** What the last capture wrote, without a process of git. */
function entriesOf(index: Index): readonly TreeEntry[] {
  const entries: TreeEntry[] = [];
  index.each((entry) =>
    entries.push({
      path: entry.path(),
      mode: entry.mode.toString(8),
      oid: entry.id(),
    })
  );
  return entries;
}

async function askForTree(
  store: Store,
  tree: string,
): Promise<readonly TreeEntry[]> {
  const result = await storeGit(store, ["ls-tree", "-r", "-z", tree]);
  if (result.code !== 0) {
    await suspect(store);
    throw new SnapshotError(
      "damaged",
      `Cannot read snapshot ${tree}: it is not stored in "${store.dir}" any more (${result.stderr.trim()}); start a new run`,
    );
  }
  return decodeRecords(result.stdout).map((record) => {
    const tab = record.indexOf("\t");
    const [mode, , oid] = record.slice(0, tab).split(" ");
    return { path: record.slice(tab + 1), mode: mode ?? "", oid: oid ?? "" };
  });
}
