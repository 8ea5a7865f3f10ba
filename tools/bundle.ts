/**
 * Puts modules into few files, for a fast start: Deno takes some 0.2 ms for
 * every module that it reads, whatever is in it, and a run needs 150 of them.
 *
 * What an entry imports becomes one file. What it imports late stays apart, as
 * in the sources, and is read when it is wanted.
 *
 * @module
 */
import { basename, dirname, join, relative } from "@std/path";
import type { Node } from "oxc-parser";
import {
  type CodeSplittingGroup,
  rolldown,
  type RolldownOutput,
} from "rolldown";
import { table } from "../commands/table.ts";
import { eager } from "./eager.ts";
import { type Edit, edited } from "./edit.ts";
import { spare } from "./spare.ts";
import { parseModule, type SourceModule } from "../invariants/source_module.ts";

/** What is bundled. */
export interface BundleOptions {
  /** Absolute path of the folder with the sources and their deno.json. */
  readonly root: string;
  /** Path in it of the module that begins; its file in the bundle is named after it. */
  readonly entry: string;
  /** Name of the folder in it that the bundle is written to. */
  readonly into: string;
  /**
   * What is read as one file each, by Deno all at once, to be compiled when it is
   * wanted: the modules that begin it, which bring what they import. What several
   * need is in the first. What is imported late otherwise stays apart; without
   * any part, all is one file.
   */
  readonly parts: Readonly<Record<string, readonly string[]>>;
  /**
   * A file that names all that may be imported late, so that Deno can be told to
   * fetch it, and the module that begins what it leaves out. Default: none.
   */
  readonly late?: { readonly file: string; readonly without: string };
}

/**
 * What the sources load late, for the sake of other verbs, although many runs on
 * this machine need it. None of it needs a package of npm.
 */
const common: ReadonlySet<string> = new Set([
  "artifacts/collect.ts",
  "artifacts/collected.ts",
  "artifacts/host_files.ts",
  "artifacts/keep.ts",
  "commands/shared_passes.ts",
  "commands/store_passes.ts",
  "config/scope.ts",
  "executors/host_process.ts",
  "hosts/supervise.ts",
  "planner/render.ts",
  "planner/text.ts",
  "reporters/terminal.ts",
  "runner/passes.ts",
  "snapshot/_compare.ts",
  "snapshot/_describe.ts",
  "snapshot/_find.ts",
  "snapshot/_slot_script.ts",
  "snapshot/_slot_update.ts",
  "snapshot/tree.ts",
]);

/** Bundles a module and all that it needs; returns the files, by their paths in the root. */
export async function bundle(
  { root, entry, into, parts, late }: BundleOptions,
): Promise<readonly string[]> {
  const { imports }: { readonly imports: Readonly<Record<string, string>> } =
    JSON.parse(await Deno.readTextFile(join(root, "deno.json")));
  const addressOf = (name: string): string => {
    const key = Object.keys(imports)
      .find((key) => name === key || name.startsWith(`${key}/`));
    return key === undefined ? name : imports[key] + name.slice(key.length);
  };
  const name = basename(entry, ".ts");
  const modules = new Set<string>();
  const build = await rolldown({
    cwd: root,
    input: { [name]: join(root, entry) },
    platform: "neutral",
    // How long a step takes is nothing that could be lost.
    checks: { bundlerTimings: false },
    onLog(_level, { code, message }) {
      // What one module reads late, another may need early.
      if (code === "INEFFECTIVE_DYNAMIC_IMPORT") return;
      throw new Error(`Cannot bundle "${entry}": ${message}`);
    },
    plugins: [{
      name: "pikaci",
      resolveId: (id) =>
        /^[./]/.test(id) ? null : { id: addressOf(id), external: true },
      async transform(code, id) {
        const path = relative(root, id);
        modules.add(path);
        return prepared(await parseModule(path, code), addressOf);
      },
    }],
  });
  const groups = Object.entries(parts).map(([name, begin]) =>
    group(name, begin.map((path) => join(root, path)))
  );
  const { output } = await build.write({
    dir: join(root, into),
    format: "esm",
    entryFileNames: "[name].js",
    chunkFileNames: `${name}_[name].js`,
    codeSplitting: groups.length > 0 && { groups },
  });
  await build.close();
  const gone = [...common].filter((path) => !modules.has(path));
  if (groups.length > 0 && gone.length > 0) {
    throw new Error(`Cannot bundle "${entry}": it has no ${gone}`);
  }
  const heavy = output.flatMap((part) =>
    part.type === "chunk" && part.name in parts ? part.imports : []
  ).filter((name) => /^(?:npm|jsr):/.test(name));
  if (heavy.length > 0) {
    throw new Error(
      `Cannot bundle "${entry}": every run would load ${heavy}`,
    );
  }
  const begins = new Set(
    Object.values(parts).flat().map((path) => join(root, path)),
  );
  const atOnce = new Set(
    output.filter((part) =>
      part.type === "chunk" && part.moduleIds.some((id) => begins.has(id))
    ).map(({ fileName }) => fileName),
  );
  for (const { fileName } of output) {
    const path = join(root, into, fileName);
    const code = readLate(await Deno.readTextFile(path), atOnce);
    const small = await spare(fileName, await eager(fileName, code));
    await Deno.writeTextFile(path, escaped(small));
  }
  const names = output.map(({ fileName }) => fileName);
  if (late !== undefined) {
    const without = join(root, late.without);
    await Deno.writeTextFile(
      join(root, into, late.file),
      naming(reached(output, `${name}.js`, without)),
    );
    names.push(late.file);
  }
  return names.map((fileName) => `${into}/${fileName}`);
}

