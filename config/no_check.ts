/**
 * Finds `@ts-nocheck`, which would let wrong types pass silently.
 *
 * @module
 */
import { relative } from "../model/path.ts";
import { UserError } from "../model/user_error.ts";

/** Refuses source files that turn their type-check off. */
export async function refuseNoCheck(
  root: string,
  paths: readonly string[],
): Promise<void> {
  for (const path of paths) {
    const line = noCheckLine(await Deno.readTextFile(path));
    if (line === null) continue;
    throw new UserError(
      `Found @ts-nocheck at ${relative(root, path)}:${line}, ` +
        "which hides wrong types from the check of the config\n" +
        "  Remove it; `// @ts-expect-error` lets one line pass",
    );
  }
}

/**
 * The line of a `@ts-nocheck` that TypeScript heeds; null: there is none.
 *
 * It heeds single-line comments before the first statement alone.
 */
export function noCheckLine(source: string): number | null {
  const comment = /\s+|\/\/[^\n]*|\/\*[^]*?\*\/|(?<=^\uFEFF?)#![^\n]*/y;
  for (let match = comment.exec(source); match; match = comment.exec(source)) {
    if (/^\/\/\/?\s*@ts-nocheck/.test(match[0])) {
      return source.slice(0, match.index).split("\n").length;
    }
  }
  return null;
}
