/** The rule "literals": decisions on names. */
import { z } from "zod";
import type { Evidence, Findings } from "../evidence.ts";
import { decisionsIn, mayDecide } from "./_decisions.ts";
import { each, eachName } from "./_each.ts";
import {
  common,
  modulesOf,
  quoted,
  type RuleContext,
  strings,
} from "./_rule.ts";

/** Settings of the rule "literals". */
export const literalsCheck = z.strictObject({
  rule: z.literal("literals"),
  ...common,
  /** Properties and variables whose value may not decide, such as `id` or `job.id`. */
  properties: strings,
  /** Values that may be compared with all the same. */
  allow: z.array(z.string()).min(1).optional(),
  /** Instead of forbidding decisions, wants one on each of these names. */
  cover: each.optional(),
});

/** A check by the rule "literals". */
export type LiteralsCheck = z.infer<typeof literalsCheck>;

/** Checks what the code decides by comparing properties with literals. */
export async function checkLiterals(
  check: LiteralsCheck,
  context: RuleContext,
): Promise<Findings> {
  const { modules, broken: unparsed } = await modulesOf(
    context,
    context.files,
    namesOneOf(check.properties),
  );
  const allowed = new Set(check.allow ?? []);
  const broken: Evidence[] = [...unparsed];
  const uses: Evidence[] = [];
  const covered = new Set<string>();
  for (const module of modules) {
    if (!mayDecide(module.code)) continue;
    for (const decision of decisionsIn(module, check.properties)) {
      const { values, property, how, at } = decision;
      const place = { path: module.path, line: module.line(at) };
      const strange = values.filter((value) => !allowed.has(value));
      const text = `Decides on "${property}" by ${how} ${quoted(values)}`
        .trimEnd();
      if (check.cover !== undefined) {
        values.forEach((value) => covered.add(value));
        uses.push({ ...place, message: text });
      } else if (strange.length > 0 || values.length === 0) {
        broken.push({ ...place, message: text });
      } else uses.push({ ...place, message: text });
    }
  }
  if (check.cover !== undefined) {
    const names = await eachName(check.cover, context);
    broken.push(...names.broken);
    for (const { name, from } of names.names) {
      if (covered.has(name) || from === null) continue;
      const message = `"${name}" is decided on by ${
        quoted(check.properties)
      } nowhere in ${context.files.join(", ")}`;
      broken.push({ ...from, message });
    }
  }
  return { broken, uses };
}

/** Whether a text has the last part of one of these properties, without which it decides on none. */
function namesOneOf(
  properties: readonly string[],
): (text: string) => boolean {
  const words = properties.map((property) => property.split(".").at(-1) ?? "");
  return (text) => words.some((word) => text.includes(word));
}
