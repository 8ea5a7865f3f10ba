/**
 * Folders of the working tree and what special files they hold, which are not
 * read again while they stay as they are.
 *
 * @module
 */
import { join } from "../model/path.ts";
import type { ListingRequest } from "./_listing.ts";
import { racyMs } from "./folder_stamp.ts";

/** A folder that was read. */
export interface SeenFolder {
  /** Its path with a slash at its end; "" for the root. */
  readonly path: string;
  /** Its times and what else tells one state of it from another. */
  readonly stamp: string;
  /** Names of the folders in it. */
  readonly folders: readonly string[];
  /** Names of FIFOs, sockets and devices in it. */
  readonly specials: readonly string[];
}

/** What a look at the folders of a tree found. */
export interface FolderLook {
  /** Paths of special files, ignored ones among them. */
  readonly specials: readonly string[];
  /** The folders that the next look can tell to be unchanged. */
  readonly folders: readonly SeenFolder[];
}

/** How many entries of folders are looked at without a process. */
const MOST_ENTRIES = 4_000;

/** What a look at a folder takes, in entries that are read. */
const FOLDER = 4;

/**
 * Looks for special files without a process, with the help of what an earlier
 * look found; null: there is too much to look at, or it has other names than
 * Deno knows.
 */
export function lookForSpecials(
  { sourceRoot, statePath }: ListingRequest,
  known: readonly SeenFolder[],
): FolderLook | null {
  const before = new Map(known.map((folder) => [folder.path, folder]));
  const quiet = Date.now() - racyMs;
  const specials: string[] = [];
  const folders: SeenFolder[] = [];
  const paths = [""];
  let left = MOST_ENTRIES;
  for (let at = 0; at < paths.length; at++) {
    const path = paths[at] ?? "";
    const place = join(sourceRoot, path);
    const stamp = stampOf(place, quiet);
    left -= FOLDER;
    let folder = before.get(path);
    if (folder === undefined || folder.stamp !== stamp) {
      const entries = entriesOf(place);
      left -= entries?.length ?? 0;
      // What Deno cannot tell of a name, it writes so.
      if (entries?.some(({ name }) => name.includes("\uFFFD"))) return null;
      const kept = (entries ?? []).filter(({ name }) =>
        name !== ".git" && `${path}${name}` !== statePath
      );
      folder = { path, stamp: stamp ?? "", ...sorted(kept) };
      if (entries !== null && stamp !== null) folders.push(folder);
    } else folders.push(folder);
    if (left < 0) return null;
    for (const name of folder.folders) paths.push(`${path}${name}/`);
    for (const name of folder.specials) specials.push(`${path}${name}`);
  }
  return { specials, folders };
}

function sorted(
  entries: readonly Deno.DirEntry[],
): Pick<SeenFolder, "folders" | "specials"> {
  const names = (list: readonly Deno.DirEntry[]) =>
    list.map(({ name }) => name);
  return {
    folders: names(entries.filter(({ isDirectory }) => isDirectory)),
    specials: names(
      entries.filter((entry) =>
        !entry.isDirectory && !entry.isFile && !entry.isSymlink
      ),
    ),
  };
}

/** Null: it is gone, or a change could go unseen. */
function stampOf(folder: string, quiet: number): string | null {
  try {
    const { dev, ino, mtime, ctime } = Deno.lstatSync(folder);
    const changed = ctime?.getTime() ?? Infinity;
    return changed > quiet
      ? null
      : `${dev} ${ino} ${changed} ${mtime?.getTime()}`;
  } catch {
    return null;
  }
}

/** Null: it may not be read, or has just gone. */
function entriesOf(folder: string): readonly Deno.DirEntry[] | null {
  try {
    return [...Deno.readDirSync(folder)];
  } catch {
    return null;
  }
}
