/**
 * Finds the default branch of a repository.
 *
 * Its refs are read as git keeps them, in a file each or all in one; where
 * anything is otherwise, git is asked.
 *
 * @module
 */
import { dirname, join } from "../model/path.ts";
import { userGit } from "./_git.ts";
import { refReader } from "./_refs.ts";
import type { Repository } from "./_repository.ts";

/** Refs that can be the default branch, the first that exists. */
const CANDIDATES = [
  "refs/remotes/origin/HEAD",
  "refs/remotes/origin/main",
  "refs/remotes/origin/master",
  "refs/heads/main",
  "refs/heads/master",
];

/** The default branch of a repository. */
export interface DefaultBranch {
  /** Its name, as people write it. */
  readonly name: string;
  /** Its commit. */
  readonly tip: string;
}

/** Finds the default branch; null: none of the usual ones exists. */
export async function readDefaultBranch(
  { folder, objects }: Pick<Repository, "folder" | "objects">,
): Promise<DefaultBranch | null> {
  try {
    return await readFiles(dirname(objects));
  } catch {
    return await askGit(folder);
  }
}

/** Reads the refs below a git folder; throws where they are kept in another way. */
async function readFiles(gitDir: string): Promise<DefaultBranch | null> {
  if (hasReftable(gitDir)) throw new Error("The refs are no files");
  const readRef = refReader(gitDir);
  for (const ref of CANDIDATES) {
    const text = await readRef(ref);
    const target = text === null ? undefined : TARGET.exec(text)?.[1];
    const tip = target === undefined ? text : await readRef(target);
    // A link to a branch that is gone is none.
    if (tip === null) continue;
    if (!ID.test(tip)) throw new Error(`"${ref}" is no commit`);
    return { name: shortName(target ?? ref), tip: tip.trimEnd() };
  }
  return null;
}

const ID = /^(?:[0-9a-f]{40}|[0-9a-f]{64})\n$/;
const TARGET = /^ref: (refs\/\S+)\n$/;

async function askGit(folder: string): Promise<DefaultBranch | null> {
  const { stdout } = await userGit([
    "for-each-ref",
    "--format=%(refname) %(objectname) %(symref)",
    ...CANDIDATES,
  ], { cwd: folder });
  const refs = new Map<string, DefaultBranch>();
  for (const line of new TextDecoder().decode(stdout).split("\n")) {
    const [ref, tip, target] = line.split(" ");
    if (ref === undefined || tip === undefined) continue;
    const full = target === undefined || target === "" ? ref : target;
    refs.set(ref, { name: shortName(full), tip });
  }
  const [found] = CANDIDATES.flatMap((ref) => refs.get(ref) ?? []);
  return found ?? null;
}

function shortName(ref: string): string {
  return ref.replace(/^refs\/(remotes|heads)\//, "");
}

function hasReftable(gitDir: string): boolean {
  try {
    Deno.lstatSync(join(gitDir, "reftable"));
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}
