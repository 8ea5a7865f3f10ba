/**
 * Chooses the commit that a snapshot is compared with.
 *
 * @module
 */
import { join } from "../model/path.ts";
import type { Base } from "../model/snapshot.ts";
import type { DefaultBranch } from "./_default_branch.ts";
import { userGit } from "./_git.ts";
import type { Repository } from "./_repository.ts";
import { readText, type Store, writeAtomically } from "./_store.ts";
import { SnapshotError } from "./error.ts";

/**
 * Chooses the merge base with the default branch; where HEAD itself is that,
 * and no other branch is checked out, its first parent.
 */
export async function defaultBase(
  repository: Repository | null,
  branch: DefaultBranch | null,
  store: Store,
): Promise<Base> {
  if (repository === null) {
    return nothing("there is no git repository to compare with");
  }
  const { head, folder } = repository;
  if (head === null) {
    return nothing("the git repository has no commit to compare with");
  }
  if (branch === null) {
    return nothing(
      "no default branch was found (origin/HEAD, origin/main, origin/master, main and master do not exist); name one with --base",
    );
  }
  const { name, tip } = branch;
  const common = tip === head
    ? head
    : await findMergeBase(store, folder, head, tip);
  if (common === null) {
    return nothing(
      `HEAD shares no commit with ${name}${shallowNote(repository)}`,
    );
  }
  const here = repository.branch ?? "HEAD";
  const onDefault = here === "HEAD" || here === name.replace(/^origin\//, "");
  if (common !== head || !onDefault) {
    const what = onDefault
      ? `the last commit of ${here} that the default branch ${name} has`
      : `where ${here} left the default branch ${name}`;
    return {
      kind: "merge_base",
      ref: name,
      commit: common,
      reason: `Compared with ${short(common)}, ${what}`,
    };
  }
  const { parent } = repository;
  if (parent === null) {
    return nothing(
      `HEAD is on the default branch ${name} and has no first parent${
        shallowNote(repository)
      }`,
    );
  }
  return {
    kind: "first_parent",
    ref: name,
    commit: parent,
    reason: `Compared with ${
      short(parent)
    }, the first parent of HEAD, which is on the default branch ${name}`,
  };
}

/** The commit that was asked for; `commit` is what git knows by that name. */
export function chosenBase(
  repository: Repository | null,
  ref: string,
  commit: string | null,
): Base {
  if (repository !== null && commit !== null) {
    return {
      kind: "ref",
      ref,
      commit,
      reason: `Compared with ${ref} (${short(commit)}), as asked with --base`,
    };
  }
  throw new SnapshotError(
    "usage",
    `Cannot compare with base "${ref}": ` +
      (repository === null
        ? "there is no git repository here; use --all or --changed-files"
        : "git knows no such commit here; give a branch, a tag or a commit, or fetch it first"),
  );
}

/** The commit that git knows by a name in a folder; null: none. */
export async function resolveCommit(
  folder: string,
  ref: string,
): Promise<string | null> {
  return await firstLine(folder, [
    ...["rev-parse", "-q", "--verify", "--end-of-options"],
    `${ref}^{commit}`,
  ]);
}

/** Finds a merge base; a long history costs time, so the last one is remembered. */
async function findMergeBase(
  store: Store,
  folder: string,
  head: string,
  tip: string,
): Promise<string | null> {
  const path = join(store.dir, "pikaci", "merge-base");
  const key = `${head} ${tip} `;
  const known = await readText(path);
  if (known?.startsWith(key) === true) return known.slice(key.length);
  const found = await firstLine(folder, ["merge-base", head, tip]);
  if (found !== null) await writeAtomically(path, key + found);
  return found;
}

async function firstLine(
  cwd: string,
  args: readonly string[],
): Promise<string | null> {
  const { code, stdout } = await userGit(args, { cwd });
  const [line] = new TextDecoder().decode(stdout).split("\n");
  return code !== 0 || line === undefined || line === "" ? null : line;
}

function shallowNote({ shallow }: Repository): string {
  return shallow
    ? " in this shallow clone; fetch more history, or name a base with --base"
    : "";
}

function nothing(why: string): Base {
  return {
    kind: "none",
    ref: null,
    commit: null,
    reason: `Every file counts as changed: ${why}`,
  };
}

function short(commit: string): string {
  return commit.slice(0, 9);
}
