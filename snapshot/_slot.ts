/**
 * One persistent checkout: a folder, its index, and what was last put there.
 *
 * ```text
 * <stateRoot>/checkouts/<slot>/workspace   what a job sees
 * <stateRoot>/checkouts/<slot>/.git        stops git from looking further up
 * <stateRoot>/checkouts/<slot>/index       what git last saw in the workspace
 * <stateRoot>/checkouts/<slot>/state-2.json  what is in the workspace
 * ```
 *
 * @module
 */
import { join } from "../model/path.ts";
import { CHECKOUTS_DIR } from "../model/state_paths.ts";
import {
  CHECK,
  DAMAGED,
  DIFFERENT,
  modeCommands,
  UPDATE,
} from "./_checkout_script.ts";
import { fill, mostEntries } from "./_fill.ts";
import { type Index, readIndex } from "./_index.ts";
import { makeFolder } from "./_make_folder.ts";
import { suspect } from "./_mend.ts";
import { changedSince, isPast, nextTick, recentPaths } from "./_recent.ts";
import type { Modes } from "./_record.ts";
import { settle } from "./_settle.ts";
import { folderMode, runScript, type ScriptResult } from "./_slot_script.ts";
import {
  readText,
  removeFile,
  type Store,
  storeOf,
  writeAtomically,
} from "./_store.ts";
import { SnapshotError } from "./error.ts";
import { lookAt, lookDigest } from "./folder_stamp.ts";

/** A persistent checkout. */
export interface Slot {
  readonly name: string;
  readonly store: Store;
  /** The folder around the workspace. */
  readonly dir: string;
  /** The folder that a job sees. */
  readonly workspace: string;
  readonly index: string;
}

/** What was last put into a slot. */
export interface SlotState {
  readonly tree: string;
  readonly modes: Modes;
  /** Number of files and folders, the workspace itself among them. */
  readonly entries: number;
  /** Files whose next change git may not see. */
  readonly recent: readonly string[];
  /** Digest of how the workspace looked when it was seen to be right; default: it was not looked at. */
  readonly look?: string;
}

/**
 * A `.git` file that leads nowhere: git, and what works like git, stops here
 * instead of finding the user's repository around the state folder.
 */
const GUARD = "gitdir: a-pikaci-checkout-has-no-git-repository\n";

/** Stands for the tree of a slot that is being changed. */
const UNKNOWN = "";

/** The folder of all checkouts. */
export function checkoutsDir(stateRoot: string): string {
  return join(stateRoot, CHECKOUTS_DIR);
}

/** Names a slot; whether it exists is another matter. */
export function slotOf(stateRoot: string, name: string): Slot {
  const dir = join(checkoutsDir(stateRoot), name);
  return {
    name,
    store: storeOf(stateRoot),
    dir,
    workspace: join(dir, "workspace"),
    index: join(dir, "index"),
  };
}

/** Reads what was last put into a slot; undefined: nothing that can be relied on. */
export async function readState(slot: Slot): Promise<SlotState | undefined> {
  const text = await readText(statePath(slot));
  if (text === undefined) return undefined;
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** When something was last put into a slot, in milliseconds; 0: never. */
export function usedAt(slot: Slot): number {
  try {
    return Deno.statSync(statePath(slot)).mtime?.getTime() ?? 0;
  } catch {
    return 0;
  }
}

/** Whether a slot was last given this tree with these permissions. */
export function holds(
  state: SlotState | undefined,
  tree: string,
  modes: Modes,
): state is SlotState {
  return state?.tree === tree &&
    JSON.stringify(state.modes) === JSON.stringify(modes);
}

/** Makes a slot hold a tree, whatever a job left in it; the caller holds its lock. */
export async function prepare(
  slot: Slot,
  tree: string,
  modes: Modes,
): Promise<SlotState> {
  const state = await readState(slot);
  await writeGuard(slot);
  if (holds(state, tree, modes) && await isUnchanged(slot, state)) return state;
  return await update(slot, tree, modes);
}

/**
 * Whether the workspace is exactly what was put there.
 *
 * A small one that looks as it did when that was seen is not looked into again.
 */
export async function isUnchanged(
  slot: Slot,
  state: SlotState,
): Promise<boolean> {
  if (!isInPlace(slot)) return false;
  const start = Date.now();
  const seen = lookAt(slot.workspace, start);
  if (seen !== null && seen.entries !== state.entries) return false;
  const look = await lookDigest(seen);
  if (look !== null && look === state.look) return true;
  const [{ code }, hidden] = await settle([
    runScript(slot, CHECK, [`${state.entries}`, folderMode(state.modes)]),
    changedSince(slot.workspace, state.recent, slot.index),
  ]);
  if (code !== 0 || hidden.length > 0) return false;
  let known = state;
  if (state.recent.length > 0 && isPast(slot.index, start)) {
    // From here on git sees every change by itself, and need not read content again.
    await Deno.utime(slot.index, start / 1000, start / 1000);
    known = { ...known, recent: [] };
  }
  if (look !== null) known = { ...known, look };
  if (known !== state) await writeState(slot, known);
  return true;
}

/** Whether the workspace is a folder, and not gone or led elsewhere by a link. */
export function isInPlace(slot: Slot): boolean {
  try {
    return Deno.lstatSync(slot.workspace).isDirectory;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}

/** Files of the workspace that changed without git seeing it. */
export async function hiddenFiles(
  slot: Slot,
  state: SlotState | undefined,
): Promise<readonly string[]> {
  const index = await readIndex(slot.index);
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
    index: await readIndex(slot.index),
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
  await nextTick(slot.index);
  return state;
}

/** Files whose permissions are not those of their tree any more. */
function staleFiles(modes: Modes, previous: Modes): readonly string[] {
  const wanted = new Map(modes.exceptions);
  return previous.exceptions
    .filter(([path, mode]) => wanted.get(path) !== mode)
    .map(([path]) => path);
}

async function writeGuard(slot: Slot): Promise<void> {
  const path = join(slot.dir, ".git");
  if (await readText(path).catch(() => undefined) === GUARD) return;
  await Deno.mkdir(slot.dir, { recursive: true });
  await Deno.remove(path, { recursive: true }).catch(() => {});
  await Deno.writeTextFile(path, GUARD);
}

async function writeState(slot: Slot, state: SlotState): Promise<void> {
  await Deno.mkdir(slot.dir, { recursive: true });
  await writeAtomically(statePath(slot), JSON.stringify(state));
}

/** The number is that of the form: a state of another form is none. */
function statePath(slot: Slot): string {
  return join(slot.dir, "state-2.json");
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
