/**
 * Counts, sizes and permissions of what an index holds, kept up to date by
 * looking only at entries that changed.
 *
 * @module
 */
import type { Index } from "./_index.ts";
import { type Modes, PLAIN_MODES } from "./_record.ts";
import { fullestFolders, type SizedPath, sizeNotices } from "./_size.ts";
import { type Stat, statPaths } from "./_stat.ts";

/** What is known of an index. */
export interface Summary {
  /** Checksum of the index it describes. */
  readonly checksum: string;
  readonly files: number;
  readonly bytes: number;
  readonly modes: Modes;
  /** Sizes of files of 4 GiB and more, of which an index holds the lower 32 bits. */
  readonly huge: readonly (readonly [path: string, size: number])[];
  /** Submodules that the index holds, which it never should. */
  readonly gitlinks: readonly string[];
  /** The folders with the most files, if there are too many. */
  readonly folders: string;
  /** What to say about its size. */
  readonly notices: readonly string[];
}

const MANY_EXCEPTIONS = 1000;
const LARGEST = 5;
const REGULAR = 0o100000;
const GITLINK = 0o160000;
const TYPE = 0o170000;

/** Describes an index, with the help of the one before and what was known of it. */
export async function summarize(
  root: string,
  index: Index,
  previous?: { readonly index: Index; readonly summary: Summary },
): Promise<Summary> {
  const { changed, ...seen } = scan(index, previous?.index);
  const stats = await statPaths(root, changed);
  const umask = previous?.summary.modes.umask ?? commonUmask(stats.values());
  const exceptions = new Map(previous?.summary.modes.exceptions);
  const huge = new Map(previous?.summary.huge);
  for (const [path, stat] of stats) {
    const usual = ((stat.mode & 0o100) === 0 ? 0o666 : 0o777) & ~umask;
    if (stat.mode === usual) exceptions.delete(path);
    else exceptions.set(path, stat.mode);
    if (stat.size >= 2 ** 32) huge.set(path, stat.size);
    else huge.delete(path);
  }
  if (
    previous !== undefined &&
    exceptions.size > MANY_EXCEPTIONS + index.count / 2
  ) return await summarize(root, index);
  keepPresent(index, exceptions, huge);
  const largest = withRealSizes(seen.largest, huge);
  // A pass over every path: once for as many files is enough.
  const folders = previous?.summary.files === index.count
    ? previous.summary.folders
    : fullestFolders(index);
  let { bytes } = seen;
  for (const size of huge.values()) bytes += size - size % 2 ** 32;
  return {
    checksum: index.checksum,
    files: index.count,
    bytes,
    modes: { umask, exceptions: [...exceptions] },
    huge: [...huge],
    gitlinks: seen.gitlinks,
    folders,
    notices: sizeNotices(index.count, bytes, largest, folders),
  };
}

/** One pass over an index: a hundred thousand entries take their time. */
function scan(index: Index, previous: Index | undefined): {
  readonly changed: readonly string[];
  readonly gitlinks: readonly string[];
  readonly largest: readonly SizedPath[];
  readonly bytes: number;
} {
  const changed: string[] = [];
  const gitlinks: string[] = [];
  const largest: SizedPath[] = [];
  let smallest = -1;
  let bytes = 0;
  index.each((entry) => {
    const { size } = entry;
    const type = entry.mode & TYPE;
    bytes += size;
    if (entry.changed && type === REGULAR) changed.push(entry.path());
    if (type === GITLINK) gitlinks.push(entry.path());
    if (size > smallest) {
      largest.push({ path: entry.path(), size });
      largest.sort((a, b) => b.size - a.size);
      largest.length = Math.min(largest.length, LARGEST);
      smallest = largest.length < LARGEST ? -1 : largest.at(-1)?.size ?? -1;
    }
  }, previous);
  return { changed, gitlinks, largest, bytes };
}

/** Takes out what the index does not hold any more. */
function keepPresent(
  index: Index,
  ...records: readonly Map<string, number>[]
): void {
  if (records.every((record) => record.size === 0)) return;
  const present = new Set<string>();
  index.each((entry) => {
    const path = entry.path();
    if (records.some((record) => record.has(path))) present.add(path);
  });
  for (const record of records) {
    for (const path of record.keys()) {
      if (!present.has(path)) record.delete(path);
    }
  }
}

function withRealSizes(
  paths: readonly SizedPath[],
  huge: ReadonlyMap<string, number>,
): readonly SizedPath[] {
  const sizes = new Map(paths.map(({ path, size }) => [path, size]));
  for (const [path, size] of huge) sizes.set(path, size);
  return [...sizes].map(([path, size]) => ({ path, size }))
    .sort((a, b) => b.size - a.size).slice(0, LARGEST);
}

/** The umask under which most of the files can have been made. */
function commonUmask(stats: Iterable<Stat>): number {
  const counts = new Map<number, number>();
  for (const { kind, mode } of stats) {
    // Permissions like 444 come from no umask.
    if (kind !== "file" || (mode & 0o600) !== 0o600) continue;
    const hidden = ~mode & 0o066;
    // Who may not read may not enter a folder either.
    const umask = hidden | ((hidden & 0o044) >> 2);
    counts.set(umask, (counts.get(umask) ?? 0) + 1);
  }
  const [most] = [...counts].sort((a, b) => b[1] - a[1]);
  return most?.[0] ?? PLAIN_MODES.umask;
}
