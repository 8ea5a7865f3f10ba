/**
 * Adds pikaci to a repository's deno.json.
 *
 * @module
 */
import { join } from "../../model/path.ts";
import { CONFIG_NAME } from "../../config/find.ts";
import { readScope } from "../../config/scope.ts";
import { PACKAGE, VERSION } from "../../model/version.ts";

/** What was done, and what is to be done. */
export interface Added {
  /** Lines for people. */
  readonly lines: readonly string[];
  /** The command that runs the config. */
  readonly command: string;
}

/** Adds the import of the package and the task "ci"; what is there stays. */
export async function addToDenoJson(folder: string): Promise<Added> {
  const { library, program } = ownAddress();
  const run = ["deno run -A", ...nodeModulesArgs(folder), program, "run"]
    .join(" ");
  const wanted = {
    imports: { [PACKAGE]: library },
    tasks: { ci: run },
  };
  for (const name of ["deno.json", "deno.jsonc"]) {
    const path = join(folder, name);
    const text = await readIfThere(path);
    if (text === null) continue;
    const before = parseObject(text);
    if (before === null) {
      return {
        lines: [
          `Add to ${name} (it is left as it is, for its comments):`,
          ...JSON.stringify(wanted, null, 2).split("\n"),
        ],
        command: run,
      };
    }
    return await extend(path, name, before, wanted);
  }
  await write(join(folder, "deno.json"), wanted);
  return {
    lines: [`Wrote deno.json with the import "${PACKAGE}" and the task "ci"`],
    command: "deno task ci",
  };
}

/**
 * Beside a package.json Deno would look for pikaci's own packages in
 * node_modules, and pikaci would have to start anew each time.
 */
function nodeModulesArgs(folder: string): readonly string[] {
  return readScope(join(folder, CONFIG_NAME)).denoArgs
    .filter((arg) => arg.startsWith("--node-modules-dir="));
}

/** Where this very program can be had from: a registry, or a checkout. */
function ownAddress(): { readonly library: string; readonly program: string } {
  const root = new URL("../../", import.meta.url);
  return root.protocol === "file:"
    ? {
      library: new URL("mod.ts", root).href,
      program: new URL("cli.ts", root).href,
    }
    : {
      library: `jsr:${PACKAGE}@^${VERSION}`,
      program: `jsr:${PACKAGE}@^${VERSION}/cli`,
    };
}

interface Wanted {
  readonly imports: Readonly<Record<string, string>>;
  readonly tasks: { readonly ci: string };
}

async function extend(
  path: string,
  name: string,
  before: Readonly<Record<string, unknown>>,
  wanted: Wanted,
): Promise<Added> {
  const lines: string[] = [];
  const imports = objectOf(before["imports"]);
  const tasks = objectOf(before["tasks"]);
  const after: Record<string, unknown> = { ...before };
  if (!(PACKAGE in imports)) {
    after["imports"] = { ...imports, ...wanted.imports };
    lines.push(`Added the import "${PACKAGE}" to ${name}`);
  }
  const task = "ci" in tasks ? "pikaci" : "ci";
  if (!(task in tasks)) {
    after["tasks"] = { ...tasks, [task]: wanted.tasks.ci };
    lines.push(`Added the task "${task}" to ${name}`);
  }
  if (lines.length > 0) await write(path, after);
  return { lines, command: `deno task ${task}` };
}

function parseObject(text: string): Readonly<Record<string, unknown>> | null {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null ? { ...value } : null;
  } catch {
    return null;
  }
}

function objectOf(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null ? { ...value } : {};
}

async function write(path: string, value: unknown): Promise<void> {
  await Deno.writeTextFile(path, `${JSON.stringify(value, null, 2)}\n`);
}

async function readIfThere(path: string): Promise<string | null> {
  try {
    return await Deno.readTextFile(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return null;
    throw error;
  }
}
