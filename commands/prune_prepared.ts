/**
 * Removes prepared outputs that nobody used for long.
 *
 * @module
 */
import { join } from "../model/path.ts";
import { PREPARED_DIR } from "../model/state_paths.ts";
import { removeTree } from "../store/files.ts";
import { measure } from "../store/usage.ts";

/** What is kept of prepared outputs. */
export interface PrunePreparedOptions {
  /** Absolute path of the state folder. */
  readonly stateRoot: string;
  /** What was not used for so many days goes. A run takes what it uses long before. */
  readonly days: number;
  /** Whether nothing is removed, only told. */
  readonly dryRun: boolean;
}

/** What was removed, or would be. */
export interface PrunedPrepared {
  /** Folders, relative to the state folder. */
  readonly removed: readonly string[];
  /** Space on the disk, in bytes. */
  readonly bytes: number;
}

const dayMs = 24 * 3600 * 1000;
/** What was not finished after a day never will be. */
const unfinishedMs = dayMs;

/** Removes the prepared outputs that were not used for some days. */
export async function prunePrepared(
  { stateRoot, days, dryRun }: PrunePreparedOptions,
): Promise<PrunedPrepared> {
  const removed: string[] = [];
  let bytes = 0;
  const now = Date.now();
  for (const key of await keys(join(stateRoot, PREPARED_DIR))) {
    const path = join(PREPARED_DIR, key);
    const folder = join(stateRoot, path);
    const used = await mtime(join(folder, "made-by"));
    const age = now - (used ?? await mtime(folder) ?? now);
    if (age <= (used === null ? unfinishedMs : days * dayMs)) continue;
    removed.push(path);
    bytes += measure(folder).bytes;
    if (!dryRun) await removeTree(folder);
  }
  return { removed, bytes };
}

async function keys(folder: string): Promise<readonly string[]> {
  try {
    const entries = await Array.fromAsync(Deno.readDir(folder));
    return entries.map(({ name }) => name).toSorted();
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return [];
    throw error;
  }
}

async function mtime(path: string): Promise<number | null> {
  try {
    return (await Deno.stat(path)).mtime?.getTime() ?? null;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return null;
    throw error;
  }
}
