/**
 * Finds the config of a working directory.
 *
 * @module
 */
import { basename, dirname, join, resolve } from "../model/path.ts";
import { UserError } from "../model/user_error.ts";

/** The name of a config. */
export const CONFIG_NAME = "pikaci.config.ts";

/** Names that other tools would take for a config, and pikaci refuses. */
const wrongNames = ["js", "mjs", "cjs", "jsx", "mts", "cts", "tsx", "json"]
  .map((extension) => `pikaci.config.${extension}`);

/**
 * Returns the absolute path of the config: the given one, or the nearest
 * `pikaci.config.ts` in `cwd` and the folders above it.
 */
export function findConfig(
  cwd: string,
  given?: string,
): string {
  if (given !== undefined) return givenConfig(resolve(cwd, given));
  for (let folder = cwd;; folder = dirname(folder)) {
    const path = join(folder, CONFIG_NAME);
    if (isFile(path)) return path;
    for (const name of wrongNames) {
      if (isFile(join(folder, name))) throw notTypeScript(folder, name);
    }
    if (dirname(folder) === folder) break;
  }
  throw new UserError(
    `Cannot find ${CONFIG_NAME} in "${cwd}" or a folder above it\n` +
      "  Write one with `pikaci init`, or name one with --config FILE",
  );
}

function givenConfig(path: string): string {
  if (!path.endsWith(".ts")) {
    throw notTypeScript(dirname(path), basename(path));
  }
  if (isFile(path)) return path;
  throw new UserError(`Cannot find the config "${path}" named by --config`);
}

function notTypeScript(folder: string, name: string): UserError {
  return new UserError(
    `Cannot use "${join(folder, name)}" as the config: found ${name}, ` +
      "expected a .ts file, so that its types can be checked\n" +
      `  Rename it to ${name.replace(/\.\w+$/, ".ts")}`,
  );
}

function isFile(path: string): boolean {
  try {
    return Deno.statSync(path).isFile;
  } catch (error) {
    if (
      error instanceof Deno.errors.NotFound ||
      error instanceof Deno.errors.NotADirectory
    ) return false;
    throw error;
  }
}
