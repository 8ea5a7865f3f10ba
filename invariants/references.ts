/** References: what a file uses of globals and imports. */
import type { Node } from "oxc-parser";
import type { SourceModule } from "./source_module.ts";

/** A use of a global or an import, with the members that are taken of it. */
export interface Reference {
  /** The specifier of an import; null: a global, or anything at all. */
  readonly from: string | null;
  /**
   * The name and its members: `Deno`, `Deno.Command`, `Deno.Command.prototype`;
   * an empty name is the whole module that is imported.
   */
  readonly names: readonly string[];
  /** Offset of the use. */
  readonly at: number;
  /** Whether the last name is handed on as a value, so that its members are used out of sight. */
  readonly escapes: boolean;
}

/** Finds the references of a file to globals and imports. */
export async function referencesIn(
  module: SourceModule,
): Promise<readonly Reference[]> {
  const { isReferenceIdentifier, ScopeTracker, walk } = await import(
    "oxc-walker"
  );
  const scopeTracker = new ScopeTracker({ preserveExitedScopes: true });
  walk(module.program, { scopeTracker });
  scopeTracker.freeze();
  const found: Reference[] = [];
  walk(module.program, {
    scopeTracker,
    enter(node, parent) {
      if (node.type !== "Identifier" || !isReferenceIdentifier(node, parent)) {
        return;
      }
      const declaration = scopeTracker.getDeclaration(node.name);
      if (declaration === null) {
        found.push(...members(node, null, node.name, module));
      } else if (declaration.type === "Import") {
        const from = declaration.importNode.source.value;
        found.push(...members(node, from, imported(declaration.node), module));
      }
    },
  });
  return found;
}

/**
 * Finds the members that are taken of anything, by all tails of how they are
 * written: `.find`, `.jobs.find` and `.catalog.jobs.find`.
 */
export function memberTails(module: SourceModule): readonly Reference[] {
  return module.nodes("MemberExpression").map((node) => {
    const names: string[] = [];
    let tail = "";
    let object: Node = node;
    while (object.type === "MemberExpression") {
      const property = propertyName(object);
      if (property === undefined) break;
      tail = `.${property}${tail}`;
      names.push(tail);
      object = object.object;
    }
    if (object.type === "Identifier") names.push(`.${object.name}${tail}`);
    return { from: null, names, at: node.property.start, escapes: false };
  });
}

/** The name under which a module exports what is imported; empty: the module as a whole. */
function imported(node: Node): string {
  switch (node.type) {
    case "ImportSpecifier":
      return node.imported.type === "Literal"
        ? node.imported.value
        : node.imported.name;
    case "ImportDefaultSpecifier":
      return "default";
    default:
      return "";
  }
}

/** Names of the global object. */
export const windows: ReadonlySet<string> = new Set([
  "globalThis",
  "window",
  "self",
]);

/** Follows the members taken of a reference, and what is taken out of it by a pattern. */
function members(
  reference: Node,
  from: string | null,
  root: string,
  module: SourceModule,
): readonly Reference[] {
  const own = from === null && windows.has(root);
  let name = own ? "" : root;
  const names = own ? [] : [name];
  let node = reference;
  let parent = module.parent(node);
  while (parent?.type === "MemberExpression" && parent.object === node) {
    const property = propertyName(parent);
    if (property === undefined) break;
    name = name === "" ? property : `${name}.${property}`;
    names.push(name);
    node = parent;
    parent = module.parent(node);
  }
  const at = reference.start;
  if (
    parent?.type === "VariableDeclarator" && parent.init === node &&
    parent.id.type === "ObjectPattern"
  ) {
    return parent.id.properties.map((property) => {
      const key = property.type === "Property" &&
          property.key.type === "Identifier"
        ? property.key.name
        : undefined;
      return key === undefined ? { from, names, at, escapes: true } : {
        from,
        names: [...names, name === "" ? key : `${name}.${key}`],
        at,
        escapes: false,
      };
    });
  }
  return [{
    from,
    names,
    at,
    escapes: parent !== null && handsOn(parent, node),
  }];
}

function handsOn(parent: Node, node: Node): boolean {
  switch (parent.type) {
    case "VariableDeclarator":
      return parent.init === node;
    case "AssignmentExpression":
      return parent.right === node;
    case "CallExpression":
    case "NewExpression":
      return parent.callee !== node;
    case "Property":
      return parent.value === node;
    case "ArrayExpression":
    case "ReturnStatement":
    case "SpreadElement":
      return true;
    case "ArrowFunctionExpression":
      return parent.body === node;
    default:
      return false;
  }
}

/** The name of the member that is taken, where it is written out. */
export function propertyName(node: Node): string | undefined {
  if (node.type !== "MemberExpression") return undefined;
  if (!node.computed) return node.property.name;
  return node.property.type === "Literal" &&
      typeof node.property.value === "string"
    ? node.property.value
    : undefined;
}
