/** What the rules share. */
import { z } from "zod";
import type { Evidence } from "../evidence.ts";
import { matcher } from "../globs.ts";
import { isSourceModule, type SourceModule } from "../source_module.ts";
import type { Sources } from "../sources.ts";

/** What a rule works on. */
export interface RuleContext {
  /** The repository. */
  readonly sources: Sources;
  /** Paths of the files that the rule looks at. */
  readonly files: readonly string[];
  /** Where the invariant is written, for evidence that has no better place. */
  readonly here: { readonly path: string; readonly line: number | null };
}

/** A list of globs or patterns that is not empty. */
export const strings = z.array(z.string().min(1)).min(1);

/** A regular expression, as text; `{name}` and `{snake_name}` may stand in it for a name of `each`. */
export const regex = z.string().min(1).superRefine((pattern, context) => {
  try {
    new RegExp(pattern.replaceAll(/\{(snake_)?name\}/g, "name"), "u");
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    context.addIssue({ code: "custom", message });
  }
});

/** Settings of every rule. */
export const common = {
  /** Globs of the files the rule looks at; default: the invariant's scope. */
  scope: strings.optional(),
};

/**
 * Parses the source modules among the files, and reports those that cannot be.
 *
 * Parsing is most of the cost: `worth` tells by the text whether a file can
 * hold what is looked for.
 */
export async function modulesOf(
  context: RuleContext,
  files: readonly string[] = context.files,
  worth: (text: string, path: string) => boolean = () => true,
): Promise<{
  readonly modules: readonly SourceModule[];
  readonly broken: readonly Evidence[];
}> {
  const modules: SourceModule[] = [];
  const broken: Evidence[] = [];
  for (const path of files.filter(isSourceModule)) {
    const text = await context.sources.read(path);
    if (text === undefined || !worth(text, path)) continue;
    const module = await context.sources.module(path);
    if (module === undefined) continue;
    modules.push(module);
    const [error] = module.errors;
    if (error !== undefined) {
      const message = `Cannot be parsed: ${error.message}`;
      broken.push({ path, line: error.line, message });
    }
  }
  return { modules, broken };
}

/** The files of the repository that match globs. */
export function filesOf(
  context: RuleContext,
  globs: readonly string[],
): readonly string[] {
  return context.sources.files.filter(matcher(globs));
}

/** Writes a list of names for a message. */
export function quoted(names: Iterable<string>): string {
  return [...names].map((name) => `"${name}"`).join(", ");
}
