/** The module graph as Deno sees it, by `deno info --json`. */
import { join } from "@std/path";
import { relative, toFileUrl } from "./_paths.ts";
import { z } from "zod";
import { runProcess } from "../hosts/process.ts";
import {
  type Edge,
  type ModuleGraph,
  type Unresolved,
  withoutVersion,
} from "./graph.ts";
import { hiddenImports, relativeResolver } from "./graph_record.ts";
import { isSourceModule } from "./source_module.ts";
import type { Sources } from "./sources.ts";

const resolved = z.object({
  specifier: z.string().optional(),
  error: z.string().optional(),
  span: z.object({ start: z.object({ line: z.number() }) }).optional(),
});

const info = z.object({
  modules: z.array(z.object({
    specifier: z.string(),
    error: z.string().optional(),
    dependencies: z.array(z.object({
      specifier: z.string(),
      code: resolved.optional(),
      type: resolved.optional(),
      isDynamic: z.boolean().optional(),
    })).optional(),
  })),
});

/** What `deno info --json` prints, as far as it is used here. */
export type DenoInfo = z.infer<typeof info>;

/**
 * Makes the graph of all source modules of a repository.
 *
 * The roots are imports of a `data:` module, so that one process sees them all;
 * a long list is cut into several, for an argument holds 128 KiB at most.
 */
export async function denoGraph(sources: Sources): Promise<ModuleGraph> {
  const urls = sources.files.filter(isSourceModule)
    .map((path) => toFileUrl(sources.root, path));
  await using lock = await copyLock(sources.root);
  const ask = (...args: readonly string[]) =>
    Promise.all(
      chunks(urls, 80_000).map((chunk) => {
        const code = chunk.map((url) => `import ${JSON.stringify(url)};`).join(
          "",
        );
        const entry = `data:application/typescript,${encodeURIComponent(code)}`;
        return denoInfo([...lock.args, ...args, entry], sources.root);
      }),
    );
  const graph = graphOfInfo(await ask(), sources);
  // With a package.json Deno wants a node_modules folder, which needs not be there.
  const uninstalled = graph.unresolved.some(({ message }) =>
    message.includes("node_modules")
  );
  return await withHiddenImports(
    uninstalled
      ? graphOfInfo(await ask("--node-modules-dir=none"), sources)
      : graph,
    sources,
  );
}

async function withHiddenImports(
  graph: ModuleGraph,
  sources: Sources,
): Promise<ModuleGraph> {
  const resolve = relativeResolver(sources.files);
  const edges = new Map(graph.edges);
  for (const [from, found] of graph.edges) {
    const text = await sources.read(from);
    if (text?.includes("import.meta.resolve(") !== true) continue;
    const module = await sources.module(from);
    if (module === undefined) continue;
    const hidden = hiddenImports(module).flatMap((item): readonly Edge[] => {
      const { specifier, at, dynamic, types } = item;
      const to = specifier.startsWith(".")
        ? resolve(from, specifier)
        : undefined;
      const line = module.line(at);
      return to === undefined
        ? []
        : [{ from, to, specifier, line, dynamic, types }];
    });
    edges.set(from, [...found, ...hidden]);
  }
  return { ...graph, edges };
}

/** Reads the graph out of what `deno info` printed. */
export function graphOfInfo(
  parts: readonly DenoInfo[],
  sources: Pick<Sources, "root" | "files">,
): ModuleGraph {
  const files = new Set(sources.files);
  const edges = new Map<string, readonly Edge[]>();
  const unresolved: Unresolved[] = [];
  const problems = new Map(
    parts.flatMap(({ modules }) =>
      modules.flatMap(({ specifier, error }) =>
        error === undefined ? [] : [[specifier, error] as const]
      )
    ),
  );
  for (const module of parts.flatMap(({ modules }) => modules)) {
    const from = relative(sources.root, module.specifier);
    if (!files.has(from) || edges.has(from)) continue;
    const found: Edge[] = [];
    for (const dependency of module.dependencies ?? []) {
      const target = dependency.code ?? dependency.type;
      if (target === undefined) continue;
      const line = (target.span?.start.line ?? 0) + 1;
      const error = target.error ?? problems.get(target.specifier ?? "");
      if (error !== undefined || target.specifier === undefined) {
        const message = firstLine(
          error ?? `Cannot resolve "${dependency.specifier}"`,
        );
        unresolved.push({ from, line, message });
        continue;
      }
      found.push({
        from,
        to: withoutVersion(relative(sources.root, target.specifier)),
        specifier: dependency.specifier,
        line,
        dynamic: dependency.isDynamic ?? false,
        types: dependency.code === undefined,
      });
    }
    edges.set(from, found);
  }
  return { edges, unresolved };
}

/** A copy of the lock, for Deno writes what it learns into the one it is given. */
async function copyLock(
  root: string,
): Promise<AsyncDisposable & { readonly args: readonly string[] }> {
  const copy = await Deno.makeTempFile({ suffix: ".lock" });
  const gone = () => Deno.remove(copy);
  try {
    await Deno.copyFile(join(root, "deno.lock"), copy);
    return { args: ["--lock", copy], [Symbol.asyncDispose]: gone };
  } catch (error) {
    await gone();
    if (!(error instanceof Deno.errors.NotFound)) throw error;
    const nothing = () => Promise.resolve();
    return { args: ["--no-lock"], [Symbol.asyncDispose]: nothing };
  }
}

async function denoInfo(
  args: readonly string[],
  cwd: string,
): Promise<DenoInfo> {
  const { code, stdout, stderr } = await runProcess({
    argv: [Deno.execPath(), "info", "--json", ...args],
    cwd,
    env: { NO_COLOR: "1" },
  });
  if (code !== 0) {
    const said = new TextDecoder().decode(stderr).trim();
    throw new Error(
      `Cannot make the module graph: deno info exited with ${code}: ${said}`,
    );
  }
  return info.parse(JSON.parse(new TextDecoder().decode(stdout)));
}

function chunks(
  items: readonly string[],
  size: number,
): readonly (readonly string[])[] {
  const parts: string[][] = [];
  let room = 0;
  for (const item of items) {
    // What encodeURIComponent adds stays below half of the text.
    const length = encodeURIComponent(item).length + 20;
    const last = parts.at(-1);
    if (last === undefined || length > room) {
      parts.push([item]);
      room = size - length;
    } else {
      last.push(item);
      room -= length;
    }
  }
  return parts;
}

function firstLine(text: string): string {
  return text.split("\n", 1)[0] ?? text;
}
