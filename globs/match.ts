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

/** Tells the first pattern that matches a path; null: the path is not matched. */
export type Matcher = (path: string) => string | null;

/** Stands for a backslash, which the library takes for another `/`. */
const BACKSLASH = "\u{F8FF}";

/** One pattern, taken apart. */
interface Glob {
  readonly pattern: string;
  readonly negated: boolean;
  readonly base: string;
  readonly test: (path: string) => boolean;
}

/**
 * Makes the matcher of a list of patterns, which are read in order: a path that
 * a `!` pattern takes out can be matched again by a later one. With
 * `["src/**", "!src/gen/**"]` the path `src/a.ts` gives `src/**`, and
 * `src/gen/a.ts` gives null.
 */
export function matcher(patterns: readonly string[]): Matcher {
  const globs = patterns.map(toGlob);
  const [first] = globs;
  const start = first?.negated ? first.pattern : null;
  return (path) => {
    let matched = start;
    for (const glob of globs) {
      if (glob.negated === (matched === null) || !glob.test(path)) continue;
      matched = glob.negated ? null : glob.pattern;
    }
    return matched;
  };
}

/**
 * Gives the folders and paths outside which the patterns match nothing;
 * an empty string is the root.
 */
export function bases(patterns: readonly string[]): readonly string[] {
  if (patterns[0]?.startsWith("!")) return [""];
  return patterns.filter((pattern) => !pattern.startsWith("!"))
    .map((pattern) => toGlob(pattern).base);
}

/** Whether a text is a pattern rather than a plain name. */
export function isGlob(text: string): boolean {
  return /[*?[\]{}\\]/.test(text);
}

/** Says what is wrong with a pattern; null: nothing. */
export function globProblem(pattern: string): string | null {
  const glob = pattern.startsWith("!") ? pattern.slice(1) : pattern;
  if (glob === "") return "is empty";
  if (glob.startsWith("/")) return "starts with /: paths are relative";
  if (glob.split("/").includes("..")) return "leaves the root by ..";
  if (/(^|[^\\])(\\\\)*\\$/.test(glob)) return "ends with a lone backslash";
  if (unbalanced(glob, "[", "]")) return "has a [ without its ]";
  if (unbalanced(glob, "{", "}")) return "has a { without its }";
  try {
    toGlob(pattern);
  } catch {
    return "has a set or range that makes no sense";
  }
  return null;
}

function toGlob(pattern: string): Glob {
  const negated = pattern.startsWith("!");
  let text = negated ? pattern.slice(1) : pattern;
  if (text.startsWith("./")) text = text.slice(2);
  if (text.endsWith("/")) text += "**";
  const parts = text.split("/");
  const wild = parts.findIndex(isGlob);
  if (wild === -1) {
    return { pattern, negated, base: text, test: (path) => path === text };
  }
  const base = parts.slice(0, wild).join("/");
  const tail = parts.slice(wild).join("/");
  const folder = base === "" ? "" : `${base}/`;
  if (tail === "**") {
    return {
      pattern,
      negated,
      base,
      test: (path) => path.startsWith(folder) || path === base,
    };
  }
  const rest = expression(tail);
  return {
    pattern,
    negated,
    base,
    test: (path) =>
      path.startsWith(folder) &&
      rest.test(path.slice(folder.length).replaceAll("\\", BACKSLASH)),
  };
}

function expression(tail: string): RegExp {
  return zeptomatch.compile(tail.replaceAll("\\\\", BACKSLASH));
}

function unbalanced(glob: string, open: string, close: string): boolean {
  let depth = 0;
  for (let at = 0; at < glob.length; at++) {
    const char = glob[at];
    if (char === "\\") at++;
    else if (char === open) depth++;
    else if (char === close && depth > 0) depth--;
  }
  return depth > 0;
}
