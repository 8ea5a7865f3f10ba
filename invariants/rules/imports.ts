/** The rule "imports": which files may reach which, over the module graph. */
import { z } from "zod";
import type { Evidence, Findings } from "../evidence.ts";
import { matcher } from "../globs.ts";
import { type Edge, importsOf, reach } from "../graph.ts";
import { isSourceModule } from "../source_module.ts";
import { common, filesOf, regex, type RuleContext, strings } from "./_rule.ts";

/** Settings of the rule "imports". */
export const importsCheck = z.strictObject({
  rule: z.literal("imports"),
  ...common,
  /** Globs of what may be reached, beside the scope itself; all else may not. */
  allow: z.array(z.string().min(1)).optional(),
  /** Globs of what may not be reached. */
  deny: strings.optional(),
  /** Globs of files each of which some file of the scope must reach. */
  require: strings.optional(),
  /**
   * A regular expression whose first group names the part a path belongs to:
   * files of different parts may not reach each other.
   */
  apart: regex.optional(),
  /** Whether what imported files reach counts too; default false. */
  transitive: z.boolean().optional(),
  /** Whether imports of types alone count; default true. */
  types: z.boolean().optional(),
  /** Whether `import()` counts; default true. */
  dynamic: z.boolean().optional(),
}).refine(
  (check) =>
    check.allow !== undefined || check.deny !== undefined ||
    check.require !== undefined || check.apart !== undefined,
  { message: "Needs allow, deny, require or apart" },
);

/** A check by the rule "imports". */
export type ImportsCheck = z.infer<typeof importsCheck>;

/** Checks what the files of the scope import. */
export async function checkImports(
  check: ImportsCheck,
  context: RuleContext,
): Promise<Findings> {
  const graph = await context.sources.graph();
  const following = {
    types: check.types ?? true,
    dynamic: check.dynamic ?? true,
  };
  const files = context.files.filter(isSourceModule);
  const scope = new Set(files);
  const broken = new Map<string, Evidence>();
  const uses = new Map<string, Evidence>();
  const reached = new Set<string>();
  const refuse = refusal(check, scope);
  const allowed = matcher(check.allow ?? []);

  for (const unresolved of graph.unresolved) {
    if (!scope.has(unresolved.from)) continue;
    const { from, line, message } = unresolved;
    broken.set(`${from}:${line}`, { path: from, line, message });
  }
  for (const file of files) {
    const chains = check.transitive === true
      ? [...reach(graph, file, following).values()]
      : importsOf(graph, file, following).map((edge) => [edge] as const);
    for (const chain of chains) {
      const last = chain.at(-1);
      if (last === undefined) continue;
      reached.add(last.to);
      const wanted = refuse(file, last.to);
      const key = `${last.from}:${last.line}:${last.to}`;
      if (wanted === undefined) {
        if (allowed(last.to)) uses.set(key, evidence(file, chain, last));
      } else if (!broken.has(key)) {
        broken.set(key, evidence(file, chain, last, wanted));
      }
    }
  }
  for (const path of filesOf(context, check.require ?? [])) {
    if (reached.has(path)) continue;
    const message = "Is reached by no file of the scope, and must be";
    broken.set(path, { path, line: null, message });
  }
  return { broken: [...broken.values()], uses: [...uses.values()] };
}

/** Says why a file may not reach something; undefined: it may. */
function refusal(
  check: ImportsCheck,
  scope: ReadonlySet<string>,
): (from: string, to: string) => string | undefined {
  const { allow, deny = [], apart } = check;
  const allowed = matcher(allow ?? []);
  const denied = matcher(deny);
  const part = apart === undefined ? undefined : new RegExp(apart, "u");
  return (from, to) => {
    if (denied(to)) return `may not: ${deny.join(", ")}`;
    if (part !== undefined) {
      const own = part.exec(from)?.[1];
      const other = part.exec(to)?.[1];
      const strangers = own !== undefined && other !== undefined &&
        own !== other;
      if (strangers && !allowed(to)) {
        return `"${own}" and "${other}" must stay apart`;
      }
      return undefined;
    }
    if (allow === undefined || scope.has(to) || allowed(to)) return undefined;
    return allow.length === 0
      ? "may reach nothing outside of the scope"
      : `may only: ${allow.join(", ")}`;
  };
}

function evidence(
  start: string,
  chain: readonly Edge[],
  last: Edge,
  wanted?: string,
): Evidence {
  const way = [start, ...chain.map(({ to }) => to)];
  const message = [
    `Imports "${last.to}"`,
    chain.length > 1 ? ` (${way.join(" -> ")})` : "",
    wanted === undefined ? "" : `; ${wanted}`,
  ].join("");
  return { path: last.from, line: last.line, message };
}