/** The files that one leads to, itself among them, without going beyond what stands for a module. */
function reached(
  output: RolldownOutput["output"],
  from: string,
  without: string,
): readonly string[] {
  const found = new Set<string>();
  const visit = (fileName: string): void => {
    const part = output.find((part) => part.fileName === fileName);
    if (part?.type !== "chunk" || found.has(fileName)) return;
    if (part.facadeModuleId === without) return;
    found.add(fileName);
    [...part.imports, ...part.dynamicImports].forEach(visit);
  };
  visit(from);
  return [...found].sort();
}

/** A module that imports nothing, and names files as what it may import. */
function naming(files: readonly string[]): string {
  return [
    "/** Names what the program may load, for `deno cache`; nothing calls it. */",
    "export const all = () => [",
    ...files.map((file) => `  import("./${file}"),`),
    "];\n",
  ].join("\n");
}

/** A part: the modules that begin it, with all that they import. */
function group(name: string, begin: readonly string[]): CodeSplittingGroup {
  const inside = new Set<string>();
  return {
    debugName: name,
    name(id, graph) {
      const gather = (id: string): void => {
        if (inside.has(id)) return;
        inside.add(id);
        graph.getModuleInfo(id)?.importedIds.forEach(gather);
      };
      begin.forEach(gather);
      return inside.has(id) ? name : null;
    },
  };
}

/** A module with imports that a bundler follows, and with the addresses that it has in the sources. */
function prepared(
  module: SourceModule,
  addressOf: (name: string) => string,
): string {
  const folder = dirname(module.path);
  const early: string[] = [];
  const imported = (specifier: string): string => {
    if (!common.has(join(folder, specifier))) return `import("${specifier}")`;
    const name = `$early${early.length}`;
    early.push(`import * as ${name} from "${specifier}";\n`);
    return `Promise.resolve(${name})`;
  };
  // From a folder beside those of the sources.
  const moved = (specifier: string): string =>
    specifier.startsWith(".")
      ? `../${join(folder, specifier)}`
      : addressOf(specifier);
  const edits: Edit[] = [];
  const replace = ({ start, end }: Node, text: string): void => {
    edits.push({ start, end, text });
  };
  for (const call of module.nodes("CallExpression")) {
    if (!isOfMeta(call.callee, "resolve")) continue;
    const [argument] = call.arguments;
    const specifier = argument?.type === "Literal" &&
        typeof argument.value === "string"
      ? argument.value
      : null;
    const around = module.parent(call);
    if (around?.type === "ImportExpression") {
      replace(
        around,
        specifier === null ? verbs(module) : imported(specifier),
      );
    } else if (specifier !== null) {
      replace(call, `import.meta.resolve("${moved(specifier)}")`);
    }
  }
  for (const at of module.nodes("MemberExpression")) {
    if (!isOfMeta(at, "url")) continue;
    replace(at, `new URL("../${module.path}", import.meta.url).href`);
  }
  return early.join("") + edited(module.text, edits);
}

/** The import of a verb by its name, where its name is not known yet: one of all verbs. */
function verbs({ path }: SourceModule): string {
  if (path !== "commands/table.ts") {
    throw new Error(`Cannot bundle "${path}": it computes what it imports`);
  }
  const cases = table.map(({ name }) =>
    `"${name}": () => import("./${name.replaceAll("-", "_")}.ts")`
  );
  return `({ ${cases.join(", ")} })[name]()`;
}

function isOfMeta(node: Node, name: string): boolean {
  return node.type === "MemberExpression" &&
    node.object.type === "MetaProperty" &&
    node.property.type === "Identifier" && node.property.name === name;
}

/** What an `import()` names by a literal, Deno reads at once, called or not: all but a few files. */
function readLate(code: string, atOnce: ReadonlySet<string>): string {
  return code.replaceAll(
    /\bimport\("\.\/(\w+\.js)"\)/g,
    (call, fileName) =>
      atOnce.has(fileName)
        ? call
        : `import(import.meta.resolve("./${fileName}"))`,
  );
}

/** Where a text has other characters than these, V8 keeps all of it in two bytes each. */
function escaped(code: string): string {
  return code.replaceAll(
    /[^\0-\x7f]/g,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}
