/**
 * What Deno goes by when it checks and runs a config: the configuration files
 * beside and above its modules.
 *
 * @module
 */
import { dirname, join, resolve } from "../model/path.ts";

/** The files that Deno looks for in a folder. */
const scopeNames = [
  "deno.json",
  "deno.jsonc",
  "package.json",
  "tsconfig.json",
  "deno.lock",
  ".npmrc",
];

/** What stands in the folders around a config. */
export interface Scope {
  /** Path of the nearest deno.json or deno.jsonc; null: there is none. */
  readonly denoJson: string | null;
  /** Path of the lock file; null: there is none. */
  readonly lock: string | null;
  /** Whether Deno takes npm packages from a folder that others fill. */
  readonly foreignPackages: boolean;
  /** Arguments with which Deno checks and runs the config as pikaci needs it. */
  readonly denoArgs: readonly string[];
}

/** Reads the scope of a config. */
export function readScope(configPath: string): Scope {
  const folders = foldersAbove([configPath]);
  const nearest = (...names: readonly string[]): string | null =>
    folders.flatMap((folder) => names.map((name) => join(folder, name)))
      .find(exists) ?? null;
  const denoJson = nearest("deno.json", "deno.jsonc");
  const denoText = denoJson === null ? "" : Deno.readTextFileSync(denoJson);
  const denoArgs: string[] = [];
  // With a package.json Deno takes npm packages from a node_modules folder that
  // others fill, and forgets every passed check.
  const mode = /"nodeModulesDir"\s*:\s*"(\w+)"/.exec(denoText)?.[1];
  const manual = nearest("package.json") !== null;
  const foreignPackages = mode === "manual" ||
    (mode === undefined && manual);
  if (foreignPackages) denoArgs.push("--node-modules-dir=none");
  const named = /"lock"\s*:\s*(?:\{[^}]*"path"\s*:\s*)?"([^"]+)"/.exec(denoText)
    ?.[1];
  const lock = denoJson !== null && named !== undefined
    ? resolve(dirname(denoJson), named)
    : nearest("deno.lock");
  // A lock is kept up to date where the repository has one, never made.
  if (lock === null) denoArgs.push("--no-lock");
  return { denoJson, lock, foreignPackages, denoArgs };
}

/** Paths at which a file changes, by being there or not, what the modules mean. */
export function scopeFiles(modules: readonly string[]): string[] {
  return foldersAbove(modules).flatMap((folder) =>
    scopeNames.map((name) => join(folder, name))
  );
}

/**
 * Whether the content of a scope file makes Deno read further files, which are
 * then not known: workspaces by glob, linked packages, global type files.
 */
export function reachesFurther(name: string, text: string): boolean {
  if (/(?:^|\/)tsconfig\.json$/.test(name)) {
    return /"(?:extends|references|types|files|include)"/.test(text);
  }
  if (!/(?:^|\/)deno\.jsonc?$/.test(name)) return false;
  return /"(?:importMap|links|patch|types)"\s*:/.test(text) ||
    (/"workspace"\s*:/.test(text) && text.includes("*"));
}

/** The folders of files and all that are above them, nearest first. */
function foldersAbove(files: readonly string[]): string[] {
  const folders = new Set<string>();
  for (const file of files) {
    for (
      let folder = dirname(file);
      !folders.has(folder);
      folder = dirname(folder)
    ) folders.add(folder);
  }
  return [...folders];
}

function exists(path: string): boolean {
  try {
    return Deno.statSync(path).isFile;
  } catch {
    return false;
  }
}
