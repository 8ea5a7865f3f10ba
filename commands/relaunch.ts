/**
 * Starts pikaci anew, in this process's place.
 *
 * Nothing here may import a bare name: it has to load where they mean nothing.
 *
 * @module
 */
import { Relaunch } from "../config/relaunch.ts";
import { runInPlace } from "../hosts/in_place.ts";
import type { Io } from "./io.ts";
import { RELAUNCHED, wasRelaunched } from "./relaunched.ts";

/** Returns the relaunch that an error asks for or can be mended by; null: none. */
export async function relaunchFor(
  error: unknown,
  io: Io,
): Promise<Relaunch | null> {
  const wanted = error instanceof Relaunch
    ? error
    : await relaunchForOwnImport(error, io.cwd);
  return wanted === null || wasRelaunched(wanted.reason, io) ? null : wanted;
}

/** Runs pikaci again with the same arguments and returns its exit code. */
export async function relaunch(
  { denoArgs, reason }: Relaunch,
  argv: readonly string[],
  io: Io,
): Promise<number> {
  const before = io.env(RELAUNCHED) ?? "";
  return await startAnew(
    denoArgs,
    argv,
    before === "" ? reason : `${before},${reason}`,
  );
}

/**
 * Runs pikaci in this process's place and returns its exit code; `relaunched`
 * names the reasons for which that has been done, by default none.
 */
export async function startAnew(
  denoArgs: readonly string[],
  argv: readonly string[],
  relaunched = "",
): Promise<number> {
  return await runInPlace(
    [
      Deno.execPath(),
      "run",
      "--allow-all",
      "--quiet",
      ...denoArgs,
      Deno.mainModule,
      ...argv,
    ],
    { [RELAUNCHED]: relaunched },
  );
}

/** An import of pikaci's own found nothing, in Deno 2.9's words. */
async function relaunchForOwnImport(
  error: unknown,
  cwd: string,
): Promise<Relaunch | null> {
  if (!(error instanceof TypeError)) return null;
  const own = new URL("../deno.json", import.meta.url);
  if (/^(?:Import|Relative import path) "/.test(error.message)) {
    if (own.protocol !== "file:") return null;
    const path = decodeURIComponent(own.pathname);
    return new Relaunch("own_names", ["--config", path]);
  }
  if (!error.message.includes("node_modules")) return null;
  const { readScope }: typeof import("../config/scope.ts") = await import(
    import.meta.resolve("../config/scope.ts")
  );
  const { denoJson } = readScope(`${cwd}/pikaci.config.ts`);
  return new Relaunch("node_modules", [
    ...(denoJson === null ? [] : ["--config", denoJson]),
    "--node-modules-dir=none",
  ]);
}
