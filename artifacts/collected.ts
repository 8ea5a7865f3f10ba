/** What was kept of a folder, and what was not. */

/** A file that was not kept. */
export interface Refusal {
  /** Its path, relative to the folder. */
  readonly path: string;
  /** Why, as the end of a sentence that starts with the path. */
  readonly why: string;
}

/** What came of collecting, unpacking or placing files. */
export interface Collected {
  /** Paths of the files that were kept, sorted, with `/` between segments. */
  readonly files: readonly string[];
  /** Sum of their sizes, in bytes. */
  readonly bytes: number;
  /** What was not kept. */
  readonly refused: readonly Refusal[];
  /** A sentence when the limit of the size kept everything out; null: it did not. */
  readonly overLimit: string | null;
}

/** Tells in sentences what was not kept. */
export function refusalMessages(found: Collected): readonly string[] {
  const messages = found.refused.map(({ path, why }) =>
    `Not kept: ${JSON.stringify(path)} ${why}`
  );
  return found.overLimit === null ? messages : [found.overLimit, ...messages];
}

/** Puts together what several collections kept. */
export function joinCollected(all: readonly Collected[]): Collected {
  const over = all.flatMap(({ overLimit }) => overLimit ?? []);
  return {
    files: [...new Set(all.flatMap(({ files }) => files))].sort(),
    bytes: all.reduce((sum, { bytes }) => sum + bytes, 0),
    refused: all.flatMap(({ refused }) => refused),
    overLimit: over.length === 0 ? null : over.join("; "),
  };
}

/** The sentence for files that are larger together than their limit. */
export function overLimitMessage(
  files: readonly { readonly path: string; readonly bytes: number }[],
  maxBytes: number,
  atLeast: "" | "at least " = "",
): string {
  const bytes = files.reduce((sum, file) => sum + file.bytes, 0);
  const largest = files.toSorted((a, b) => b.bytes - a.bytes).slice(0, 3)
    .map((file) => `${JSON.stringify(file.path)} ${mebibytes(file.bytes)}`);
  return `Kept nothing: the files have ${atLeast}${mebibytes(bytes)}, ` +
    `over the limit of ${mebibytes(maxBytes)}; the largest: ${
      largest.join(", ")
    }`;
}

function mebibytes(bytes: number): string {
  return bytes < 1024 * 1024
    ? `${Math.ceil(bytes / 1024)} KiB`
    : `${(bytes / 1024 / 1024).toFixed(1)} MiB`;
}
