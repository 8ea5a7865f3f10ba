/**
 * What a capture remembers for the next one.
 *
 * @module
 */
import { dirname, join } from "../model/path.ts";
import { type Index, readIndex } from "./_index.ts";
import type { SeenFolder } from "./_seen_folders.ts";
import type { Staged } from "./_stage.ts";
import { readText, type Store, writeAtomically } from "./_store.ts";
import type { Summary } from "./_summary.ts";

/** What a capture remembers for the next one. */
export interface Memory {
  /** The folder that was captured. */
  readonly sourceRoot: string;
  /** The tree that was written. */
  readonly tree: string;
  /** Commit that was checked out; null: none. */
  readonly head: string | null;
  /** Whether the tree differed from it; null: no repository. */
  readonly dirty: boolean | null;
  /** Globs that were kept out of it. */
  readonly exclude: readonly string[];
  readonly staged: Staged;
  readonly summary: Summary;
  /** Files whose next change git may not see. */
  readonly recent: readonly string[];
  /** Folders as they were seen to be. */
  readonly folders: readonly SeenFolder[];
}

/** Reads what the last capture of the folder left. */
export async function readMemory(
  store: Store,
  sourceRoot: string,
): Promise<Memory | undefined> {
  const memory = await readAny(store);
  return memory?.sourceRoot === sourceRoot ? memory : undefined;
}

async function readAny(store: Store): Promise<Memory | undefined> {
  const text = await readText(memoryPath(store));
  if (text === undefined) return undefined;
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** The index that a tree was written from; undefined: it is not there any more. */
export async function readIndexOf(
  store: Store,
  tree: string,
): Promise<Index | undefined> {
  const memory = await readAny(store);
  return memory?.tree === tree
    ? readDescribedIndex(store, memory.summary)
    : undefined;
}

/** Leaves what the next capture can use. */
export async function writeMemory(
  store: Store,
  memory: Memory,
  old: Memory | undefined,
): Promise<void> {
  const path = memoryPath(store);
  if (old === undefined) await Deno.mkdir(dirname(path), { recursive: true });
  if (old?.summary.checksum !== memory.summary.checksum) {
    await Deno.copyFile(store.index, lastIndexPath(store));
  }
  const text = JSON.stringify(memory);
  if (old === undefined || text !== JSON.stringify(old)) {
    await writeAtomically(path, text);
  }
}

/** The index that a summary describes; undefined: it is not there any more. */
export function readDescribedIndex(
  store: Store,
  { checksum }: Summary,
): Index | undefined {
  const index = readIndex(lastIndexPath(store));
  return index?.checksum === checksum ? index : undefined;
}

/** The number is that of the form: a memory of another form is none. */
function memoryPath(store: Store): string {
  return join(store.dir, "pikaci", "capture-5.json");
}

function lastIndexPath(store: Store): string {
  return join(store.dir, "pikaci", "index");
}
