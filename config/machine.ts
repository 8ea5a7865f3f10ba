/**
 * Applies what a machine says of hosts: `~/.config/pikaci/hosts.toml`, then
 * variables of the environment.
 *
 * ```toml
 * [hosts.build-1]
 * address = "ci@10.0.0.7"
 * capacity = 8
 * state_root = "/srv/pikaci"
 * ```
 *
 * @module
 */
import { join } from "../model/path.ts";
import { formatProblem, hostOverrides, type Parsed } from "../catalog.ts";
import type { Catalog } from "../model/catalog.ts";
import { UserError } from "../model/user_error.ts";

/** The environment, by name. */
type Environment = (name: string) => string | undefined;

/**
 * Returns the catalog with the hosts as this machine has them.
 *
 * The file is in XDG_CONFIG_HOME, else in `~/.config`; without one, and for
 * hosts it does not name, the config's word holds. Variables win over the file.
 */
export async function applyMachine(
  catalog: Catalog,
  env: Environment,
): Promise<Catalog> {
  const withFile = await applyFile(catalog, hostsFilePath(env));
  const { applyHostEnvironment } = await hostOverrides();
  return valueOf(
    await applyHostEnvironment(withFile, env),
    "Cannot use the environment's word on hosts",
  );
}

async function applyFile(
  catalog: Catalog,
  path: string | null,
): Promise<Catalog> {
  const text = path === null ? null : await readIfThere(path);
  if (path === null || text === null) return catalog;
  const { applyHostOverrides, parseHostOverrides } = await hostOverrides();
  const parsed = await parseHostOverrides(await parseToml(path, text));
  return applyHostOverrides(
    catalog,
    valueOf(parsed, `Cannot use "${path}"`),
    path,
  );
}

function valueOf<T>(parsed: Parsed<T>, action: string): T {
  if (parsed.ok) return parsed.value;
  const problems = parsed.problems.map((problem) =>
    `\n  ${formatProblem(problem)}`
  );
  throw new UserError(`${action}${problems.join("")}`);
}

async function parseToml(path: string, text: string): Promise<unknown> {
  // Computed: Deno would read the parser at every start for a literal.
  const { parse }: typeof import("./_toml.ts") = await import(
    import.meta.resolve("./_toml.ts")
  );
  try {
    return parse(text);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new UserError(`Cannot read "${path}": ${reason.trimEnd()}`);
  }
}

function hostsFilePath(env: Environment): string | null {
  const given = env("XDG_CONFIG_HOME") ?? "";
  // A relative one is to be ignored: the XDG base directory specification.
  if (given.startsWith("/")) return join(given, "pikaci", "hosts.toml");
  const home = env("HOME") ?? "";
  return home === "" ? null : join(home, ".config", "pikaci", "hosts.toml");
}

async function readIfThere(path: string): Promise<string | null> {
  try {
    return await Deno.readTextFile(path);
  } catch (error) {
    if (
      error instanceof Deno.errors.NotFound ||
      error instanceof Deno.errors.NotADirectory
    ) return null;
    const reason = error instanceof Error ? error.message : String(error);
    throw new UserError(`Cannot read "${path}": ${reason}`);
  }
}
