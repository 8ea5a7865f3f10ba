/**
 * The module graph of a repository without Deno: the parser's module records,
 * resolved as Node and bundlers do, with package.json, tsconfig paths and left
 * out extensions.
 */
import { join, relative } from "@std/path";
import type { ModuleGraph } from "./graph.ts";
import { graphOfRecords } from "./graph_record.ts";
import type { Sources } from "./sources.ts";

/** Makes the graph of all source modules. */
export async function nodeGraph(sources: Sources): Promise<ModuleGraph> {
  const { ResolverFactory } = await import("oxc-resolver");
  const root = await Deno.realPath(sources.root);
  const resolver = new ResolverFactory({
    extensions: [
      ".ts",
      ".tsx",
      ".mts",
      ".cts",
      ".js",
      ".jsx",
      ".mjs",
      ".cjs",
      ".json",
    ],
    extensionAlias: {
      ".js": [".ts", ".tsx", ".js", ".jsx"],
      ".mjs": [".mts", ".mjs"],
      ".cjs": [".cts", ".cjs"],
      ".jsx": [".tsx", ".jsx"],
    },
    conditionNames: ["types", "import", "require", "node", "default"],
    builtinModules: true,
    tsconfig: "auto",
  });
  return await graphOfRecords(sources, (from, specifier) => {
    if (/^(node|npm|jsr|https?|data):/.test(specifier)) return specifier;
    const path = join(root, from);
    const { path: to, builtin } = resolver.resolveFileSync(path, specifier);
    if (builtin !== undefined) return builtin.resolved;
    if (to === undefined) {
      // A package that is not installed here is still that package.
      return isBare(specifier) ? `npm:${specifier}` : undefined;
    }
    const inside = relative(root, to);
    const installed = inside.split("/").lastIndexOf("node_modules") !== -1;
    return installed || inside.startsWith("..") ? `npm:${specifier}` : inside;
  });
}

function isBare(specifier: string): boolean {
  return !specifier.startsWith(".") && !specifier.startsWith("/") &&
    !specifier.startsWith("#");
}
