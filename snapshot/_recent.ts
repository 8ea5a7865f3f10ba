/**
 * Closes the gap that git's times leave open.
 *
 * git as most systems build it compares whole seconds. It knows that, and looks
 * at the content of a file that was written in the second of the index; but a
 * change of permissions, or one with its times put back, escapes it when it
 * falls into the second in which the file was last changed. Those files are
 * remembered, and compared with the full precision of the file system.
 *
 * @module
 */
import { join } from "../model/path.ts";
import { runProcess } from "../hosts/process.ts";
import { privateEnv } from "./_git.ts";
import type { Index } from "./_index.ts";
import { decodeRecords, encodeRecords, isPlainPath } from "./_path.ts";

/** A clock tick of the coarsest kernel that is in use, in milliseconds. */
const TICK_MS = 10;

/** Paths of an index whose next change git may not see; `path` is where the index lies. */
export function recentPaths(index: Index, path: string): readonly string[] {
  const second = secondOf(path);
  const recent: string[] = [];
  index.each((entry) => {
    if (entry.changeSecs >= second) recent.push(entry.path());
  });
  return recent;
}

/** Those of the paths that changed after the index was written, times or not. */
export async function changedSince(
  root: string,
  paths: readonly string[],
  index: string,
): Promise<readonly string[]> {
  if (paths.length === 0) return [];
  const { stdout } = await runProcess({
    argv: [
      ...(["xargs", "-0", "sh", "-c"] as const),
      'find "$@" -prune -cnewer "$INDEX" -print0',
      "sh",
    ],
    cwd: root,
    clearEnv: true,
    env: { ...privateEnv(), INDEX: index },
    stdin: encodeRecords(paths.map((path) => `./${path}`)),
  });
  return decodeRecords(stdout).map((path) => path.slice(2));
}

/** Those of the paths that changed in the very second of the index: git may not see it. */
export async function hiddenChanges(
  root: string,
  paths: readonly string[],
  index: string,
): Promise<readonly string[]> {
  const changed = await changedSince(root, paths, index);
  if (changed.length === 0) return [];
  const second = secondOf(index);
  const hidden: string[] = [];
  for (const path of changed) {
    if (!isPlainPath(path)) hidden.push(path);
    else {
      const info = await Deno.lstat(join(root, path)).catch(() => null);
      const time = info?.ctime?.getTime() ?? 0;
      if (Math.floor(time / 1000) === second) hidden.push(path);
    }
  }
  return hidden;
}

/** Whether a change from that moment on, in milliseconds, falls into a later second than the index. */
export function isPast(index: string, moment: number): boolean {
  return Math.floor(moment / 1000) > secondOf(index);
}

/**
 * Waits until whatever changes next gets another time than the index has;
 * `later` is the time of a file, in milliseconds, that was written after it.
 */
export async function nextTick(index: string, later: number): Promise<void> {
  const { mtime } = await Deno.stat(index);
  const written = mtime?.getTime() ?? 0;
  if (later > written) return;
  const left = written + TICK_MS - Date.now();
  if (left > 0 && left <= TICK_MS) {
    await new Promise((resolve) => setTimeout(resolve, left));
  }
}

function secondOf(path: string): number {
  const { mtime } = Deno.statSync(path);
  return Math.floor((mtime?.getTime() ?? 0) / 1000);
}
