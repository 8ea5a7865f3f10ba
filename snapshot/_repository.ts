/**
 * What is known of the user's git repository, read in one process.
 *
 * @module
 */
import { userGit } from "./_git.ts";
import { isIgnoredFolder, isNoRepository } from "./_listing.ts";
import { SnapshotError } from "./error.ts";

/** The user's repository around a folder. */
export interface Repository {
  /** The folder asked about. */
  readonly folder: string;
  /** Environment that names it, where git would not find it by itself. */
  readonly env: Readonly<Record<string, string>>;
  /** Commit that is checked out; null: none yet. */
  readonly head: string | null;
  /** First parent of that; null: it has none, or it is not there. */
  readonly parent: string | null;
  /** Branch that is checked out; null: detached. */
  readonly branch: string | null;
  /** The folder's path in the repository, "" or ending in a slash. */
  readonly prefix: string;
  /** Absolute path of its objects. */
  readonly objects: string;
  readonly format: "sha1" | "sha256";
  /** Whether its history was cut off when it was cloned or fetched. */
  readonly shallow: boolean;
}

const HEADS = "refs/heads/";

/** Reads the repository around a folder; null: there is none, or none with a working tree. */
export async function readRepository(
  folder: string,
  env: Readonly<Record<string, string>> = {},
): Promise<Repository | null> {
  const result = await userGit([
    "rev-parse",
    "--show-object-format",
    "--is-inside-work-tree",
    "--is-shallow-repository",
    "--path-format=absolute",
    "--git-path",
    "objects",
    "--show-prefix",
    "HEAD",
    // All its parents; none is no failure.
    "HEAD^@",
    "--symbolic-full-name",
    "HEAD",
  ], { cwd: folder, env });
  const lines = new TextDecoder().decode(result.stdout).split("\n");
  const [format, inside, shallow, objects, prefix, head, ...rest] = lines;
  const [name, ...parents] = rest.slice(0, -1).toReversed();
  if (
    format === undefined || inside !== "true" || objects === undefined ||
    prefix === undefined
  ) {
    if (inside === "false" || isNoRepository(result.stderr)) return null;
    throw new SnapshotError(
      "git",
      `Cannot read the git repository of "${folder}": ${result.stderr.trim()}`,
    );
  }
  if (prefix !== "" && await isIgnoredFolder(folder)) return null;
  const common = {
    folder,
    env,
    prefix,
    objects,
    format: format === "sha256" ? "sha256" : "sha1",
    shallow: shallow === "true",
  } as const;
  if (result.code === 0 && head !== undefined) {
    const parent = parents.at(-1) ?? null;
    return { ...common, head, parent, branch: shortName(name) };
  }
  const unborn = await userGit(["symbolic-ref", "-q", "HEAD"], {
    cwd: folder,
    env,
  });
  const branch = new TextDecoder().decode(unborn.stdout).trim();
  return { ...common, head: null, parent: null, branch: shortName(branch) };
}

function shortName(ref: string | undefined): string | null {
  return ref?.startsWith(HEADS) === true ? ref.slice(HEADS.length) : null;
}
