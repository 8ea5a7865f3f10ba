/**
 * Patterns of the one dialect, which `match.ts` describes.
 *
 * A pattern that is a plain path, or all below one, is matched here. Others become
 * regular expressions, by a library that takes longer to load than many a run
 * has to wait for: whoever matches is given what makes them.
 *
 * @module
 */

/** Tells the first pattern that matches a path; null: the path is not matched. */
export type Matcher = (path: string) => string | null;

/** Makes an expression of what a pattern holds from its first wild part on, as `match.ts` does. */
export type Compile = (tail: string) => Expression;

/** What tells whether a path matches. */
export type Expression = Pick<RegExp, "test">;

/** One pattern, taken apart. */
interface Parts {
  readonly negated: boolean;
  /** The path before the first wild part. */
  readonly base: string;
  /** From the first wild part on; null: there is none. */
  readonly tail: string | null;
}

/** Makes the matcher of a list of patterns, as `matcher` of `match.ts`. */
export function matcherBy(
  patterns: readonly string[],
  compile: Compile,
): Matcher {
  const globs = patterns.map((pattern) => {
    const parts = partsOf(pattern);
    return { pattern, negated: parts.negated, test: testOf(parts, compile) };
  });
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
    .map((pattern) => partsOf(pattern).base);
}

/** Whether a text is a pattern rather than a plain name. */
export function isGlob(text: string): boolean {
  return /[*?[\]{}\\]/.test(text);
}

/** Whether only an expression tells what a pattern matches. */
function isInvolved(pattern: string): boolean {
  const { tail } = partsOf(pattern);
  return tail !== null && tail !== "**";
}

/** Loads what makes expressions of these patterns, if one of them needs it. */
export async function loadCompile(
  patterns: Iterable<string>,
): Promise<Compile> {
  for (const pattern of patterns) {
    if (!isInvolved(pattern)) continue;
    const { compile }: typeof import("./match.ts") = await import(
      import.meta.resolve("./match.ts")
    );
    return compile;
  }
  return (tail) => {
    throw new TypeError(`Nothing was loaded for the glob "${tail}"`);
  };
}

/** Makes the matcher of a list of patterns, and loads for it what they need. */
export async function loadMatcher(
  patterns: readonly string[],
): Promise<Matcher> {
  return matcherBy(patterns, await loadCompile(patterns));
}

/** Says what is wrong with a pattern; null: nothing. */
export function problemOf(pattern: string, compile: Compile): string | null {
  const glob = pattern.startsWith("!") ? pattern.slice(1) : pattern;
  if (glob === "") return "is empty";
  if (glob.startsWith("/")) return "starts with /: paths are relative";
  if (glob.split("/").includes("..")) return "leaves the root by ..";
  if (/(^|[^\\])(\\\\)*\\$/.test(glob)) return "ends with a lone backslash";
  if (unbalanced(glob, "[", "]")) return "has a [ without its ]";
  if (unbalanced(glob, "{", "}")) return "has a { without its }";
  try {
    testOf(partsOf(pattern), compile);
  } catch {
    return "has a set or range that makes no sense";
  }
  return null;
}

function partsOf(pattern: string): Parts {
  const negated = pattern.startsWith("!");
  let text = negated ? pattern.slice(1) : pattern;
  if (text.startsWith("./")) text = text.slice(2);
  if (text.endsWith("/")) text += "**";
  const parts = text.split("/");
  const wild = parts.findIndex(isGlob);
  if (wild === -1) return { negated, base: text, tail: null };
  return {
    negated,
    base: parts.slice(0, wild).join("/"),
    tail: parts.slice(wild).join("/"),
  };
}

function testOf(
  { base, tail }: Parts,
  compile: Compile,
): (path: string) => boolean {
  if (tail === null) return (path) => path === base;
  const folder = base === "" ? "" : `${base}/`;
  if (tail === "**") {
    return (path) => path.startsWith(folder) || path === base;
  }
  const rest = compile(tail);
  return (path) =>
    path.startsWith(folder) && rest.test(path.slice(folder.length));
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
