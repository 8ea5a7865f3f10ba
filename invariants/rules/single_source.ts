/** The rule "single-source": a piece of data is defined in one place. */
import type { Node } from "oxc-parser";
import { z } from "zod";
import type { Evidence, Findings } from "../evidence.ts";
import { matcher } from "../globs.ts";
import { lineCounter, type SourceModule } from "../source_module.ts";
import {
  common,
  modulesOf,
  quoted,
  regex,
  type RuleContext,
  strings,
} from "./_rule.ts";

/** Settings of the rule "single-source". */
export const singleSourceCheck = z.strictObject({
  rule: z.literal("single-source"),
  ...common,
  /** Glob of the one place: one or more files. */
  source: z.string().min(1),
  /** Names of functions, constants, types that the source alone declares. */
  names: strings.optional(),
  /** Regular expressions for text that stands in the source alone. */
  text: z.array(regex).min(1).optional(),
  /** A constant or type of the source that lists strings: nobody else lists them again. */
  table: z.string().min(1).optional(),
  /** How many of the table's strings together are a list again; default 3. */
  least: z.int().min(2).optional(),
}).refine(
  (check) =>
    check.names !== undefined || check.text !== undefined ||
    check.table !== undefined,
  { message: "Needs names, text or table" },
);

/** A check by the rule "single-source". */
export type SingleSourceCheck = z.infer<typeof singleSourceCheck>;

/** Checks that what the source defines is defined there, and nowhere else in the scope. */
export async function checkSingleSource(
  check: SingleSourceCheck,
  context: RuleContext,
): Promise<Findings> {
  const inSource = matcher([check.source]);
  const sources = context.sources.files.filter(inSource);
  const others = context.files.filter((path) => !inSource(path));
  const own = await modulesOf(context, sources);
  const table = check.table === undefined
    ? []
    : own.modules.flatMap((module) => listed(module, check.table ?? ""));
  const foreign = await modulesOf(
    context,
    others,
    (text) =>
      (check.names ?? []).some((name) => text.includes(name)) ||
      table.some((value) => text.includes(value)),
  );
  const broken: Evidence[] = [...own.broken, ...foreign.broken];
  const uses: Evidence[] = [];
  const lacks = (what: string) => {
    const path = sources[0] ?? check.source;
    const message = `Does not define ${what}, and is to be its only place`;
    broken.push({ path, line: null, message });
  };

  for (const name of check.names ?? []) {
    const found = own.modules.flatMap((module) => declarations(module, name));
    if (found.length === 0) lacks(`"${name}"`);
    uses.push(...found);
    const again = foreign.modules.flatMap((module) =>
      declarations(module, name)
    );
    broken.push(...again.map((place) => ({
      ...place,
      message: `Declares "${name}" again; its only place is ${check.source}`,
    })));
  }
  for (const pattern of check.text ?? []) {
    const found = await textual(context, sources, pattern);
    if (found.length === 0) lacks(`what matches /${pattern}/`);
    uses.push(...found);
    const again = await textual(context, others, pattern);
    broken.push(...again.map((place) => ({
      ...place,
      message: `${place.message}; its only place is ${check.source}`,
    })));
  }
  if (check.table !== undefined) {
    if (table.length === 0) lacks(`a list "${check.table}"`);
    const values = new Set(table);
    const least = check.least ?? 3;
    for (const module of foreign.modules) {
      broken.push(...lists(module, values, least, check));
    }
  }
  return { broken, uses };
}

const declaring = [
  "VariableDeclarator",
  "FunctionDeclaration",
  "ClassDeclaration",
  "TSInterfaceDeclaration",
  "TSTypeAliasDeclaration",
  "TSEnumDeclaration",
] as const;

function declarations(
  module: SourceModule,
  name: string,
): readonly Evidence[] {
  return declared(module, name).map((node) => ({
    path: module.path,
    line: module.line(node.start),
    message: `Declares "${name}"`,
  }));
}

function declared(module: SourceModule, name: string): readonly Node[] {
  if (!module.text.includes(name)) return [];
  return declaring.flatMap((type): readonly Node[] => module.nodes(type))
    .filter((node) =>
      "id" in node && node.id !== null && node.id !== undefined &&
      node.id.type === "Identifier" && node.id.name === name
    );
}

async function textual(
  context: RuleContext,
  paths: readonly string[],
  pattern: string,
): Promise<readonly Evidence[]> {
  const expression = new RegExp(pattern, "gmu");
  const found: Evidence[] = [];
  for (const path of paths) {
    const text = await context.sources.read(path) ?? "";
    const line = lineCounter(text);
    for (const match of text.matchAll(expression)) {
      const message = `Has ${JSON.stringify(match[0])}`;
      found.push({ path, line: line(match.index), message });
    }
  }
  return found;
}

/** The strings in the declaration of a table: values, keys and members of a union. */
function listed(module: SourceModule, name: string): readonly string[] {
  const spans = declared(module, name);
  const within = ({ start, end }: Node) =>
    spans.some((span) => span.start <= start && end <= span.end);
  return [
    ...module.nodes("Literal").filter(within).flatMap((node) =>
      typeof node.value === "string" ? [node.value] : []
    ),
    ...module.nodes("Property").filter(within).flatMap(({ key }) =>
      key.type === "Identifier" ? [key.name] : []
    ),
  ];
}

/** Lists in which enough of the values stand together. */
function lists(
  module: SourceModule,
  values: ReadonlySet<string>,
  least: number,
  check: SingleSourceCheck,
): readonly Evidence[] {
  const groups: readonly Node[] = [
    ...module.nodes("ArrayExpression"),
    ...module.nodes("TSUnionType"),
    ...module.nodes("ObjectExpression"),
    ...module.nodes("TSEnumBody"),
  ];
  return groups.flatMap((node) => {
    const found = new Set(items(node).filter((item) => values.has(item)));
    if (found.size < least) return [];
    const message = `Lists ${quoted(found)} again; ` +
      `their only place is "${check.table}" in ${check.source}`;
    return [{ path: module.path, line: module.line(node.start), message }];
  });
}

function items(node: Node): readonly string[] {
  switch (node.type) {
    case "ArrayExpression":
      return node.elements.flatMap(text);
    case "TSUnionType":
      return node.types.flatMap((type) =>
        type.type === "TSLiteralType" ? text(type.literal) : []
      );
    case "ObjectExpression":
      return node.properties.flatMap((property) =>
        property.type === "Property" ? text(property.key) : []
      );
    case "TSEnumBody":
      return node.members.flatMap(({ id }) => text(id));
    default:
      return [];
  }
}

function text(node: Node | null): readonly string[] {
  if (node?.type === "Identifier") return [node.name];
  return node?.type === "Literal" && typeof node.value === "string"
    ? [node.value]
    : [];
}
