/** Module graphs out of the parser's module records. */
import type { Expression, Node } from "oxc-parser";
import {
  type Edge,
  type ModuleGraph,
  type Unresolved,
  withoutVersion,
} from "./graph.ts";
import { isSourceModule, type SourceModule } from "./source_module.ts";
import type { Sources } from "./sources.ts";

/** Finds what a specifier leads to: a path of the repository or a name from outside; undefined: nothing. */
export type Resolve = (from: string, specifier: string) => string | undefined;

/** Makes the graph of all source modules, with a resolver for their imports. */
export async function graphOfRecords(
  sources: Sources,
  resolve: Resolve,
): Promise<ModuleGraph> {
  const edges = new Map<string, readonly Edge[]>();
  const unresolved: Unresolved[] = [];
  for (const path of sources.files.filter(isSourceModule)) {
    const module = await sources.module(path);
    if (module === undefined) continue;
    const found: Edge[] = [];
    for (const { specifier, at, dynamic, types } of importsOf(module)) {
      const to = resolve(path, specifier);
      const line = module.line(at);
      if (to === undefined) {
        const message = `Cannot resolve "${specifier}"`;
        unresolved.push({ from: path, line, message });
      } else found.push({ from: path, to, specifier, line, dynamic, types });
    }
    edges.set(path, found);
  }
  return { edges, unresolved };
}

/**
 * Makes a resolver for relative imports written with their extension, and for
 * the names of an import map; all others are packages, but for those of Node.
 */
export function relativeResolver(
  files: readonly string[],
  imports: Readonly<Record<string, string>> = {},
): Resolve {
  const known = new Set(files);
  return (from, specifier) => {
    if (!specifier.startsWith(".")) {
      const name = imports[specifier] ?? specifier;
      return /^[a-z]+:/.test(name) ? withoutVersion(name) : `npm:${name}`;
    }
    const path = new URL(specifier, new URL(from, "file:///")).pathname.slice(
      1,
    );
    return known.has(path) ? path : undefined;
  };
}

/** An import as it is written. */
export interface Import {
  /** What is imported. */
  readonly specifier: string;
  /** Offset of that. */
  readonly at: number;
  /** Whether it is an `import()`. */
  readonly dynamic: boolean;
  /** Whether nothing but types is imported. */
  readonly types: boolean;
}

function importsOf(module: SourceModule): readonly Import[] {
  const found: Import[] = [];
  const add = (node: Node | null, dynamic: boolean, types: boolean) => {
    if (node?.type !== "Literal" || typeof node.value !== "string") return;
    found.push({ specifier: node.value, at: node.start, dynamic, types });
  };
  for (const node of module.nodes("ImportDeclaration")) {
    add(node.source, false, node.importKind === "type");
  }
  for (const node of module.nodes("ExportNamedDeclaration")) {
    add(node.source, false, node.exportKind === "type");
  }
  for (const node of module.nodes("ExportAllDeclaration")) {
    add(node.source, false, node.exportKind === "type");
  }
  for (const node of module.nodes("ImportExpression")) {
    add(node.source, true, false);
  }
  found.push(...hiddenImports(module));
  for (const node of module.nodes("TSImportType")) {
    add(node.source, false, true);
  }
  for (const node of module.nodes("TSExternalModuleReference")) {
    add(node.expression, false, false);
  }
  for (const node of module.nodes("CallExpression")) {
    if (isName(node.callee, "require")) {
      add(node.arguments[0] ?? null, false, false);
    }
  }
  return found;
}

/**
 * The imports by `import(import.meta.resolve("./x.ts"))`: what Deno's own graph
 * leaves out, so that it is not read at the start.
 */
export function hiddenImports(module: SourceModule): readonly Import[] {
  if (!module.text.includes("import.meta.resolve(")) return [];
  return module.nodes("ImportExpression").flatMap(({ source }) => {
    if (source.type !== "CallExpression") return [];
    const { callee, arguments: [argument] } = source;
    const resolves = callee.type === "MemberExpression" &&
      callee.object.type === "MetaProperty" &&
      callee.property.type === "Identifier" &&
      callee.property.name === "resolve";
    return resolves && argument?.type === "Literal" &&
        typeof argument.value === "string"
      ? [{
        specifier: argument.value,
        at: argument.start,
        dynamic: true,
        types: false,
      }]
      : [];
  });
}

function isName(node: Expression, name: string): boolean {
  return node.type === "Identifier" && node.name === name;
}
