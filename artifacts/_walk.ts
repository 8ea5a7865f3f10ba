/** Finding the files that patterns name, without following links. */
import { dirname, join } from "../model/path.ts";
import { bases, loadMatcher } from "../globs/pattern.ts";
import type { Refusal } from "./collected.ts";

/** Something in a folder that a pattern names. */
export interface Found {
  /** Its path, relative to the folder. */
  readonly path: string;
  /** What it is, from lstat. */
  readonly info: Deno.FileInfo;
}

/** What was found. */
export interface Walked {
  /** Files and links, sorted by path. */
  readonly found: readonly Found[];
  /** What could not be read. */
  readonly refused: readonly Refusal[];
}

/**
 * Walks a folder for what the patterns match. A pattern that matches a folder
 * stands for all that is in it.
 */
export async function walk(
  root: string,
  patterns: readonly string[],
): Promise<Walked> {
  const match = await loadMatcher(expandFolders(patterns));
  const found = new Map<string, Found>();
  const refused: Refusal[] = [];

  /** Looks at a path, and gives what is in it. */
  function visit(path: string): readonly string[] {
    let info: Deno.FileInfo;
    try {
      info = Deno.lstatSync(join(root, path));
    } catch (error) {
      if (path.includes("\ufffd")) {
        refused.push({ path, why: "has a name that is not UTF-8" });
      } else if (!(error instanceof Deno.errors.NotFound)) {
        refused.push({ path, why: unreadable(error) });
      }
      return [];
    }
    const matches = path !== "" && match(path) !== null;
    if (!info.isDirectory) {
      if (matches) found.set(path, { path, info });
      return [];
    }
    try {
      return Array.from(
        Deno.readDirSync(join(root, path)),
        ({ name }) => path === "" ? name : `${path}/${name}`,
      );
    } catch (error) {
      if (matches) refused.push({ path, why: unreadable(error) });
      return [];
    }
  }

  const starts: string[] = [];
  for (const base of new Set(bases(patterns))) {
    if (behindLink(root, base)) {
      refused.push({ path: base, why: "lies behind a link" });
    } else starts.push(base);
  }
  const left = outermost(starts);
  for (let seen = 1; left.length > 0; seen++) {
    for (const path of visit(left.pop() ?? "")) left.push(path);
    // Signals and timers get their turn.
    if (seen % 2000 === 0) await new Promise((done) => setTimeout(done));
  }
  return {
    found: [...found.values()].sort((a, b) => a.path < b.path ? -1 : 1),
    refused,
  };
}

/** Lets each pattern stand for what is in a folder that it matches, too. */
export function expandFolders(patterns: readonly string[]): readonly string[] {
  return patterns.flatMap((pattern) =>
    /(^!?|\/)\*\*$/.test(pattern)
      ? [pattern]
      : [pattern, `${pattern.replace(/\/$/, "")}/**`]
  );
}

/** Leaves out what lies below another one. */
function outermost(paths: readonly string[]): string[] {
  const all = new Set(paths);
  return [...all].filter((path) => {
    if (path === "") return true;
    if (all.has("")) return false;
    for (let above = dirname(path); above !== "."; above = dirname(above)) {
      if (all.has(above)) return false;
    }
    return true;
  });
}

/** Whether a path is there, and a link stands for one of the folders above it. */
function behindLink(root: string, path: string): boolean {
  let link = false;
  for (let at = path; at !== "." && at !== ""; at = dirname(at)) {
    try {
      const { isSymlink } = Deno.lstatSync(join(root, at));
      link ||= isSymlink && at !== path;
    } catch {
      return false;
    }
  }
  return link;
}

function unreadable(error: unknown): string {
  return `cannot be read: ${
    error instanceof Error ? error.message : String(error)
  }`;
}
