/**
 * Which files differ between a commit of the user's repository and a captured
 * tree, as git itself sees content: what only a line ending or an LFS filter
 * makes different is the same.
 *
 * The two trees are compared by their ids first, which costs what differs;
 * only files that differ in bytes are put through the user's filters.
 *
 * @module
 */
import { join } from "../model/path.ts";
import { pathTest } from "./_listing.ts";
import { type Difference, readRaw } from "./_raw_diff.ts";
import { realDifferences } from "./_real_diff.ts";
import { readRepository, type Repository } from "./_repository.ts";
import { settle } from "./_settle.ts";
import { type Store, storeGit } from "./_store.ts";

/** Id of the tree without files, which git knows without having it. */
const EMPTY_TREE = "4b825dc642cb6eb9a060e54bf8d69288fbee4904";

/** Above this many, git's own record of unchanged files is faster than filtering each. */
const MANY_CANDIDATES = 500;

/** What to compare. */
export interface Comparison {
  readonly store: Store;
  readonly repository: Repository;
  /** Commit of the user's repository. */
  readonly commit: string;
  /** Captured tree. */
  readonly tree: string;
  /** Globs that were kept out of the tree. */
  readonly exclude: readonly string[];
  /** Whether a sparse checkout left tracked files out of it. */
  readonly sparse: boolean;
  /** Whether one path that differs is enough. */
  readonly any?: boolean;
}

/** Paths that differ, sorted; a renamed file counts with both its names. */
export async function compare(
  comparison: Comparison,
): Promise<readonly string[]> {
  const { repository, exclude, sparse, any = false } = comparison;
  const excluded = await pathTest(exclude);
  const keep = (path: string) => excluded?.(path) !== true;
  const found = repository.format === "sha1" && !sparse
    ? await compareTrees({ ...comparison, any, keep })
    : undefined;
  const paths = found ?? await live(comparison);
  return [...new Set(paths)].filter(keep).sort();
}

/** Compares with the working tree itself, where the trees do not tell. */
async function live(comparison: Comparison): Promise<readonly string[]> {
  const { compareLive }: typeof import("./_compare_live.ts") = await import(
    import.meta.resolve("./_compare_live.ts")
  );
  return await compareLive(comparison);
}

interface TreeComparison
  extends Pick<Comparison, "store" | "repository" | "commit" | "tree"> {
  readonly any: boolean;
  readonly keep: (path: string) => boolean;
}

/** Compares by ids of trees; undefined: objects of the base are not there. */
async function compareTrees(
  comparison: TreeComparison,
): Promise<readonly string[] | undefined> {
  const { store, repository, commit, tree, any, keep } = comparison;
  const env = { GIT_ALTERNATE_OBJECT_DIRECTORIES: quote(repository.objects) };
  const base = repository.prefix === ""
    ? `${commit}^{tree}`
    : `${commit}:${repository.prefix.slice(0, -1)}`;
  const args = (old: string) => [
    "diff-tree",
    "-r",
    "-z",
    "--raw",
    "--no-renames",
    "--no-abbrev",
    old,
    tree,
  ];
  let result = await storeGit(store, args(base), { env });
  if (result.code !== 0 && repository.prefix !== "") {
    if (/does not exist in/.test(result.stderr)) {
      result = await storeGit(store, args(EMPTY_TREE));
    }
  }
  if (result.code !== 0) return undefined;
  const differences = readRaw(result.stdout).filter(({ path }) => keep(path));
  const submodules = differences.filter(({ oldMode, newMode }) =>
    oldMode === "160000" && newMode === "000000"
  );
  const rest = differences.filter((one) =>
    !submodules.includes(one) &&
    !submodules.some(({ path }) => one.path.startsWith(`${path}/`))
  );
  const [own, ...nested] = await settle([
    realDifferences(repository, rest, { any, most: MANY_CANDIDATES }),
    ...submodules.map((submodule) =>
      compareSubmodule(comparison, submodule, differences)
    ),
  ]);
  if (own === undefined) return undefined;
  return [...own, ...nested.flat()];
}

async function compareSubmodule(
  outer: TreeComparison,
  { path, oldId }: Difference,
  differences: readonly Difference[],
): Promise<readonly string[]> {
  const below = differences.filter((one) => one.path.startsWith(`${path}/`))
    .map((one) => one.path);
  const folder = join(outer.repository.folder, path);
  // A submodule that was never initialised is an empty folder, here and there.
  if (below.length === 0) return await isFolder(folder) ? [] : [path];
  const repository = await readRepository(folder, {
    GIT_DIR: join(folder, ".git"),
    GIT_WORK_TREE: folder,
  }).catch(() => null);
  if (repository === null || repository.format !== "sha1") return below;
  const found = await compareTrees({
    ...outer,
    repository,
    commit: oldId,
    tree: `${outer.tree}${outer.tree.includes(":") ? "/" : ":"}${path}`,
    keep: (one) => outer.keep(`${path}/${one}`),
  });
  return found?.map((one) => `${path}/${one}`) ?? below;
}

/** A path as an element of GIT_ALTERNATE_OBJECT_DIRECTORIES. */
function quote(path: string): string {
  return /[":]/.test(path) ? `"${path.replace(/["\\]/g, "\\$&")}"` : path;
}

async function isFolder(path: string): Promise<boolean> {
  try {
    return (await Deno.lstat(path)).isDirectory;
  } catch {
    return false;
  }
}
