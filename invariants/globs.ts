/** Globs over paths and names, in pikaci's one dialect. */
import { matcher as match } from "../globs/match.ts";

/**
 * Makes a test of whether a path or name matches.
 *
 * The scheme of a name counts as its first part, so that `npm:**` is all
 * packages of npm, and `node:fs/**` is `node:fs` and `node:fs/promises`.
 */
export function matcher(
  patterns: readonly string[],
): (name: string) => boolean {
  const found = match(patterns.map(schemeAsPart));
  return (name) => found(schemeAsPart(name)) !== null;
}

function schemeAsPart(name: string): string {
  return name.replace(/^(!?[a-z]+:)(?!\/)/, "$1/");
}
