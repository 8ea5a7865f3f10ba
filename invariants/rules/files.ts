/** The rule "files": what must exist, what must not, and how large files may be. */
import { z } from "zod";
import type { Evidence, Findings } from "../evidence.ts";
import { each, eachName, withName } from "./_each.ts";
import { common, filesOf, type RuleContext, strings } from "./_rule.ts";

/** Settings of the rule "files". */
export const filesCheck = z.strictObject({
  rule: z.literal("files"),
  ...common,
  /** Globs each of which must match a file; `{name}` stands for each name of `each`. */
  require: strings.optional(),
  /** Globs that no file of the repository may match. */
  deny: strings.optional(),
  /** Names to put for `{name}`. */
  each: each.optional(),
  /** The most lines a file of the scope may have. */
  max_lines: z.int().positive().optional(),
  /** The most bytes a file of the scope may have. */
  max_bytes: z.int().positive().optional(),
}).refine(
  (check) =>
    check.require !== undefined || check.deny !== undefined ||
    check.max_lines !== undefined || check.max_bytes !== undefined,
  { message: "Needs require, deny, max_lines or max_bytes" },
);

/** A check by the rule "files". */
export type FilesCheck = z.infer<typeof filesCheck>;

/** Checks the files themselves. */
export async function checkFiles(
  check: FilesCheck,
  context: RuleContext,
): Promise<Findings> {
  const broken: Evidence[] = [];
  const uses: Evidence[] = [];
  const names = await eachName(check.each, context);
  broken.push(...names.broken);
  for (const { name, from } of names.names) {
    for (const pattern of check.require ?? []) {
      const glob = withName(pattern, name);
      const [first] = filesOf(context, [glob]);
      if (first === undefined) {
        const message = `No file matches "${glob}"`;
        broken.push(
          from === null
            ? { ...context.here, message }
            : { ...from, message: `${message}, which "${name}" needs` },
        );
      } else uses.push({ path: first, line: null, message: "Exists" });
    }
  }
  for (const path of filesOf(context, check.deny ?? [])) {
    broken.push({ path, line: null, message: "Must not exist" });
  }
  for (const path of context.files) {
    const size = await tooLarge(check, context, path);
    if (size !== undefined) broken.push({ path, line: null, message: size });
    else if (check.max_lines ?? check.max_bytes) {
      uses.push({ path, line: null, message: "Is within the limit" });
    }
  }
  return { broken, uses };
}

async function tooLarge(
  check: FilesCheck,
  context: RuleContext,
  path: string,
): Promise<string | undefined> {
  if (check.max_lines !== undefined) {
    const text = await context.sources.read(path) ?? "";
    const lines = text.split("\n").length - (text.endsWith("\n") ? 1 : 0);
    if (lines > check.max_lines) {
      return `Has ${lines} lines; at most ${check.max_lines} are allowed`;
    }
  }
  if (check.max_bytes !== undefined) {
    const bytes = await context.sources.size(path) ?? 0;
    if (bytes > check.max_bytes) {
      return `Has ${bytes} bytes; at most ${check.max_bytes} are allowed`;
    }
  }
  return undefined;
}
