/**
 * Opening the store on a full disk: without a byte that is free SQLite can
 * change nothing, so what needs no writing goes first.
 *
 * @module
 */
import { quote } from "../model/command.ts";
import { join } from "../model/path.ts";
import {
  CACHE_DIR,
  CHECKOUTS_DIR,
  PREPARED_DIR,
  runDir,
} from "../model/state_paths.ts";
import { formatBytes } from "../reporters/format.ts";
import { exists, removeTree } from "../store/files.ts";
import { openStore, type Store } from "../store/store.ts";
import { StoreError } from "../store/store_error.ts";
import { measure } from "../store/usage.ts";
import type { Io } from "./io.ts";
import { findStateRoot, type GlobalValues } from "./project.ts";
import { openToWrite } from "./state.ts";

/** The flags of a gc that say what may go. */
export type RoomValues = GlobalValues & { readonly keepRuns: number };

/** Opens the store to write; where the disk is full, makes room for that first. */
export async function openWithRoom(
  flags: RoomValues,
  io: Io,
): Promise<Store> {
  const open = () => openUnlessFull(flags, io);
  const store = await open();
  if (store !== null) return store;
  const stateRoot = await findStateRoot(flags, io);
  await io.err(`The disk of "${stateRoot}" is full\n`);
  const checkouts = await removeCheckouts(stateRoot);
  await io.err(`Removed checkouts that no job uses: ${checkouts}\n`);
  const second = checkouts === 0 ? null : await open();
  if (second !== null) return second;
  const runs = await removeRuns(stateRoot, flags.keepRuns);
  await io.err(`Removed the files of old runs: ${runs}\n`);
  const third = runs === 0 ? null : await open();
  if (third !== null) return third;
  throw new StoreError("full", stateRoot, byHand(stateRoot));
}

/** Null: the disk is full. */
async function openUnlessFull(
  flags: RoomValues,
  io: Io,
): Promise<Store | null> {
  try {
    return await openToWrite(flags, io);
  } catch (error) {
    if (error instanceof StoreError && error.code === "full") return null;
    throw error;
  }
}

async function removeCheckouts(stateRoot: string): Promise<number> {
  if (!exists(join(stateRoot, CHECKOUTS_DIR))) return 0;
  const { pruneFreeCheckouts }: typeof import("../snapshot/prune.ts") =
    await import(import.meta.resolve("../snapshot/prune.ts"));
  return await pruneFreeCheckouts(stateRoot);
}

/** Removes the files of runs that would go anyway, but of those that a pass needs. */
async function removeRuns(
  stateRoot: string,
  keepRuns: number,
): Promise<number> {
  using store = await openStore({ stateRoot, readOnly: true });
  const needed = new Set(store.passes().map(({ run_id }) => run_id));
  let removed = 0;
  for (const runId of await store.removable(keepRuns, new Date())) {
    const folder = join(stateRoot, runDir(runId));
    if (needed.has(runId) || !exists(folder)) continue;
    await removeTree(folder);
    removed += 1;
  }
  return removed;
}

/** What a person can remove while nothing runs. */
function byHand(stateRoot: string): string {
  const parts = [CACHE_DIR, PREPARED_DIR]
    .map((name) => join(stateRoot, name))
    .filter(exists)
    .map((path) =>
      `\n  rm -r ${quote(path)}  # ${formatBytes(measure(path).bytes)}`
    );
  const hint = parts.length === 0
    ? "Free some space on it"
    : `Free some space on it, or remove while nothing runs what jobs make again:${
      parts.join("")
    }\n`;
  return `Cannot write to "${stateRoot}": the disk is full, and nothing is left that can go without writing. ${hint}${
    parts.length === 0 ? ", then" : "Then"
  } run pikaci gc again`;
}
