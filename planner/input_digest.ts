/** What the inputs of jobs come to in a tree: one hash of all files that their globs match. */

/** What globs match in a tree. */
export interface InputDigest {
  /** Number of files. */
  readonly files: number;
  /** Hash of their paths, modes and ids. */
  readonly digest: string;
}

/** Digests of one tree, by `inputsName` of the globs. */
export type InputDigests = ReadonlyMap<string, InputDigest>;

/** The name of a list of globs. */
export function inputsName(globs: readonly string[]): string {
  return JSON.stringify(globs);
}
