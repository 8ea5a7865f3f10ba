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
import { changedSince, isPast } from "./_recent.ts";
import type { Modes } from "./_record.ts";
import { settle } from "./_settle.ts";
import { readText, type Store, storeOf, writeAtomically } from "./_store.ts";
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
  const { update }: typeof import("./_slot_update.ts") = await import(
    import.meta.resolve("./_slot_update.ts")
  );
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
  const { check }: typeof import("./_slot_script.ts") = await import(
    import.meta.resolve("./_slot_script.ts")
  );
  const [code, hidden] = await settle([
    check(slot, state),
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

async function writeGuard(slot: Slot): Promise<void> {
  const path = join(slot.dir, ".git");
  if (await readText(path).catch(() => undefined) === GUARD) return;
  await Deno.mkdir(slot.dir, { recursive: true });
  await Deno.remove(path, { recursive: true }).catch(() => {});
  await Deno.writeTextFile(path, GUARD);
}

/** Notes what was put into a slot. */
export async function writeState(slot: Slot, state: SlotState): Promise<void> {
  await Deno.mkdir(slot.dir, { recursive: true });
  await writeAtomically(statePath(slot), JSON.stringify(state));
}

/** The number is that of the form: a state of another form is none. */
function statePath(slot: Slot): string {
  return join(slot.dir, "state-2.json");
}
