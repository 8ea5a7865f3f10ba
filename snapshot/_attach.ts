/**
 * Lends the first capture the objects that the user's repository already has.
 *
 * Storing a hundred thousand objects costs far more than naming them. The store
 * is attached while the first tree is written, and then made whole of its own:
 * the user's `git gc` may drop what nothing of theirs refers to any more.
 *
 * @module
 */
import { join } from "../model/path.ts";
import type { Repository } from "./_repository.ts";
import {
  alternatesPath,
  removeFile,
  type Store,
  storeGitOk,
  writeAtomically,
} from "./_store.ts";

/** Lends the objects of a repository to an empty store; false: they cannot be lent. */
export async function attach(
  store: Store,
  repository: Repository | null,
): Promise<boolean> {
  if (
    repository === null || repository.head === null ||
    repository.format !== "sha1" || await isPartial(repository)
  ) return false;
  // A path that begins so, or holds a newline, means something else in that file.
  if (/^["#]|\n/.test(repository.objects)) return false;
  await writeAtomically(alternatesPath(store), `${repository.objects}\n`);
  return true;
}

/** Copies what the kept trees rest on, and takes the objects back. */
export async function detach(store: Store): Promise<void> {
  await storeGitOk(store, "make the first snapshot independent", [
    "repack",
    "-a",
    "-d",
    "-q",
    "--window=0",
  ]);
  await removeFile(alternatesPath(store));
}

/** Whether objects of the repository may be elsewhere. */
async function isPartial(repository: Repository): Promise<boolean> {
  try {
    for await (
      const { name } of Deno.readDir(join(repository.objects, "pack"))
    ) {
      if (name.endsWith(".promisor")) return true;
    }
    return false;
  } catch {
    return true;
  }
}
