/**
 * Walks folders with `find`, for what git does not list.
 *
 * @module
 */
import { runProcess } from "../hosts/process.ts";
import { privateEnv } from "./_git.ts";
import { decodeRecords } from "./_path.ts";

/** The paths below a folder that a `find` expression selects, relative to it. */
export async function find(
  folder: string,
  expression: readonly string[],
): Promise<readonly string[]> {
  const { stdout } = await runProcess({
    argv: ["find", ".", ...expression, "-print0"],
    cwd: folder,
    clearEnv: true,
    env: privateEnv(),
  });
  // A folder that may not be read, or that just went, is left out.
  return decodeRecords(stdout).map((path) => path.slice(2));
}
