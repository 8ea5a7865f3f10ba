/** Decisions: where code compares a property with a literal. */
import type { Node } from "oxc-parser";
import type { SourceModule } from "../source_module.ts";
import { propertyName } from "../references.ts";

/** A comparison of a property with literals. */
export interface Decision {
  /** The property as it is written, such as `job.id`. */
  readonly property: string;
  /** What compares: an operator, "switch", or a method. */
  readonly how: string;
  /** The literals; empty for an expression that is not seen. */
  readonly values: readonly string[];
  /** Offset of the comparison. */
  readonly at: number;
}

const equality = new Set(["==", "===", "!=", "!=="]);
const onProperty = new Set([
  "startsWith",
  "endsWith",
  "includes",
  "indexOf",
  "lastIndexOf",
  "match",
  "matchAll",
  "search",
  "localeCompare",
]);

/** What stands in every text that has a decision of one of the forms below. */
const sign = new RegExp(
  [
    "[=!]=",
    "\\bswitch\\b",
    "\\bin\\s*\\(*\\s*\\{",
    "[})]\\s*(?:\\?\\.\\s*)?\\[",
    `\\b(?:${[...onProperty, "test", "exec", "has"].join("|")})\\b`,
  ].join("|"),
);

/** Whether code, without its comments, can have a decision: most has none. */
export function mayDecide(code: string): boolean {
  return sign.test(code);
}

/** Finds the decisions on properties, named by their last parts: `id`, `job.id`. */
export function decisionsIn(
  module: SourceModule,
  properties: readonly string[],
): readonly Decision[] {
  const wanted = (node: Node | null | undefined): string | undefined => {
    const name = node ? subject(node) : undefined;
    const found = name !== undefined &&
      properties.some((property) =>
        name === property || name.endsWith(`.${property}`)
      );
    return found ? name : undefined;
  };
  return [
    ...comparisons(module, wanted),
    ...switches(module, wanted),
    ...methods(module, wanted),
    ...lookups(module, wanted),
  ];
}

type Wanted = (node: Node | null | undefined) => string | undefined;

function* comparisons(
  module: SourceModule,
  wanted: Wanted,
): Iterable<Decision> {
  for (const node of module.nodes("BinaryExpression")) {
    const { left, right, operator, start: at } = node;
    if (equality.has(operator)) {
      const property = wanted(left) ?? wanted(right);
      const values = wanted(left) === undefined
        ? strings(left)
        : strings(right);
      if (property !== undefined && values.length > 0) {
        yield { property, how: operator, values, at };
      }
    }
    if (operator === "in" && right.type === "ObjectExpression") {
      const property = wanted(left);
      if (property !== undefined) {
        yield { property, how: "in", values: keys(right), at };
      }
    }
  }
}

function* switches(module: SourceModule, wanted: Wanted): Iterable<Decision> {
  for (const { discriminant, cases } of module.nodes("SwitchStatement")) {
    const property = wanted(discriminant);
    if (property === undefined) continue;
    for (const { test, start: at } of cases) {
      const values = test === null ? [] : strings(test);
      if (values.length > 0) yield { property, how: "switch", values, at };
    }
  }
}

function* methods(module: SourceModule, wanted: Wanted): Iterable<Decision> {
  for (const node of module.nodes("CallExpression")) {
    const { callee, start: at } = node;
    const how = propertyName(callee);
    const [argument] = node.arguments;
    if (how === undefined || callee.type !== "MemberExpression") continue;
    const own = wanted(callee.object);
    if (own !== undefined && onProperty.has(how) && argument !== undefined) {
      const values = strings(argument);
      if (values.length > 0) yield { property: own, how, values, at };
    }
    const property = wanted(argument);
    if (property === undefined) continue;
    if (how === "test" || how === "exec") {
      yield { property, how, values: strings(callee.object), at };
    }
    if (how === "includes" || how === "has" || how === "indexOf") {
      const values = list(callee.object);
      if (values.length > 0) yield { property, how, values, at };
    }
  }
}

function* lookups(module: SourceModule, wanted: Wanted): Iterable<Decision> {
  for (const node of module.nodes("MemberExpression")) {
    if (!node.computed || node.object.type !== "ObjectExpression") continue;
    const property = wanted(node.property);
    if (property === undefined) continue;
    const values = keys(node.object);
    yield { property, how: "a lookup in", values, at: node.start };
  }
}

/** The dotted name of what is compared: members, through string methods, indexes and type assertions. */
function subject(node: Node): string | undefined {
  switch (node.type) {
    case "Identifier":
      return node.name;
    case "ThisExpression":
      return "this";
    case "ChainExpression":
    case "TSAsExpression":
    case "TSNonNullExpression":
    case "TSSatisfiesExpression":
    case "AwaitExpression":
      return subject("argument" in node ? node.argument : node.expression);
    case "CallExpression":
      // `x.id.slice(0, 5)` and `String(x.id)` are still about `x.id`.
      if (node.callee.type === "MemberExpression") {
        return subject(node.callee.object);
      }
      return node.callee.type === "Identifier" &&
          node.callee.name === "String" && node.arguments[0] !== undefined
        ? subject(node.arguments[0])
        : undefined;
    case "MemberExpression": {
      const object = subject(node.object);
      if (node.computed && propertyName(node) === undefined) return object;
      const property = propertyName(node);
      return object === undefined ? property : `${object}.${property}`;
    }
    default:
      return undefined;
  }
}

/** The text of a literal: a string, a regular expression, the fixed parts of a template. */
function strings(node: Node): readonly string[] {
  switch (node.type) {
    case "Literal":
      if (typeof node.value === "string") return [node.value];
      return "regex" in node ? [`/${node.regex.pattern}/`] : [];
    case "TemplateLiteral": {
      const text = node.quasis.map(({ value }) => value.cooked ?? "");
      return text.every((part) => part === "") ? [] : [text.join("${}")];
    }
    case "TSAsExpression":
    case "TSSatisfiesExpression":
      return strings(node.expression);
    default:
      return [];
  }
}

/** The strings of a list that is written out, or of a set made of one. */
function list(node: Node): readonly string[] {
  if (node.type === "ArrayExpression") {
    return node.elements.flatMap((item) => item === null ? [] : strings(item));
  }
  if (node.type === "NewExpression" && node.arguments[0] !== undefined) {
    return list(node.arguments[0]);
  }
  return node.type === "TSAsExpression" ? list(node.expression) : strings(node);
}

function keys(node: Node): readonly string[] {
  if (node.type !== "ObjectExpression") return [];
  return node.properties.flatMap((property) => {
    if (property.type !== "Property") return [];
    if (property.key.type === "Identifier") return [property.key.name];
    return strings(property.key);
  });
}
