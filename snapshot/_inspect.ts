/**
 * Finds out what a job changed in a checkout.
 *
 * @module
 */
import { find } from "./_find.ts";
import { readIndex } from "./_index.ts";
import { decodeRecords, encodeLines } from "./_path.ts";
import type { Modes } from "./_record.ts";
import { settle } from "./_settle.ts";
import { isInPlace, type Slot, type SlotState } from "./_slot.ts";
import { hiddenFiles } from "./_slot_update.ts";
import { statPaths } from "./_stat.ts";
import { storeGit, storeGitOk } from "./_store.ts";

/** Paths that were changed, added or removed, sorted; folders end in a slash. */
export async function diffWorkspace(
  slot: Slot,
  modes: Modes,
  state: SlotState | undefined,
): Promise<readonly string[]> {
  if (!isInPlace(slot)) return ["./"];
  const folders = (0o777 & ~modes.umask).toString(8);
  const [files, added, odd, foldersFound] = await settle([
    changedFiles(slot, modes, state),
    listAdded(slot),
    find(slot.workspace, [
      ...["(", "-name", ".git", "-prune"],
      ...["-o", "!", "-type", "f", "!", "-type", "d", "!", "-type", "l", ")"],
    ]),
    find(slot.workspace, [
      ...["-name", ".git", "-prune", "-o", "-type", "d"],
      ...["(", "!", "-perm", folders, "-o", "-empty", ")"],
    ]),
  ]);
  const all = new Set([...files, ...added, ...odd]);
  for (const folder of foldersFound) all.add(`${folder || "."}/`);
  return [...all].sort();
}

/** Tracked files whose content or permissions differ, or that are gone. */
async function changedFiles(
  slot: Slot,
  modes: Modes,
  state: SlotState | undefined,
): Promise<readonly string[]> {
  const { store, workspace, index } = slot;
  const [hidden, listed] = await settle([
    hiddenFiles(slot, state),
    storeGitOk(store, "compare a checkout with its tree", [
      ...["diff-files", "-z", "--name-only"],
    ], { workTree: workspace, index }),
  ]);
  const touched = [...new Set([...hidden, ...decodeRecords(listed)])];
  const stats = await statPaths(workspace, touched);
  const entries = readEntries(slot, new Set(touched));
  const exceptions = new Map(modes.exceptions);
  const regular = touched.filter((path) =>
    stats.get(path)?.kind === "file" &&
    entries.get(path)?.mode !== SYMLINK
  );
  // Files whose times alone changed are not what a job is blamed for.
  const ids = await hashFiles(slot, regular);
  const same = new Set(regular.filter((path, i) => {
    const entry = entries.get(path);
    const usual = (entry?.mode === EXECUTABLE ? 0o777 : 0o666) & ~modes.umask;
    return ids[i] === entry?.id &&
      stats.get(path)?.mode === (exceptions.get(path) ?? usual);
  }));
  return touched.filter((path) => !same.has(path));
}

const EXECUTABLE = 0o100755;
const SYMLINK = 0o120000;

/** Mode and object id of paths in the index of a slot. */
function readEntries(
  slot: Slot,
  paths: ReadonlySet<string>,
): ReadonlyMap<string, { readonly mode: number; readonly id: string }> {
  const result = new Map<string, { mode: number; id: string }>();
  if (paths.size === 0) return result;
  readIndex(slot.index)?.each((entry) => {
    const path = entry.path();
    if (paths.has(path)) {
      result.set(path, { mode: entry.mode, id: entry.id() });
    }
  });
  return result;
}

/** Ids of the content of files; empty where one of them is gone meanwhile. */
async function hashFiles(
  { store, workspace }: Slot,
  paths: readonly string[],
): Promise<readonly string[]> {
  if (paths.length === 0) return [];
  const { code, stdout } = await storeGit(store, [
    ...["hash-object", "--no-filters", "--stdin-paths"],
  ], { workTree: workspace, stdin: encodeLines(paths) });
  return code === 0 ? new TextDecoder().decode(stdout).split("\n") : [];
}

async function listAdded(slot: Slot): Promise<readonly string[]> {
  return decodeRecords(
    await storeGitOk(slot.store, "list what was added to a checkout", [
      "ls-files",
      "-z",
      "-o",
    ], { workTree: slot.workspace, index: slot.index }),
  );
}
