/** The module graph: which file imports which. */

/** An import. */
export interface Edge {
  /** Path of the importing file. */
  readonly from: string;
  /**
   * What is imported: a path relative to the root, or a name from outside
   * without its version: `npm:zod`, `jsr:@std/path`, `node:fs`, a URL.
   */
  readonly to: string;
  /** The import as it is written. */
  readonly specifier: string;
  /** Line of the import, from 1. */
  readonly line: number;
  /** Whether it is an `import()`, done only when the code gets there. */
  readonly dynamic: boolean;
  /** Whether nothing but types is imported, so that nothing is loaded. */
  readonly types: boolean;
}

/** An import that leads nowhere. */
export interface Unresolved {
  /** Path of the importing file. */
  readonly from: string;
  /** Line of the import, from 1. */
  readonly line: number;
  /** What is wrong. */
  readonly message: string;
}

/** All imports of a repository. */
export interface ModuleGraph {
  /** The imports of each file. */
  readonly edges: ReadonlyMap<string, readonly Edge[]>;
  /** The imports that lead nowhere. */
  readonly unresolved: readonly Unresolved[];
}

/** Which imports count. */
export interface Following {
  /** Whether `import()` counts. */
  readonly dynamic: boolean;
  /** Whether imports of types alone count. */
  readonly types: boolean;
}

/** Returns the imports of a file that count. */
export function importsOf(
  graph: ModuleGraph,
  path: string,
  following: Following,
): readonly Edge[] {
  return (graph.edges.get(path) ?? []).filter((edge) =>
    (following.dynamic || !edge.dynamic) && (following.types || !edge.types)
  );
}

/**
 * Finds everything that a file reaches, each with a shortest chain of imports
 * that leads there.
 */
export function reach(
  graph: ModuleGraph,
  start: string,
  following: Following,
): ReadonlyMap<string, readonly [Edge, ...Edge[]]> {
  const chains = new Map<string, readonly [Edge, ...Edge[]]>();
  const queue: { path: string; chain: readonly Edge[] }[] = [
    { path: start, chain: [] },
  ];
  for (let entry = queue.shift(); entry !== undefined; entry = queue.shift()) {
    for (const edge of importsOf(graph, entry.path, following)) {
      if (edge.to === start || chains.has(edge.to)) continue;
      const [first, ...rest] = [...entry.chain, edge];
      if (first === undefined) continue;
      chains.set(edge.to, [first, ...rest]);
      queue.push({ path: edge.to, chain: [first, ...rest] });
    }
  }
  return chains;
}

/** Takes the version out of a specifier from a registry: `npm:zod@4.6.7/v4` is `npm:zod/v4`. */
export function withoutVersion(specifier: string): string {
  const match = /^(npm|jsr):\/?((?:@[^/]+\/)?[^/@]+)(?:@[^/]*)?(\/.*)?$/.exec(
    specifier,
  );
  return match === null
    ? specifier
    : `${match[1]}:${match[2]}${match[3] ?? ""}`;
}
