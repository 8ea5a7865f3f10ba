/**
 * Checks the types of a config and leaves the stamp of that.
 *
 * @module
 */
import { runProcess } from "../hosts/process.ts";
import { UserError } from "../model/user_error.ts";
import { fetchLate } from "./fetch_late.ts";
import type { LoadOptions } from "./load.ts";
import {
  type ImportedName,
  type ModuleGraph,
  readModuleGraph,
} from "./module_graph.ts";
import { readScope } from "./scope.ts";
import { digestOfModules, keepStamp, makeStamp } from "./make_stamp.ts";
import { refuseNoCheck } from "./no_check.ts";
import { basename, dirname } from "../model/path.ts";
import { toFileUrl } from "./_file_url.ts";

/**
 * Checks the types of the config and returns the bare names its modules import.
 *
 * Type errors are a UserError with the compiler's own text.
 */
export async function checkConfig(
  options: LoadOptions,
): Promise<readonly ImportedName[]> {
  const { path, stateRoot, env } = options;
  const { denoJson, lock, denoArgs } = readScope(path);
  const readGraph = () => readModuleGraph(path, denoArgs, env("JSR_URL"));
  const graph = await readGraph();
  await refuseNoCheck(dirname(path), graph.sources);
  const before = await digestOfModules(graph, env);
  // Before what is loaded late is fetched: this process would write its own lock
  // over that of the one that fetches.
  const { isPure }: typeof import("./purity.ts") = await import(
    import.meta.resolve("./purity.ts")
  );
  const pure = await isPure(graph);
  await typeCheck(options, denoJson, denoArgs);
  await fetchLate(dirname(path), denoArgs);
  const stamp = await makeStamp({ graph, lock, pure }, env);
  // What changed meanwhile, content or imports, may not be what was checked.
  if (
    stamp !== null && before === await digestOfModules(graph, env) &&
    sameModules(graph, await readGraph())
  ) await keepStamp(stateRoot, path, stamp);
  return graph.names;
}

function sameModules(a: ModuleGraph, b: ModuleGraph): boolean {
  return JSON.stringify([a.local, a.cached]) ===
    JSON.stringify([b.local, b.cached]);
}

async function typeCheck(
  { path, colours }: LoadOptions,
  denoJson: string | null,
  denoArgs: readonly string[],
): Promise<void> {
  const { code, stderr } = await runProcess({
    // A path would be taken for a glob.
    argv: [Deno.execPath(), "check", ...denoArgs, toFileUrl(path)],
    cwd: dirname(path),
    env: colours ? { FORCE_COLOR: "1" } : { FORCE_COLOR: "", NO_COLOR: "1" },
  });
  const text = new TextDecoder().decode(stderr);
  if (code !== 0) {
    throw new UserError(
      `Type-checking ${basename(path)} failed\n\n${compilerText(text)}`,
    );
  }
  // A file that Deno is told to leave out passes without a look at it. What it
  // has checked before it passes without a word, so that only this tells.
  if (!plain(text).includes("No matching files found")) return;
  throw new UserError(
    `Cannot check the types of "${path}": Deno leaves it out` +
      (denoJson === null ? "" : `, as it matches "exclude" in "${denoJson}"`) +
      "\n  Take it out of there, or put the config into another folder",
  );
}

/** The compiler's text without Deno's own lines before and advice after it. */
function compilerText(text: string): string {
  const lines = text.split("\n");
  const start = lines.findIndex((line) =>
    !/^(?:Check|Download|Initialize) /.test(plain(line))
  );
  const end = lines.findIndex((line) =>
    /^(?:error: Type checking failed\.|Stack backtrace:)/.test(plain(line))
  );
  return lines.slice(start, end < 0 ? lines.length : end).join("\n").trimEnd();
}

function plain(text: string): string {
  // deno-lint-ignore no-control-regex
  return text.replace(/\x1b\[[0-9;]*m/g, "");
}
