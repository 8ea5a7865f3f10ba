/**
 * What the inputs of jobs came to in the tree of the last plan: while the tree
 * stays, neither its files are listed nor globs matched nor contents hashed.
 *
 * @module
 */
import { join } from "../model/path.ts";
import { INPUT_DIGESTS } from "../model/state_paths.ts";
import { VERSION } from "../model/version.ts";
import type { InputDigest, InputDigests } from "../planner/input_digest.ts";
import { writeJson } from "../store/files.ts";

/** The version of the dialect of globs, and of what is hashed, is that of pikaci. */
interface Noted {
  readonly version: string;
  readonly tree: string;
  readonly inputs: readonly (readonly [name: string, InputDigest])[];
}

/** The digests of a tree, as far as they are known. */
export function readInputDigests(
  stateRoot: string,
  tree: string,
): InputDigests {
  try {
    const noted: unknown = JSON.parse(
      Deno.readTextFileSync(join(stateRoot, INPUT_DIGESTS)),
    );
    if (isNoted(noted) && noted.version === VERSION && noted.tree === tree) {
      return new Map(noted.inputs);
    }
  } catch {
    // There are none, or they are damaged: they are made again.
  }
  return new Map();
}

/** Notes the digests of a tree; what cannot be noted costs the next plan a moment. */
export function noteInputDigests(
  stateRoot: string,
  tree: string,
  digests: InputDigests,
): void {
  const noted: Noted = { version: VERSION, tree, inputs: [...digests] };
  try {
    writeJson(join(stateRoot, INPUT_DIGESTS), noted);
  } catch (error) {
    if (!(error instanceof Error && error.name === "StoreError")) throw error;
  }
}

/** By hand: the validator takes longer to load than the digests to make. */
function isNoted(value: unknown): value is Noted {
  return typeof value === "object" && value !== null && "version" in value &&
    "tree" in value && "inputs" in value && Array.isArray(value.inputs) &&
    value.inputs.every(isEntry);
}

function isEntry(entry: unknown): boolean {
  if (!Array.isArray(entry) || entry.length !== 2) return false;
  const [name, digest]: readonly unknown[] = entry;
  return typeof name === "string" && typeof digest === "object" &&
    digest !== null && "files" in digest &&
    typeof digest.files === "number" && "digest" in digest &&
    typeof digest.digest === "string";
}
