/** The files of a captured tree, whose reader is loaded by who asks for them. */
import type { SnapshotFile } from "../model/snapshot.ts";

/** Lists the files of a tree, in git's order. */
export async function listFiles(
  stateRoot: string,
  tree: string,
): Promise<readonly SnapshotFile[]> {
  const { listTree }: typeof import("./tree.ts") = await import(
    import.meta.resolve("./tree.ts")
  );
  return await listTree({ stateRoot, tree });
}
