/**
 * The pages for people, and the blocks of code in them.
 *
 * @module
 */
import { join, relative } from "@std/path";
import { repository } from "./pikaci.ts";

/** A block of code of a page. */
export interface Block {
  /** The page, relative to the repository. */
  readonly page: string;
  /** The line on which its text begins, from 1. */
  readonly line: number;
  /** The language that its fence names. */
  readonly language: string;
  /** Its text. */
  readonly text: string;
  /** Whether a comment before it says that it is run: `<!-- run -->`. */
  readonly run: boolean;
}

/** All pages, as paths relative to the repository. */
export async function pages(): Promise<readonly string[]> {
  const found = ["README.md", "CONTRIBUTING.md", "SECURITY.md"];
  const walk = async (folder: string): Promise<void> => {
    for await (const { name, isDirectory } of Deno.readDir(folder)) {
      const path = join(folder, name);
      if (isDirectory) await walk(path);
      else if (name.endsWith(".md")) found.push(relative(repository, path));
    }
  };
  await walk(join(repository, "docs"));
  return found.sort();
}

/** The blocks of a page. */
export async function blocksOf(page: string): Promise<readonly Block[]> {
  const lines = (await Deno.readTextFile(join(repository, page))).split("\n");
  const blocks: Block[] = [];
  let open: { indent: string; language: string; start: number } | null = null;
  for (const [at, line] of lines.entries()) {
    const fence = /^( *)```(\S*)/.exec(line);
    if (fence === null) continue;
    if (open === null) {
      const [, indent = "", language = ""] = fence;
      open = { indent, language, start: at + 1 };
      continue;
    }
    const { indent, language, start } = open;
    const before = lines.slice(0, start - 1).findLast((line) => line !== "");
    blocks.push({
      page,
      line: start + 1,
      language,
      text: lines.slice(start, at)
        .map((line) => `${line.slice(indent.length)}\n`).join(""),
      run: before?.trim() === "<!-- run -->",
    });
    open = null;
  }
  return blocks;
}

/** The command lines of a block of a shell, comments and output left out. */
export function commandsOf({ language, text }: Block): readonly string[] {
  const lines = text.replaceAll("\\\n", " ").split("\n");
  return (language === "console"
    ? lines.flatMap((line) => line.startsWith("$ ") ? [line.slice(2)] : [])
    : lines).map((line) => line.replace(/(^|\s)#.*$/, "").trim())
    .filter((line) => line !== "");
}
