/** The rule "text": what must or must not be written in files. */
import { z } from "zod";
import type { Evidence, Findings } from "../evidence.ts";
import { lineCounter } from "../source_module.ts";
import { each, eachName, escaped, withName } from "./_each.ts";
import { common, regex, type RuleContext } from "./_rule.ts";

/** Settings of the rule "text". */
export const textCheck = z.strictObject({
  rule: z.literal("text"),
  ...common,
  /** Regular expressions that may match nowhere. */
  deny: z.array(regex).min(1).optional(),
  /** Regular expressions that must match; `{name}` stands for each name of `each`. */
  require: z.array(regex).min(1).optional(),
  /** Names to put for `{name}`. */
  each: each.optional(),
  /** Whether one file of the scope is enough for `require`; default: every file must match. */
  any: z.boolean().optional(),
  /** Flags of the regular expressions besides `u`; default "m". */
  flags: z.string().regex(/^[ims]*$/, "Only i, m and s are known").optional(),
}).refine((check) => check.deny !== undefined || check.require !== undefined, {
  message: "Needs deny or require",
});

/** A check by the rule "text". */
export type TextCheck = z.infer<typeof textCheck>;

/** Checks the text of the files of the scope. */
export async function checkText(
  check: TextCheck,
  context: RuleContext,
): Promise<Findings> {
  const flags = `gu${check.flags ?? "m"}`;
  const broken: Evidence[] = [];
  const uses: Evidence[] = [];
  const texts: { path: string; text: string }[] = [];
  for (const path of context.files) {
    const text = await context.sources.read(path);
    if (text !== undefined) texts.push({ path, text });
  }
  for (const pattern of check.deny ?? []) {
    const expression = new RegExp(pattern, flags);
    for (const { path, text } of texts) {
      broken.push(...matches(path, text, expression, 10));
    }
  }
  const names = await eachName(check.each, context);
  broken.push(...names.broken);
  for (const { name, from } of names.names) {
    for (const pattern of check.require ?? []) {
      const source = withName(pattern, escaped(name));
      const expression = new RegExp(source, flags);
      const lacking: string[] = [];
      for (const { path, text } of texts) {
        const found = matches(path, text, expression, 1);
        if (found.length === 0) lacking.push(path);
        uses.push(...found);
      }
      if (check.any === true && lacking.length < texts.length) continue;
      const message = `Nothing matches /${source}/${check.flags ?? "m"}`;
      if (check.any === true) {
        broken.push({
          ...(from ?? context.here),
          message: `${message} in the scope`,
        });
      } else {
        broken.push(
          ...lacking.map((path) => ({ path, line: null, message })),
        );
      }
    }
  }
  return { broken, uses };
}

function matches(
  path: string,
  text: string,
  expression: RegExp,
  most: number,
): readonly Evidence[] {
  const line = lineCounter(text);
  const found: Evidence[] = [];
  for (const match of text.matchAll(expression)) {
    if (found.length === most) break;
    const [said] = match;
    const short = said.length > 60 ? `${said.slice(0, 60)}...` : said;
    const message = `Has ${
      JSON.stringify(short)
    }, which matches /${expression.source}/`;
    found.push({ path, line: line(match.index), message });
  }
  return found;
}
