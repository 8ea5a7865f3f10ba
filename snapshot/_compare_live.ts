/**
 * Compares a commit with the working tree by git's own index: for what two
 * trees cannot tell, such as a sparse checkout or objects of another format.
 *
 * @module
 */
import { expectGit, gitFailed, userGit } from "./_git.ts";
import { decodeRecords } from "./_path.ts";
import { readRaw } from "./_raw_diff.ts";
import { realDifferences } from "./_real_diff.ts";
import type { Repository } from "./_repository.ts";
import { settle } from "./_settle.ts";
import { type Store, storeGit } from "./_store.ts";

/** Compares the working tree as it is now, by git's own index. */
export async function compareLive(
  { store, repository, commit, tree }: {
    readonly store: Store;
    readonly repository: Repository;
    readonly commit: string;
    readonly tree: string;
  },
): Promise<readonly string[]> {
  const { folder: cwd, env, prefix } = repository;
  const [diff, base, captured] = await settle([
    userGit([
      // Not `git diff`, which writes the index, whatever GIT_OPTIONAL_LOCKS says.
      "diff-index",
      "--raw",
      "-z",
      "--no-renames",
      "--no-abbrev",
      "--relative",
      commit,
      "--",
      ".",
    ], { cwd, env }),
    userGit(
      ["ls-tree", "-r", "-z", "--name-only", `${commit}:${prefix}`],
      { cwd, env },
    ),
    storeGit(store, ["ls-tree", "-r", "-z", "--name-only", tree]),
  ]);
  if (base.code !== 0 && prefix === "") {
    throw gitFailed(`read the files of ${commit}`, base);
  }
  const known = new Set(base.code === 0 ? decodeRecords(base.stdout) : []);
  const differences = readRaw(expectGit(`compare with ${commit}`, diff));
  const submodules = new Set(
    differences.filter((one) =>
      one.oldMode === "160000" || one.newMode === "160000"
    ).map((one) => one.path),
  );
  const added = decodeRecords(
    expectGit(`list the files of tree ${tree}`, captured),
  ).filter((path) => !known.has(path) && !isBelow(path, known, submodules));
  // A submodule is named by its files, where it has any.
  const real = await realDifferences(repository, differences) ?? [];
  const changed = real.filter((path) =>
    !submodules.has(path) || !added.some((file) => file.startsWith(`${path}/`))
  );
  return [...changed, ...added];
}

/** Whether a file belongs to a submodule of the base that did not change. */
function isBelow(
  path: string,
  known: ReadonlySet<string>,
  changed: ReadonlySet<string>,
): boolean {
  for (
    let end = path.lastIndexOf("/");
    end > 0;
    end = path.lastIndexOf("/", end - 1)
  ) {
    const folder = path.slice(0, end);
    if (known.has(folder)) return !changed.has(folder);
  }
  return false;
}
