/**
 * Makes the package that is published: what the sources do in few files, which
 * start in two thirds of the time, and those sources that other packages import.
 *
 * ```sh
 * deno task package FOLDER
 * ```
 *
 * @module
 */
import { basename, dirname, join } from "@std/path";
import { LATE_FILE } from "../config/fetch_late.ts";
import { bundle } from "./bundle.ts";

/** How a package is made. */
export interface PackageOptions {
  /** Absolute path of the repository. */
  readonly root: string;
  /** Absolute path of the folder to make, which is not there yet. */
  readonly to: string;
  /** Paths of the files, as `publishedFiles` gives them. */
  readonly files: readonly string[];
  /** What a file is to be instead, such as that of another version; default: as it is. */
  readonly change?: (path: string, text: string) => string;
}

/** The folder of the bundles in the package. */
const into = dirname(LATE_FILE);

/** Where the program begins. */
const program = "commands/program.ts";

/** What is read at every start, and what for a run or a plan. */
const parts = {
  core: [program],
  run: ["commands/run.ts", "commands/plan.ts"],
};

/** `pikaci invariants` alone needs native code of some megabytes. */
const late = { file: basename(LATE_FILE), without: "commands/invariants.ts" };

/** Makes a package; returns the paths of its files. */
export async function makePackage(
  { root, to, files, change = (_path, text) => text }: PackageOptions,
): Promise<readonly string[]> {
  for (const path of files) {
    await Deno.mkdir(dirname(join(to, path)), { recursive: true });
    const text = await Deno.readTextFile(join(root, path));
    await Deno.writeTextFile(join(to, path), change(path, text));
  }
  await writeDenoJson(join(to, "deno.json"));
  const bundles = [
    await bundle({ root: to, entry: program, into, parts, late }),
    await bundle({ root: to, entry: "mod.ts", into, parts: {} }),
  ];
  const cli = await Deno.readTextFile(join(to, "cli.ts"));
  const entry = await Deno.readTextFile(join(to, into, "program.js"));
  // Each file on the way is one more to be read.
  const [, name, core] =
    /^export\{(\w+) as program\}from"\.\/(\w+\.js)";$/.exec(entry) ?? [];
  const imported = `import { program } from "./${program}";`;
  if (core === undefined || !cli.includes(imported)) {
    throw new Error(`Cannot make the package: cli.ts imports no "${program}"`);
  }
  await Deno.writeTextFile(
    join(to, "cli.ts"),
    cli.replace(
      imported,
      `import { ${name} as program } from "./${into}/${core}";`,
    ),
  );
  // The types and docs stay those of the sources.
  await Deno.rename(join(to, "mod.ts"), join(to, "api.ts"));
  const api = await Deno.readTextFile(join(to, "api.ts"));
  const doc = api.slice(0, api.indexOf("*/") + 2);
  await Deno.writeTextFile(
    join(to, "mod.ts"),
    `${doc}\n// @ts-types="./api.ts"\nexport * from "./${into}/mod.js";\n`,
  );
  const made = [...files, "api.ts", ...bundles.flat()];
  const needed = await reached(to, made);
  const left = made.filter((path) => path.endsWith(".ts") && !needed.has(path));
  for (const path of left) await Deno.remove(join(to, path));
  return made.filter((path) => !left.includes(path));
}

/**
 * The modules that the package's exports lead to, by whatever names a file of
 * it. At each start Deno reads and hashes a list of all files that there are.
 */
async function reached(
  folder: string,
  files: readonly string[],
): Promise<ReadonlySet<string>> {
  const { exports }: { readonly exports: Readonly<Record<string, string>> } =
    JSON.parse(await Deno.readTextFile(join(folder, "deno.json")));
  const found = new Set(Object.values(exports).map((path) => join(path)));
  // The set grows while it is walked.
  for (const path of found) {
    const text = await Deno.readTextFile(join(folder, path));
    for (const [, name = ""] of text.matchAll(NAME)) {
      const named = join(dirname(path), name);
      if (files.includes(named)) found.add(named);
    }
  }
  return found;
}

/** A file beside a module, or near it; but none that addresses are only told from. */
const NAME = /(?<!new URL\()["'`](\.\.?\/[^"'`]+\.[jt]s)["'`]/g;

/** Leaves what only this repository needs out of the package's deno.json. */
async function writeDenoJson(path: string): Promise<void> {
  const { name, version, license, exports, imports, compilerOptions }: Readonly<
    Record<string, unknown>
  > = JSON.parse(await Deno.readTextFile(path));
  const kept = { name, version, license, exports, imports, compilerOptions };
  await Deno.writeTextFile(path, `${JSON.stringify(kept, null, 2)}\n`);
}

/** The files of a repository that `deno publish` would take, as it says itself. */
export async function publishedFiles(root: string): Promise<readonly string[]> {
  const { success, stderr } = await new Deno.Command(Deno.execPath(), {
    // Types are checked where the package is published.
    args: ["publish", "--dry-run", "--allow-dirty", "--no-check"],
    cwd: root,
    env: { NO_COLOR: "1" },
  }).output();
  const text = new TextDecoder().decode(stderr);
  if (!success) throw new Error(text);
  const prefix = join(root, "/");
  return text.split("\n").flatMap((line) => {
    const url = /^ +(file:\S+) \(/.exec(line)?.[1];
    if (url === undefined) return [];
    return [decodeURIComponent(new URL(url).pathname).slice(prefix.length)];
  });
}

if (import.meta.main) {
  const [to] = Deno.args;
  if (to === undefined) throw new Error("Expected the folder to make");
  const root = dirname(import.meta.dirname ?? ".");
  await makePackage({ root, to, files: await publishedFiles(root) });
}
