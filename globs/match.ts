/**
 * Globs over paths: the one dialect of filters, inputs, conditions, artifacts,
 * caches and snapshots.
 *
 * A pattern is matched against a whole path, relative to the root, with `/`
 * between its parts. Letters match in their own case, and a leading dot is a
 * character like any other.
 *
 * | written | matches |
 * | --- | --- |
 * | `*` | any characters of one part, none too |
 * | `**` | as a whole part: any number of parts, none too; so `dir/**` is `dir` and all below it |
 * | `?` | one character of a part |
 * | `[abc]`, `[a-z]`, `[!abc]` | one character of, or not of, the set |
 * | `{ts,tsx}`, `{1..3}` | one of the alternatives; they may hold other globs and `/` |
 * | `\x` | the character `x` itself |
 * | `dir/` | the same as `dir/**` |
 * | `./x` | the same as `x` |
 * | `!x` | takes out of what the patterns before it matched; as the first pattern, out of everything |
 *
 * Everything else stands for itself: `(`, `)`, `+`, `@` and `|` are no operators.
 *
 * @module
 */
import zeptomatch from "zeptomatch";
import {
  type Expression,
  type Matcher,
  matcherBy,
  problemOf,
} from "./pattern.ts";

export { bases, isGlob, type Matcher } from "./pattern.ts";

/** Stands for a backslash, which the library takes for another `/`. */
const BACKSLASH = "\u{F8FF}";

/**
 * Makes the matcher of a list of patterns, which are read in order: a path that
 * a `!` pattern takes out can be matched again by a later one. With
 * `["src/**", "!src/gen/**"]` the path `src/a.ts` gives `src/**`, and
 * `src/gen/a.ts` gives null.
 */
export function matcher(patterns: readonly string[]): Matcher {
  return matcherBy(patterns, compile);
}

/** Says what is wrong with a pattern; null: nothing. */
export function globProblem(pattern: string): string | null {
  return problemOf(pattern, compile);
}

/** Makes an expression of what a pattern holds from its first wild part on. */
export function compile(tail: string): Expression {
  const found = zeptomatch.compile(tail.replaceAll("\\\\", BACKSLASH));
  return { test: (path) => found.test(path.replaceAll("\\", BACKSLASH)) };
}
