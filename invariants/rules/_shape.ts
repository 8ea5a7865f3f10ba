/** The shape of a type: its variants and their fields. */
import type { Node, PropertyKey, TSSignature } from "oxc-parser";
import type { SourceModule } from "../source_module.ts";

/** A field of a type. */
export interface Field {
  /** Path of the file. */
  readonly path: string;
  /** Line of the field. */
  readonly line: number;
  /** The strings it may be, where its type is a literal or a union of them. */
  readonly values: readonly string[];
}

/** A variant of a union, or the whole of another type. */
export interface Variant {
  /** Name of the variant's type; the union's own where it has none. */
  readonly name: string;
  /** Its fields by name. */
  readonly fields: ReadonlyMap<string, Field>;
}

/** What a type is made of. */
export interface Shape {
  /** The variants; one where the type is no union. */
  readonly variants: readonly Variant[];
  /** Parts whose fields cannot be seen, as they are written. */
  readonly hidden: readonly string[];
}

/** The strings that a type may be. */
export function literals(node: Node): readonly string[] {
  switch (node.type) {
    case "TSLiteralType":
      return node.literal.type === "Literal" &&
          typeof node.literal.value === "string"
        ? [node.literal.value]
        : [];
    case "TSUnionType":
      return node.types.flatMap(literals);
    default:
      return [];
  }
}

/** The shape of members that are written out. */
export function literal(
  members: readonly TSSignature[],
  name: string,
  module: SourceModule,
): Shape {
  const fields = new Map<string, Field>();
  for (const member of members) {
    if (
      member.type !== "TSPropertySignature" &&
      member.type !== "TSMethodSignature"
    ) continue;
    const key = nameOf(member.key);
    if (key === undefined) continue;
    const type = member.type === "TSPropertySignature"
      ? member.typeAnnotation?.typeAnnotation
      : undefined;
    fields.set(key, {
      path: module.path,
      line: module.line(member.start),
      values: type === undefined ? [] : literals(type),
    });
  }
  return { variants: [{ name, fields }], hidden: [] };
}

function nameOf(key: PropertyKey): string | undefined {
  if (key.type === "Identifier") return key.name;
  if (key.type === "Literal" && typeof key.value === "string") return key.value;
  return undefined;
}

/** The shape of what cannot be seen. */
export function hidden(what: string): Shape {
  return { variants: [], hidden: [what] };
}

/** Every variant of one part with every variant of the others. */
export function intersection(shapes: readonly Shape[], name: string): Shape {
  const seen = shapes.filter(({ variants }) => variants.length > 0);
  const variants = seen.reduce<readonly Variant[]>(
    (left, { variants: right }) =>
      left.flatMap((one) =>
        right.map((other) => ({
          name: right.length > 1 ? other.name : one.name,
          fields: new Map([...one.fields, ...other.fields]),
        }))
      ),
    [{ name, fields: new Map() }],
  );
  return {
    variants: seen.length === 0 ? [] : variants,
    hidden: shapes.flatMap((shape) => shape.hidden),
  };
}

/** The shape with some of its fields. */
export function keep(shape: Shape, wanted: (field: string) => boolean): Shape {
  return {
    variants: shape.variants.map(({ name, fields }) => ({
      name,
      fields: new Map([...fields].filter(([field]) => wanted(field))),
    })),
    hidden: shape.hidden,
  };
}
