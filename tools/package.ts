/**
 * Makes the package that is published: the sources, and what they do in few
 * files, which start in two thirds of the time.
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
  if (!cli.includes(`"./${program}"`)) {
    throw new Error(`Cannot make the package: cli.ts imports no "${program}"`);
  }
  await Deno.writeTextFile(
    join(to, "cli.ts"),
    cli.replace(`"./${program}"`, `"./${into}/program.js"`),
  );
  // The types and docs stay those of the sources.
  await Deno.rename(join(to, "mod.ts"), join(to, "api.ts"));
  const api = await Deno.readTextFile(join(to, "api.ts"));
  const doc = api.slice(0, api.indexOf("*/") + 2);
  await Deno.writeTextFile(
    join(to, "mod.ts"),
    `${doc}\n// @ts-types="./api.ts"\nexport * from "./${into}/mod.js";\n`,
  );
  return [...files, "api.ts", ...bundles.flat()];
}

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
