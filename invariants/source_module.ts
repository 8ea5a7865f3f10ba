/** Source modules: TypeScript and JavaScript files as syntax trees. */
import type { EcmaScriptModule, Node, Program } from "oxc-parser";
import { type Reference, referencesIn } from "./references.ts";

/** A node of one type. */
export type NodeOf<T extends Node["type"]> = Extract<Node, { type: T }>;

/** A parsed file. */
export interface SourceModule {
  /** Path relative to the root. */
  readonly path: string;
  /** The text. */
  readonly text: string;
  /** The text with spaces for its comments: what a look for words needs, without the tree. */
  readonly code: string;
  /** The tree. */
  readonly program: Program;
  /** Imports and exports. */
  readonly module: EcmaScriptModule;
  /** What keeps it from being TypeScript or JavaScript; empty as a rule. */
  readonly errors: readonly {
    readonly line: number;
    readonly message: string;
  }[];
  /** All nodes of a type, in the order of the text. */
  nodes<T extends Node["type"]>(type: T): readonly NodeOf<T>[];
  /** What it uses of globals and imports, found when first asked for. */
  references(): Promise<readonly Reference[]>;
  /** The node around a node; null for the program. */
  parent(node: Node): Node | null;
  /** The line of an offset, from 1. */
  line(offset: number): number;
}

const extensions = /\.[cm]?[jt]sx?$/;

/** Whether a path is that of a source module. */
export function isSourceModule(path: string): boolean {
  return extensions.test(path);
}

/** Parses a file. Never rejects for what stands in it: see `errors`. */
export async function parseModule(
  path: string,
  text: string,
): Promise<SourceModule> {
  const { parseSync } = await import("oxc-parser");
  const result = parseSync(path, text, { preserveParens: false });
  const line = lineCounter(text);
  let index: NodeIndex | undefined;
  const indexed = () => index ??= indexNodes(result.program);
  let references: Promise<readonly Reference[]> | undefined;
  let code: string | undefined;
  const parsed: SourceModule = {
    path,
    text,
    // Made when first asked for: it is most of a file's cost.
    get program() {
      return result.program;
    },
    get code() {
      return code ??= withoutComments(text, result.comments);
    },
    module: result.module,
    errors: result.errors.map((error) => ({
      line: line(error.labels[0]?.start ?? 0),
      message: error.message,
    })),
    nodes: (type) =>
      (indexed().byType.get(type) ?? []).filter((node) => isType(node, type)),
    parent: (node) => indexed().parents.get(node) ?? null,
    references: () => references ??= referencesIn(parsed),
    line,
  };
  return parsed;
}

/** Whether a node is of a type. */
export function isType<T extends Node["type"]>(
  node: Node,
  type: T,
): node is NodeOf<T> {
  return node.type === type;
}

/** Makes a function from offset to line, both of UTF-16 text. */
export function lineCounter(text: string): (offset: number) => number {
  let starts: number[] | undefined;
  return (offset) => {
    if (starts === undefined) {
      starts = [0];
      for (let at = text.indexOf("\n"); at !== -1;) {
        starts.push(at + 1);
        at = text.indexOf("\n", at + 1);
      }
    }
    let low = 0;
    let high = starts.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((starts[middle] ?? 0) <= offset) low = middle + 1;
      else high = middle;
    }
    return low;
  };
}

/** Blanks comments, so that offsets stay. */
function withoutComments(
  text: string,
  comments: readonly { readonly start: number; readonly end: number }[],
): string {
  const parts: string[] = [];
  let at = 0;
  for (const { start, end } of comments) {
    parts.push(text.slice(at, start), " ".repeat(end - start));
    at = end;
  }
  return parts.join("") + text.slice(at);
}

interface NodeIndex {
  readonly byType: ReadonlyMap<string, readonly Node[]>;
  readonly parents: ReadonlyMap<Node, Node>;
}

function indexNodes(program: Program): NodeIndex {
  const byType = new Map<string, Node[]>();
  const parents = new Map<Node, Node>();
  const visit = (node: Node, parent: Node | null) => {
    if (parent !== null) parents.set(node, parent);
    const same = byType.get(node.type);
    if (same === undefined) byType.set(node.type, [node]);
    else same.push(node);
    const children: unknown[] = Object.values(node);
    for (const child of children) {
      if (Array.isArray(child)) {
        for (const item of child) if (isNode(item)) visit(item, node);
      } else if (isNode(child)) visit(child, node);
    }
  };
  visit(program, null);
  return { byType, parents };
}

function isNode(value: unknown): value is Node {
  return typeof value === "object" && value !== null && "type" in value &&
    typeof value.type === "string";
}
