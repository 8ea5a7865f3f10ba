/**
 * What to say about a snapshot that is large.
 *
 * @module
 */
import type { Index } from "./_index.ts";

/** A file and its size in bytes. */
export interface SizedPath {
  readonly path: string;
  readonly size: number;
}

const MANY_BYTES = 500e6;
const MANY_FILES = 50_000;
const LARGE_FILE = 1e9;
const FULLEST = 5;
const ADVICE = "leave out what no job needs with snapshot.exclude";

/**
 * Notices about a snapshot's size: number of files, bytes, its largest files
 * with the largest first, and what `fullestFolders` says.
 */
export function sizeNotices(
  files: number,
  bytes: number,
  largest: readonly SizedPath[],
  folders: string,
): string[] {
  const notices: string[] = [];
  if (bytes > MANY_BYTES) {
    notices.push(
      `The snapshot holds ${formatBytes(bytes)}, more than 500 MB; ` +
        `its largest files are ${listSizes(largest)}; ${ADVICE}`,
    );
  }
  const large = largest.filter(({ size }) => size > LARGE_FILE);
  if (large.length > 0) {
    notices.push(
      "The snapshot holds files of over 1 GB, which cost memory and time whenever they change: " +
        `${listSizes(large)}; ${ADVICE}`,
    );
  }
  if (files > MANY_FILES) {
    notices.push(
      `The snapshot holds ${files} files, more than ${MANY_FILES}; ` +
        `the folders with the most are ${folders}; ${ADVICE}`,
    );
  }
  return notices;
}

function listSizes(files: readonly SizedPath[]): string {
  return files.map(({ path, size }) =>
    `${JSON.stringify(path)} (${formatBytes(size)})`
  ).join(", ");
}

/**
 * Names the folders, of at most two components, with the most files below them;
 * empty where there are not too many files at all.
 */
export function fullestFolders(index: Index): string {
  if (index.count <= MANY_FILES) return "";
  const counts = new Map<string, number>();
  index.each((entry) => {
    const path = entry.path();
    const first = path.indexOf("/");
    const second = path.indexOf("/", first + 1);
    const folder = first === -1
      ? "."
      : path.slice(0, second === -1 ? first : second);
    counts.set(folder, (counts.get(folder) ?? 0) + 1);
  });
  return [...counts].sort((a, b) => b[1] - a[1]).slice(0, FULLEST)
    .map(([folder, count]) => `${JSON.stringify(folder)} (${count} files)`)
    .join(", ");
}

function formatBytes(bytes: number): string {
  return bytes >= 1e9
    ? `${(bytes / 1e9).toFixed(1)} GB`
    : `${Math.round(bytes / 1e6)} MB`;
}
