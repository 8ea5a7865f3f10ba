/**
 * Reads the raw output of git's diffs.
 *
 * @module
 */
import { decodeRecords } from "./_path.ts";

/** A path that differs between two trees; an absent side has mode "000000". */
export interface Difference {
  readonly oldMode: string;
  readonly newMode: string;
  readonly oldId: string;
  readonly newId: string;
  readonly path: string;
}

/** Reads `git diff --raw -z --no-abbrev`. */
export function readRaw(output: Uint8Array): readonly Difference[] {
  const records = decodeRecords(output);
  const result: Difference[] = [];
  for (let i = 0; i + 1 < records.length; i += 2) {
    const [oldMode, newMode, oldId, newId] = (records[i] ?? "").slice(1)
      .split(" ");
    const path = records[i + 1];
    if (
      oldMode === undefined || newMode === undefined || oldId === undefined ||
      newId === undefined || path === undefined
    ) continue;
    result.push({ oldMode, newMode, oldId, newId, path });
  }
  return result;
}
