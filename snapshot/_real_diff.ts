/**
 * Tells what differs for git from what differs in bytes alone.
 *
 * @module
 */
import { userGit } from "./_git.ts";
import { encodeLines } from "./_path.ts";
import type { Difference } from "./_raw_diff.ts";
import type { Repository } from "./_repository.ts";

/** Leaves out what differs in bytes but not in what git would commit. */
export async function realDifferences(
  repository: Repository,
  differences: readonly Difference[],
  { any = false, most = Infinity }: {
    /** Whether one difference is enough. */
    readonly any?: boolean;
    /** How many files to put through filters; more give undefined. */
    readonly most?: number;
  } = {},
): Promise<readonly string[] | undefined> {
  const changed: string[] = [];
  const inBytes: Difference[] = [];
  const inMode: string[] = [];
  for (const one of differences) {
    if (!isRegular(one.oldMode) || !isRegular(one.newMode)) {
      changed.push(one.path);
    } else if (one.oldId !== one.newId) inBytes.push(one);
    else inMode.push(one.path);
  }
  const cwd = repository.folder;
  if (
    inMode.length > 0 || inBytes.some((one) => one.oldMode !== one.newMode)
  ) {
    const { stdout } = await userGit(
      ["config", "--type=bool", "core.fileMode"],
      { cwd, env: repository.env },
    );
    if (new TextDecoder().decode(stdout).trim() !== "false") {
      changed.push(...inMode);
      changed.push(
        ...inBytes.filter((one) => one.oldMode !== one.newMode)
          .map((one) => one.path),
      );
    }
  }
  if (inBytes.length === 0 || (any && changed.length > 0)) return changed;
  if (inBytes.length > most) return undefined;
  const hashed = await userGit(["hash-object", "--stdin-paths"], {
    cwd,
    env: repository.env,
    stdin: encodeLines(inBytes.map(({ path }) => path)),
  });
  // A filter that fails, or a file that is gone: bytes decide.
  const ids = hashed.code === 0
    ? new TextDecoder().decode(hashed.stdout).split("\n")
    : [];
  inBytes.forEach((one, i) => {
    if (ids[i] !== one.oldId) changed.push(one.path);
  });
  return changed;
}

function isRegular(mode: string): boolean {
  return mode.startsWith("100");
}
