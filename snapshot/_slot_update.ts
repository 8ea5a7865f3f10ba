/** Puts a tree into a slot. */
import {
  DAMAGED,
  DIFFERENT,
  modeCommands,
  UPDATE,
} from "./_checkout_script.ts";
import { fill, mostEntries } from "./_fill.ts";
import { type Index, readIndex } from "./_index.ts";
import { makeFolder } from "./_make_folder.ts";
import { suspect } from "./_mend.ts";
import { changedSince, nextTick, recentPaths } from "./_recent.ts";
import type { Modes } from "./_record.ts";
import {
  isInPlace,
  readState,
  type Slot,
  type SlotState,
  usedAt,
  writeState,
} from "./_slot.ts";
import { folderMode, runScript, type ScriptResult } from "./_slot_script.ts";
import { removeFile } from "./_store.ts";
import { SnapshotError } from "./error.ts";

/** Stands for the tree of a slot that is being changed. */
const UNKNOWN = "";

/** Files of the workspace that changed without git seeing it. */
export async function hiddenFiles(
  slot: Slot,
  state: SlotState | undefined,
): Promise<readonly string[]> {
  const index = readIndex(slot.index);
  if (index === undefined || !isInPlace(slot)) return [];
  const recent = state === undefined || state.tree === UNKNOWN
    ? recentPaths(index, slot.index)
    : state.recent;
  return await changedSince(slot.workspace, recent, slot.index);
}

/** Makes a slot hold a tree, as cheaply as what is there allows. */
export async function update(
  slot: Slot,
  tree: string,
  modes: Modes,
): Promise<SlotState> {
  const previous = await readState(slot);
  // Who had the files before may still hold one open.
  if (previous !== undefined && previous.modes.owner !== modes.owner) {
    await Deno.remove(slot.workspace, { recursive: true }).catch(() => {});
  }
  // Without an index, every file is written anew, and so under the new umask.
  if (previous?.modes.umask !== modes.umask) await removeFile(slot.index);
  const hidden = await hiddenFiles(slot, previous);
  const was = previous?.modes ?? modes;
  await writeState(slot, { tree: UNKNOWN, modes: was, entries: 0, recent: [] });
  const fresh = await makeFolder(slot.workspace, folderMode(modes));
  if (fresh) await removeFile(slot.index);
  const remove = fresh ? [] : [...staleFiles(modes, was), ...hidden];
  const small = fresh || isSmall(slot, previous);
  if (small) {
    const filled = await fill({ slot, tree, modes, fresh, remove });
    if (filled !== null) return await keepState(slot, tree, modes, filled);
  }
  const args = [tree, modes.umask.toString(8), folderMode(modes)];
  const from = !small && previous !== undefined &&
      previous.tree !== UNKNOWN && hidden.length === 0 &&
      was.umask === modes.umask
    ? [previous.tree, `${previous.entries}`]
    : [];
  const stdin = modeCommands(modes, remove);
  let result = await runScript(slot, UPDATE, [...args, ...from], stdin);
  if (result.code !== 0 && result.code !== DAMAGED) {
    await Deno.remove(slot.workspace, { recursive: true }).catch(() => {});
    await removeFile(slot.index);
    result = await runScript(slot, UPDATE, args, stdin);
  }
  if (result.code === DAMAGED) await suspect(slot.store);
  if (result.code !== 0) throw refused(slot, tree, result);
  return await keepState(slot, tree, modes, {
    entries: Number(result.stdout),
    index: readIndex(slot.index),
  });
}

/** Whether the workspace is a folder that held so little that this program can look into it. */
function isSmall(slot: Slot, previous: SlotState | undefined): boolean {
  return previous !== undefined && previous.tree !== UNKNOWN &&
    previous.entries <= mostEntries && isInPlace(slot);
}

/** Remembers what stands in the workspace, once later changes can be told from it. */
async function keepState(
  slot: Slot,
  tree: string,
  modes: Modes,
  made: { readonly entries: number; readonly index: Index | undefined },
): Promise<SlotState> {
  const { entries, index } = made;
  const recent = index === undefined ? [] : recentPaths(index, slot.index);
  const state = { tree, modes, entries, recent };
  await writeState(slot, state);
  await nextTick(slot.index, usedAt(slot));
  return state;
}

/** Files whose permissions are not those of their tree any more. */
function staleFiles(modes: Modes, previous: Modes): readonly string[] {
  const wanted = new Map(modes.exceptions);
  return previous.exceptions
    .filter(([path, mode]) => wanted.get(path) !== mode)
    .map(([path]) => path);
}

function refused(
  slot: Slot,
  tree: string,
  result: ScriptResult,
): SnapshotError {
  const said = result.stderr.trim();
  if (result.code === DAMAGED) {
    return new SnapshotError(
      "damaged",
      `Cannot check out snapshot ${tree}: it is not whole in "${slot.store.dir}" any more; start a new run (git said: ${said})`,
    );
  }
  const why = result.code === DIFFERENT
    ? "what stands there is not what git wrote, as if something else writes to it"
    : `a step ended with code ${result.code}`;
  return new SnapshotError(
    "git",
    `Cannot check out snapshot ${tree} into "${slot.workspace}": ${why}${
      said === "" ? "" : ` (${said})`
    }`,
  );
}
