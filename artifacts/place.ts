/** Placing the artifacts of one job in the workspace of another. */
import { collect } from "./collect.ts";
import type { Collected } from "./collected.ts";

/** What is placed, and where. */
export interface PlaceOptions {
  /** Absolute path of the folder with the artifacts of the job that made them. */
  readonly from: string;
  /** Globs of the artifact that is needed. */
  readonly patterns: readonly string[];
  /** Absolute path of the workspace. */
  readonly into: string;
}

/**
 * Copies artifacts into a workspace, at the same paths, over what is there.
 * Where the workspace has a link or a file in the place of a folder the file is
 * refused by name: nothing is written through a link.
 */
export function place(options: PlaceOptions): Promise<Collected> {
  const { from, patterns, into } = options;
  return collect({ root: from, patterns, into, maxBytes: null });
}
