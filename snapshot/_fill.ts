/**
 * Makes a small workspace hold a tree: git writes the files, and the program
 * takes away what else stands there. It does what the script of
 * `_checkout_script.ts` does with one or two processes instead of ten to twenty,
 * and leaves to that script whatever is not plain.
 *
 * @module
 */
import { dirname, join } from "../model/path.ts";
import { type Index, readIndex } from "./_index.ts";
import { isPlainPath } from "./_path.ts";
import type { Modes } from "./_record.ts";
import type { Slot } from "./_slot.ts";
import { folderMode, runScript } from "./_slot_script.ts";
import { removeFile } from "./_store.ts";

/** What fills a workspace. */
export interface FillOptions {
  readonly slot: Slot;
  readonly tree: string;
  readonly modes: Modes;
  /** Whether the workspace was made just now, and is empty. */
  readonly fresh: boolean;
  /** Files that must be written anew although git sees no difference. */
  readonly remove: readonly string[];
}

/** What stands in a workspace. */
export interface Filled {
  readonly entries: number;
  readonly index: Index;
}

/** Larger trees are looked at by other processes, which do not keep pikaci waiting. */
export const mostEntries = 10_000;

const RESET = `umask "$2"
cd "$GIT_WORK_TREE" || exit 1
git read-tree --reset -u "$1" </dev/null`;

/** The reset alone, for which the shell itself becomes git. */
const FRESH = RESET.replace("git", "exec git");

/** The reset, and git's word that all is as the index has it. */
const AGAIN = `${RESET} && exec git diff-files --quiet </dev/null`;

/**
 * Makes the workspace of a slot, a folder, hold a tree.
 *
 * Gives what stands there now; null where that is not for sure the tree alone:
 * then nothing can be told of the workspace.
 */
export async function fill(options: FillOptions): Promise<Filled | null> {
  const { slot, tree, modes, fresh, remove } = options;
  if (modes.exceptions.length > 0 || modes.owner !== undefined) return null;
  if (!remove.every(isPlainPath)) return null;
  try {
    // Of a git that was killed; the lock on the slot is ours.
    if (!fresh) await removeFile(`${slot.index}.lock`);
    for (const path of remove) removeInside(slot.workspace, path);
    const { code } = await runScript(slot, fresh ? FRESH : AGAIN, [
      tree,
      modes.umask.toString(8),
    ]);
    const index = code === 0 ? readIndex(slot.index) : undefined;
    if (index === undefined || index.count > mostEntries) return null;
    const entries = tidy(slot.workspace, index, parseInt(folderMode(modes), 8));
    return entries === null ? null : { entries, index };
  } catch {
    // Such as a folder that may not be entered: the script knows how.
    return null;
  }
}

/** Removes a file if it is there, but nothing behind a link that took the place of a folder. */
function removeInside(root: string, path: string): void {
  try {
    let folder = root;
    for (const name of path.split("/").slice(0, -1)) {
      folder = join(folder, name);
      if (!Deno.lstatSync(folder).isDirectory) return;
    }
    Deno.removeSync(join(root, path), { recursive: true });
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
}

/**
 * Leaves nothing in a folder but what the index names, and gives the number of
 * entries, the folder itself among them; null where something is missing.
 */
function tidy(root: string, index: Index, mode: number): number | null {
  const files = new Set<string>();
  const folders = new Set(["."]);
  index.each((entry) => {
    const path = entry.path();
    files.add(path);
    let folder = dirname(path);
    for (; !folders.has(folder); folder = dirname(folder)) folders.add(folder);
  });
  let entries = 1;
  const inside = ["."];
  // The list grows while it is walked.
  for (const folder of inside) {
    const absolute = join(root, folder);
    const found = (Deno.lstatSync(absolute).mode ?? 0) & 0o7777;
    if (found !== mode) Deno.chmodSync(absolute, mode);
    for (const entry of Deno.readDirSync(absolute)) {
      const path = folder === "." ? entry.name : `${folder}/${entry.name}`;
      if (entry.isDirectory && folders.has(path)) inside.push(path);
      else if (entry.isDirectory || !files.has(path)) {
        Deno.removeSync(join(root, path), { recursive: true });
        continue;
      }
      entries += 1;
    }
  }
  return entries === files.size + folders.size ? entries : null;
}
