/** Types as the syntax tree shows them: their variants and fields. */
import type {
  TSInterfaceDeclaration,
  TSType,
  TSTypeAliasDeclaration,
  TSTypeParameterInstantiation,
} from "oxc-parser";
import { isSourceModule, type SourceModule } from "../source_module.ts";
import type { RuleContext } from "./_rule.ts";
import {
  hidden,
  intersection,
  keep,
  literal,
  literals,
  type Shape,
} from "./_shape.ts";

/** A declared type. */
export interface TypeDeclaration {
  /** Its name. */
  readonly name: string;
  /** Where it is declared. */
  readonly module: SourceModule;
  /** The declarations: several interfaces of one name are one type. */
  readonly nodes: readonly (TSInterfaceDeclaration | TSTypeAliasDeclaration)[];
}

/** Finds a type by its name in files. */
export async function findType(
  name: string,
  files: readonly string[],
  context: RuleContext,
): Promise<TypeDeclaration | undefined> {
  for (const path of files.filter(isSourceModule)) {
    const text = await context.sources.read(path);
    if (text === undefined || !text.includes(name)) continue;
    const module = await context.sources.module(path);
    const found = module && declared(module, name);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** Collects the variants and fields of a type, through aliases, `extends`, intersections and imports. */
export async function fieldsOf(
  declaration: TypeDeclaration,
  context: RuleContext,
): Promise<Shape> {
  return await new Reader(context).declaration(declaration, []);
}

const transparent = new Set(["Readonly", "Partial", "Required", "NoInfer"]);

class Reader {
  readonly #context: RuleContext;

  constructor(context: RuleContext) {
    this.#context = context;
  }

  async declaration(
    declaration: TypeDeclaration,
    above: readonly string[],
  ): Promise<Shape> {
    const { name, module } = declaration;
    const key = `${module.path}#${name}`;
    if (above.includes(key)) return hidden(name);
    const way = [...above, key];
    const shapes: Shape[] = [];
    for (const node of declaration.nodes) {
      if (node.type === "TSTypeAliasDeclaration") {
        shapes.push(await this.#type(node.typeAnnotation, name, module, way));
        continue;
      }
      shapes.push(literal(node.body.body, name, module));
      for (const { expression, typeArguments } of node.extends) {
        shapes.push(
          expression.type === "Identifier"
            ? await this.#named(expression.name, typeArguments, module, way)
            : hidden(module.text.slice(expression.start, expression.end)),
        );
      }
    }
    return intersection(shapes, name);
  }

  async #type(
    node: TSType,
    name: string,
    module: SourceModule,
    above: readonly string[],
  ): Promise<Shape> {
    switch (node.type) {
      case "TSTypeLiteral":
        return literal(node.members, name, module);
      case "TSParenthesizedType":
        return await this.#type(node.typeAnnotation, name, module, above);
      case "TSUnionType": {
        const shapes = await this.#all(node.types, name, module, above);
        return {
          variants: shapes.flatMap(({ variants }) => variants),
          hidden: shapes.flatMap((shape) => shape.hidden),
        };
      }
      case "TSIntersectionType":
        return intersection(
          await this.#all(node.types, name, module, above),
          name,
        );
      case "TSTypeReference":
        if (node.typeName.type !== "Identifier") break;
        return await this.#named(
          node.typeName.name,
          node.typeArguments,
          module,
          above,
        );
    }
    return hidden(module.text.slice(node.start, node.end));
  }

  async #all(
    nodes: readonly TSType[],
    name: string,
    module: SourceModule,
    above: readonly string[],
  ): Promise<readonly Shape[]> {
    const shapes: Shape[] = [];
    for (const node of nodes) {
      shapes.push(await this.#type(node, name, module, above));
    }
    return shapes;
  }

  async #named(
    name: string,
    typeArguments: TSTypeParameterInstantiation | null,
    module: SourceModule,
    above: readonly string[],
  ): Promise<Shape> {
    const [first, second] = typeArguments?.params ?? [];
    if (first !== undefined && transparent.has(name)) {
      return await this.#type(first, name, module, above);
    }
    if (first !== undefined && second !== undefined) {
      if (name === "Pick" || name === "Omit") {
        const keys = new Set(literals(second));
        const shape = await this.#type(first, name, module, above);
        return keep(shape, (field) => keys.has(field) === (name === "Pick"));
      }
    }
    const found = declared(module, name) ?? await this.#imported(name, module);
    return found === undefined
      ? hidden(name)
      : await this.declaration(found, above);
  }

  async #imported(
    name: string,
    module: SourceModule,
  ): Promise<TypeDeclaration | undefined> {
    for (const { entries, moduleRequest } of module.module.staticImports) {
      const entry = entries.find(({ localName }) => localName.value === name);
      if (entry === undefined) continue;
      return await this.#exported(
        entry.importName.name ?? name,
        module.path,
        moduleRequest.value,
      );
    }
    return undefined;
  }

  async #exported(
    name: string,
    from: string,
    specifier: string,
    depth = 0,
  ): Promise<TypeDeclaration | undefined> {
    const { edges } = await this.#context.sources.graph();
    const edge = edges.get(from)?.find((edge) => edge.specifier === specifier);
    if (edge === undefined || depth > 8) return undefined;
    const module = await this.#context.sources.module(edge.to);
    if (module === undefined) return undefined;
    const found = declared(module, name);
    if (found !== undefined) return found;
    for (const { entries } of module.module.staticExports) {
      for (const { moduleRequest, exportName, importName } of entries) {
        const named = exportName.name === name || exportName.name === null;
        if (moduleRequest === null || !named) continue;
        const again = await this.#exported(
          importName.name ?? name,
          module.path,
          moduleRequest.value,
          depth + 1,
        );
        if (again !== undefined) return again;
      }
    }
    return undefined;
  }
}

function declared(
  module: SourceModule,
  name: string,
): TypeDeclaration | undefined {
  const nodes = [
    ...module.nodes("TSInterfaceDeclaration"),
    ...module.nodes("TSTypeAliasDeclaration"),
  ].filter(({ id }) => id.name === name);
  return nodes.length === 0 ? undefined : { name, module, nodes };
}
