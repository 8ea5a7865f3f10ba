/** Sources: what the rules look at, read and parsed at most once. */
import { join } from "@std/path";
import { runProcess } from "../hosts/process.ts";
import { matcher } from "./globs.ts";
import type { ModuleGraph } from "./graph.ts";
import { parseModule, type SourceModule } from "./source_module.ts";

/** The files of a repository. */
export interface Sources {
  /** Absolute path of the root. */
  readonly root: string;
  /** Paths of all files, relative to the root, with `/`, sorted. */
  readonly files: readonly string[];
  /** Reads a file as text; undefined where there is none. */
  read(path: string): Promise<string | undefined>;
  /** The size of a file in bytes; undefined where there is none. */
  size(path: string): Promise<number | undefined>;
  /** Parses a file; undefined where there is none. */
  module(path: string): Promise<SourceModule | undefined>;
  /** The module graph, made when first asked for. */
  graph(): Promise<ModuleGraph>;
}

/** Where files come from. */
export interface SourcesOptions {
  /** Absolute path of the root. */
  readonly root: string;
  /** Paths of all files. */
  readonly files: readonly string[];
  /** Reads a file as text; undefined where there is none. */
  readonly read: (path: string) => Promise<string | undefined>;
  /** The size of a file in bytes; undefined where there is none. */
  readonly size: (path: string) => Promise<number | undefined>;
  /** Makes the module graph. */
  readonly graph: (sources: Sources) => Promise<ModuleGraph>;
}

/** Makes sources that remember what was read, parsed and resolved. */
export function makeSources(options: SourcesOptions): Sources {
  const texts = new Map<string, Promise<string | undefined>>();
  const modules = new Map<string, Promise<SourceModule | undefined>>();
  let graph: Promise<ModuleGraph> | undefined;
  const sources: Sources = {
    root: options.root,
    files: [...options.files].sort(),
    read: (path) => remember(texts, path, () => options.read(path)),
    size: options.size,
    module: (path) =>
      remember(modules, path, async () => {
        const text = await sources.read(path);
        return text === undefined ? undefined : await parseModule(path, text);
      }),
    graph: () => graph ??= options.graph(sources),
  };
  return sources;
}

/** Where the files of a folder are looked for. */
export interface FolderOptions {
  /** Absolute path of the folder. */
  readonly root: string;
  /** Globs of files to leave out. */
  readonly exclude: readonly string[];
  /** Makes the module graph. */
  readonly graph: (sources: Sources) => Promise<ModuleGraph>;
}

/** Opens the files of a folder: those that git knows or would add, or all where there is no git. */
export async function openSources(options: FolderOptions): Promise<Sources> {
  const { root, graph } = options;
  const excluded = matcher(options.exclude);
  const files = await listed(root) ?? await walked(root);
  return makeSources({
    root,
    files: files.filter((path) => !excluded(path)),
    read: (path) => found(Deno.readTextFile(join(root, path))),
    size: async (path) => (await found(Deno.stat(join(root, path))))?.size,
    graph,
  });
}

function remember<T>(
  memory: Map<string, Promise<T>>,
  key: string,
  make: () => Promise<T>,
): Promise<T> {
  const known = memory.get(key);
  if (known !== undefined) return known;
  const made = make();
  memory.set(key, made);
  return made;
}

async function found<T>(reading: Promise<T>): Promise<T | undefined> {
  try {
    return await reading;
  } catch (error) {
    const absent = error instanceof Deno.errors.NotFound ||
      error instanceof Deno.errors.IsADirectory;
    if (absent) return undefined;
    throw error;
  }
}

/**
 * Lists files by git. undefined where git does not know the folder: no
 * repository, no git, or a checkout inside an ignored folder of another one.
 */
async function listed(root: string): Promise<string[] | undefined> {
  const list = async (...args: string[]) => {
    const argv = ["git", "ls-files", "-z", ...args] as const;
    const { code, stdout } = await runProcess({ argv, cwd: root });
    if (code !== 0) return undefined;
    return new TextDecoder().decode(stdout).split("\0").filter((path) =>
      path !== ""
    );
  };
  try {
    const [present, deleted] = await Promise.all([
      list("--cached", "--others", "--exclude-standard", "--deduplicate"),
      list("--deleted"),
    ]);
    if (present === undefined || present.length === 0) return undefined;
    const gone = new Set(deleted);
    return present.filter((path) => !gone.has(path));
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}

const skippedFolders = new Set([".git", ".pikaci", "node_modules"]);

async function walked(root: string): Promise<string[]> {
  const files: string[] = [];
  const walk = async (folder: string) => {
    for await (const entry of Deno.readDir(join(root, folder))) {
      const path = folder === "" ? entry.name : `${folder}/${entry.name}`;
      if (entry.isDirectory) {
        if (!skippedFolders.has(entry.name)) await walk(path);
      } else files.push(path);
    }
  };
  await walk("");
  return files;
}
