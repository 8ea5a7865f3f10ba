/** What a small folder looks like from outside, to see whether anything changed. */
import { join } from "../model/path.ts";

/** Larger folders are left to git, whose look at them is cheaper. */
const mostEntries = 1_000;

/**
 * Deno 2.9 tells the time of the last change (ctime) in whole seconds: what
 * changed less than a second before a look may look the same after another
 * change. The rest is for the steps in which file systems keep times.
 */
export const racyMs = 1_050;

/** A look at a folder and all in it. */
export interface FolderStamp {
  /** Names, kinds, modes, sizes and times; equal texts, same folder. */
  readonly text: string;
  /** How many files and folders it is, itself among them. */
  readonly entries: number;
  /** Whether a change after the look could go unseen. */
  readonly racy: boolean;
}

/**
 * Looks at a folder; null for one with more than a thousand entries.
 *
 * The time of a file's last change of any kind (ctime) can't be set, so that
 * no change hides behind a restored time.
 */
export function folderStamp(folder: string, now: number): FolderStamp | null {
  const lines: string[] = [];
  let newest = 0;
  const look = (path: string): boolean => {
    const info = Deno.lstatSync(path);
    const changed = info.ctime?.getTime() ?? Infinity;
    newest = Math.max(newest, changed);
    lines.push(
      `${path}\0${info.ino} ${info.mode} ${info.size} ${changed} ${info.mtime?.getTime()}`,
    );
    if (lines.length > mostEntries) return false;
    if (!info.isDirectory) return true;
    const names = Array.from(Deno.readDirSync(path), ({ name }) => name);
    return names.sort().every((name) => look(join(path, name)));
  };
  return look(folder)
    ? {
      text: lines.join("\n"),
      entries: lines.length,
      racy: newest > now - racyMs,
    }
    : null;
}

/** Like `folderStamp`; null also when it can't be told, as when a job took a folder away. */
export function lookAt(folder: string, now: number): FolderStamp | null {
  try {
    return folderStamp(folder, now);
  } catch {
    return null;
  }
}

/** Digest of a look that no later change can go unseen by; null: there is none. */
export async function lookDigest(
  look: FolderStamp | null,
): Promise<string | null> {
  if (look === null || look.racy) return null;
  const bytes = new TextEncoder().encode(look.text);
  const digest = await crypto.subtle.digest("SHA-256", bytes);
  return new Uint8Array(digest).toHex();
}
