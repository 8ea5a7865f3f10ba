/** The table of rules: the one place that lists them. */
import { z } from "zod";
import type { Findings } from "../evidence.ts";
import type { RuleContext } from "./_rule.ts";
import { callsCheck, checkCalls } from "./calls.ts";
import { checkCommand, commandCheck } from "./command.ts";
import { checkFiles, filesCheck } from "./files.ts";
import { checkImports, importsCheck } from "./imports.ts";
import { checkLiterals, literalsCheck } from "./literals.ts";
import { checkSingleSource, singleSourceCheck } from "./single_source.ts";
import { checkSyntax, syntaxCheck } from "./syntax.ts";
import { checkText, textCheck } from "./text.ts";
import { checkTypeFields, typeFieldsCheck } from "./type_fields.ts";

const checks = [
  importsCheck,
  typeFieldsCheck,
  callsCheck,
  literalsCheck,
  textCheck,
  filesCheck,
  singleSourceCheck,
  syntaxCheck,
  commandCheck,
] as const;

/** Names of the rules. */
export const ruleNames: readonly string[] = checks.map(({ shape }) =>
  shape.rule.value
);

/** A check: a rule and its settings. */
export const check = z.discriminatedUnion("rule", checks, {
  error: ({ code }) =>
    code === "invalid_union"
      ? `Unknown rule; there are ${ruleNames.join(", ")}`
      : undefined,
});

/** A check: a rule and its settings. */
export type Check = z.infer<typeof check>;

/** Runs a check. */
export function runCheck(
  check: Check,
  context: RuleContext,
): Promise<Findings> {
  switch (check.rule) {
    case "imports":
      return checkImports(check, context);
    case "type-fields":
      return checkTypeFields(check, context);
    case "calls":
      return checkCalls(check, context);
    case "literals":
      return checkLiterals(check, context);
    case "text":
      return checkText(check, context);
    case "files":
      return checkFiles(check, context);
    case "single-source":
      return checkSingleSource(check, context);
    case "syntax":
      return checkSyntax(check, context);
    case "command":
      return checkCommand(check, context);
  }
}
