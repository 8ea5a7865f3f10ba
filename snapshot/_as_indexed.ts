/**
 * Whether a small working tree is as an index has it, seen without a process.
 *
 * @module
 */
import { dirname, join } from "../model/path.ts";
import type { Index, IndexEntry } from "./_index.ts";
import { isPlainPath } from "./_path.ts";
import { isRealFolder } from "./_stat.ts";

const MOST_FILES = 200;

/** Whether git's own look at an index of so many files is cheaper. */
export function isLarge(count: number): boolean {
  return count > MOST_FILES;
}

/** The bits of a mode that say what a file is, and that its owner may run it. */
const KIND = 0o170000;
const RUNNABLE = 0o100;

/**
 * Whether every file of the index is there, with the times and all else that
 * the index has of it. False too where that is not told so easily.
 *
 * The times are whole seconds, so that a change after the index was written may
 * only be told from one before if each file was seen in a later second.
 */
export function isAsIndexed(root: string, index: Index): boolean {
  const folders = new Map<string, boolean>([[".", true]]);
  let same = true;
  let seen = 0;
  index.each((entry) => {
    seen += 1;
    if (!same) return;
    const path = entry.path();
    same = isPlainPath(path) && isRealFolder(root, dirname(path), folders) &&
      isSame(join(root, path), entry);
  });
  return same && seen === index.count;
}

function isSame(path: string, entry: IndexEntry): boolean {
  const info = look(path);
  if (info === null || info.ino === null || info.mode === null) return false;
  const bits = entry.mode === SYMLINK ? KIND : KIND | RUNNABLE;
  return (info.mode & bits) === (entry.mode & bits) &&
    info.size === entry.size && info.ino % 2 ** 32 === entry.inode &&
    secondsOf(info.mtime) === entry.modifiedSecs &&
    secondsOf(info.ctime) === entry.changeSecs;
}

const SYMLINK = 0o120000;

function look(path: string): Deno.FileInfo | null {
  try {
    return Deno.lstatSync(path);
  } catch {
    return null;
  }
}

function secondsOf(time: Date | null): number | null {
  return time === null ? null : Math.floor(time.getTime() / 1000);
}
