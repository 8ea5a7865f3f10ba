/** Describes the index of a capture. */
import { readIndex } from "./_index.ts";
import { type Memory, readDescribedIndex } from "./_memory.ts";
import { changedSince, recentPaths } from "./_recent.ts";
import type { Store } from "./_store.ts";
import { summarize, type Summary } from "./_summary.ts";
import { quotePaths, SnapshotError } from "./error.ts";

/** What is known of the index, and which of its files changed unseen since it was written. */
export async function describe(
  store: Store,
  sourceRoot: string,
  memory: Memory | undefined,
): Promise<{
  readonly summary: Summary;
  readonly recent: readonly string[];
  readonly hidden: readonly string[];
}> {
  const index = readIndex(store.index);
  if (index === undefined) {
    throw new SnapshotError(
      "git",
      `Cannot read the index "${store.index}": git left none that is whole; run again`,
    );
  }
  if (memory?.summary.checksum === index.checksum) {
    const { summary, recent } = memory;
    const hidden = await changedSince(sourceRoot, recent, store.index);
    return { summary, recent, hidden };
  }
  const last = memory === undefined
    ? undefined
    : readDescribedIndex(store, memory.summary);
  const summary = await summarize(
    sourceRoot,
    index,
    memory === undefined || last === undefined
      ? undefined
      : { index: last, summary: memory.summary },
  );
  if (summary.gitlinks.length > 0) {
    throw new SnapshotError(
      "git",
      `Cannot capture ${
        quotePaths(summary.gitlinks)
      }: the index holds a repository instead of its files`,
      { paths: summary.gitlinks },
    );
  }
  const recent = recentPaths(index, store.index);
  const hidden = await changedSince(sourceRoot, recent, store.index);
  return { summary, recent, hidden };
}
