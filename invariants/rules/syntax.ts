/** The rule "syntax": forms of the language that are allowed in these files alone. */
import type { Node, TSType } from "oxc-parser";
import { z } from "zod";
import type { Evidence, Findings } from "../evidence.ts";
import { matcher } from "../globs.ts";
import type { SourceModule } from "../source_module.ts";
import { common, modulesOf, type RuleContext, strings } from "./_rule.ts";

const names = [
  "any",
  "as",
  "non-null",
  "enum",
  "namespace",
  "class",
  "default-export",
  "export-all",
  "module-variable",
  "throw",
] as const;

interface Form {
  /** What stands in every file that has the form: most files need not be looked at. */
  readonly sign: RegExp;
  /** Finds the form. */
  find(module: SourceModule): readonly Node[];
}

const forms: Readonly<Record<typeof names[number], Form>> = {
  "any": { sign: /\bany\b/, find: (module) => module.nodes("TSAnyKeyword") },
  "as": {
    sign: /[\w$)\]}"'`>/]\s*\bas\b(?!\s+const\b)|[=(,:?&|>]\s*<\s*\w/,
    find: (module) => [
      ...module.nodes("TSAsExpression").filter(({ typeAnnotation }) =>
        !isConst(typeAnnotation)
      ),
      ...module.nodes("TSTypeAssertion").filter(({ typeAnnotation }) =>
        !isConst(typeAnnotation)
      ),
    ],
  },
  "non-null": {
    sign: /[\w$)\]}"'`>]\s*!(?!=)/,
    find: (module) => module.nodes("TSNonNullExpression"),
  },
  "enum": {
    sign: /\benum\b/,
    find: (module) => module.nodes("TSEnumDeclaration"),
  },
  "namespace": {
    sign: /\b(namespace|module|global)\b/,
    find: (module) => module.nodes("TSModuleDeclaration"),
  },
  "class": {
    sign: /\bclass\b/,
    find: (module) => [
      ...module.nodes("ClassDeclaration"),
      ...module.nodes("ClassExpression"),
    ],
  },
  "default-export": {
    sign: /\bdefault\b/,
    find: (module) => module.nodes("ExportDefaultDeclaration"),
  },
  "export-all": {
    sign: /\bexport\b/,
    find: (module) => module.nodes("ExportAllDeclaration"),
  },
  "module-variable": {
    sign: /\b(let|var)\b/,
    find: (module) =>
      module.nodes("VariableDeclaration").filter((node) =>
        (node.kind === "let" || node.kind === "var") && atTop(module, node)
      ),
  },
  "throw": {
    sign: /\bthrow\b/,
    find: (module) => module.nodes("ThrowStatement"),
  },
};

/** Settings of the rule "syntax". */
export const syntaxCheck = z.strictObject({
  rule: z.literal("syntax"),
  ...common,
  /**
   * The forms: "any", "as" (but `as const`), "non-null", "enum", "namespace",
   * "class", "default-export", "export-all", "throw", and "module-variable":
   * `let` or `var` at the top of a module.
   */
  forms: z.array(z.enum(names)).min(1),
  /** Globs of the files where they are allowed; default: none. */
  allow: strings.optional(),
});

/** A check by the rule "syntax". */
export type SyntaxCheck = z.infer<typeof syntaxCheck>;

/** Checks where forms of the language are used. */
export async function checkSyntax(
  check: SyntaxCheck,
  context: RuleContext,
): Promise<Findings> {
  const allowed = matcher(check.allow ?? []);
  const { modules, broken: unparsed } = await modulesOf(
    context,
    context.files,
    (text) => check.forms.some((form) => forms[form].sign.test(text)),
  );
  const broken: Evidence[] = [...unparsed];
  const uses: Evidence[] = [];
  for (const module of modules) {
    for (const form of check.forms) {
      const { sign, find } = forms[form];
      if (!sign.test(module.code)) continue;
      for (const { start, end } of find(module)) {
        const [text = ""] = module.text.slice(start, Math.min(end, start + 60))
          .split("\n");
        const message = `Has the form "${form}": ${text}`;
        const found = { path: module.path, line: module.line(start), message };
        if (allowed(module.path)) uses.push(found);
        else broken.push(found);
      }
    }
  }
  return { broken, uses };
}

function isConst(type: TSType): boolean {
  return type.type === "TSTypeReference" &&
    type.typeName.type === "Identifier" && type.typeName.name === "const";
}

function atTop(module: SourceModule, node: Node): boolean {
  const parent = module.parent(node);
  return parent?.type === "Program" ||
    parent?.type === "ExportNamedDeclaration";
}
