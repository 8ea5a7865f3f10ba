/** `each`: names that come out of the code, for rules about every one of them. */
import { z } from "zod";
import type { Evidence } from "../evidence.ts";
import { lineCounter } from "../source_module.ts";
import {
  filesOf,
  modulesOf,
  regex,
  type RuleContext,
  strings,
} from "./_rule.ts";
import { fieldsOf, findType } from "./_types.ts";

/** Where names come from: paths of files, the values of a field in a union of types or of a property in objects, or text. */
export const each = z.union([
  z.strictObject({
    /** Globs of the files. */
    files: strings,
    /** Regular expression over the path; its first group is the name. */
    name: regex,
  }),
  z.strictObject({
    /** The union's name. */
    type: z.string().min(1),
    /** The field that tells its variants apart. */
    field: z.string().min(1),
    /** Globs of the files where the type is declared. */
    in: strings,
  }),
  z.strictObject({
    /** A property of object literals whose strings are the names. */
    property: z.string().min(1),
    /** Globs of the files. */
    in: strings,
  }),
  z.strictObject({
    /** Regular expression over the text; the first group of each match is a name. */
    text: regex,
    /** Globs of the files. */
    in: strings,
  }),
], {
  error:
    "Needs files and name, type and field and in, property and in, or text and in",
});

/** Where names come from. */
export type Each = z.infer<typeof each>;

/** A name, and the place it comes from. */
export interface Name {
  /** The name. */
  readonly name: string;
  /** Where it comes from; null: there is no `each`. */
  readonly from: { readonly path: string; readonly line: number | null } | null;
}

/** Collects the names; without `each` there is one, the empty one. */
export async function eachName(
  source: Each | undefined,
  context: RuleContext,
): Promise<{
  readonly names: readonly Name[];
  readonly broken: readonly Evidence[];
}> {
  if (source === undefined) {
    return { names: [{ name: "", from: null }], broken: [] };
  }
  const found = await namesOf(source, context);
  if (found.length > 0) return { names: found, broken: [] };
  const [place] = "files" in source ? source.files : source.in;
  const message =
    `Finds no name in "${place}": the check would hold for nothing`;
  return { names: [], broken: [{ ...context.here, message }] };
}

/** Puts a name into a pattern: `{name}` as it is, `{snake_name}` with `_` for `-`. */
export function withName(pattern: string, name: string): string {
  return pattern.replaceAll("{name}", name)
    .replaceAll("{snake_name}", name.replaceAll("-", "_"));
}

/** Escapes text for a regular expression. */
export function escaped(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|/]/g, "\\$&");
}

async function namesOf(
  source: Each,
  context: RuleContext,
): Promise<readonly Name[]> {
  if ("files" in source) {
    return namesOfFiles(source.files, source.name, context);
  }
  const files = filesOf(context, source.in);
  if ("type" in source) {
    return await namesOfUnion(source.type, source.field, files, context);
  }
  return "text" in source
    ? await namesOfText(source.text, files, context)
    : await namesOfProperty(source.property, files, context);
}

async function namesOfText(
  pattern: string,
  files: readonly string[],
  context: RuleContext,
): Promise<readonly Name[]> {
  const expression = new RegExp(pattern, "gmu");
  const names: Name[] = [];
  for (const path of files) {
    const text = await context.sources.read(path) ?? "";
    const line = lineCounter(text);
    for (const match of text.matchAll(expression)) {
      const [, name] = match;
      if (name === undefined) continue;
      names.push({ name, from: { path, line: line(match.index) } });
    }
  }
  return names;
}

async function namesOfProperty(
  property: string,
  files: readonly string[],
  context: RuleContext,
): Promise<readonly Name[]> {
  const { modules } = await modulesOf(context, files);
  return modules.flatMap((module) =>
    module.nodes("Property").flatMap(({ key, value, start }) => {
      const named = key.type === "Identifier" && key.name === property;
      const text = value.type === "Literal" && typeof value.value === "string";
      if (!named || !text) return [];
      const from = { path: module.path, line: module.line(start) };
      return [{ name: value.value, from }];
    })
  );
}

function namesOfFiles(
  files: readonly string[],
  pattern: string,
  context: RuleContext,
): readonly Name[] {
  const expression = new RegExp(pattern, "u");
  return filesOf(context, files).flatMap((path) => {
    const name = expression.exec(path)?.[1];
    return name === undefined ? [] : [{ name, from: { path, line: null } }];
  });
}

async function namesOfUnion(
  type: string,
  field: string,
  files: readonly string[],
  context: RuleContext,
): Promise<readonly Name[]> {
  const declaration = await findType(type, files, context);
  if (declaration === undefined) return [];
  const shape = await fieldsOf(declaration, context);
  return shape.variants.flatMap(({ fields }) => {
    const found = fields.get(field);
    return (found?.values ?? []).map((name) => ({
      name,
      from: found === undefined ? null : { path: found.path, line: found.line },
    }));
  });
}
