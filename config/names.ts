/**
 * The bare names that a config imports, in a process in which they mean what they
 * meant to the type-check.
 *
 * @module
 */
import type { ImportedName } from "./module_graph.ts";
import { Relaunch } from "./relaunch.ts";
import { readScope } from "./scope.ts";
import { statePath, writeState } from "./_state.ts";

/** Returns the relaunch under which the config's names mean what they meant to the check. */
export async function relaunchForConfig(
  configPath: string,
  stateRoot: string,
  names: readonly ImportedName[],
): Promise<Relaunch> {
  const { denoJson, denoArgs } = readScope(configPath);
  const args = [
    ...(denoJson === null ? ["--no-config"] : ["--config", denoJson]),
    ...denoArgs,
  ];
  const own = new URL("../", import.meta.url);
  if (own.protocol === "file:") {
    // From a registry, pikaci's own imports are no bare names any more. From a
    // checkout they are, and the project's deno.json doesn't have them.
    const path = await statePath(stateRoot, configPath, "import_map.json");
    const { imports } = JSON.parse(
      await Deno.readTextFile(new URL("deno.json", own)),
    );
    const map = importMapOf(names, own.href, imports);
    await writeState(stateRoot, path, JSON.stringify(map));
    args.push("--import-map", path);
  }
  return new Relaunch("config_names", args);
}

/** An import map: https://html.spec.whatwg.org/#import-maps. */
interface ImportMap {
  readonly imports: Readonly<Record<string, string>>;
  readonly scopes: Readonly<Record<string, Readonly<Record<string, string>>>>;
}

function importMapOf(
  names: readonly ImportedName[],
  ownRoot: string,
  ownImports: Record<string, string>,
): ImportMap {
  const imports: Record<string, string> = {};
  const scopes: Record<string, Record<string, string>> = {
    [ownRoot]: {
      ...ownImports,
      ...Object.fromEntries(Object.entries(ownImports).flatMap(subpaths)),
      "@pikaci/pikaci": `${ownRoot}mod.ts`,
    },
  };
  for (const { specifier, resolved, referrer } of names) {
    if (URL.canParse(specifier)) continue;
    imports[specifier] ??= resolved;
    (scopes[referrer] ??= {})[specifier] = resolved;
  }
  return { imports, scopes };
}

/** What deno.json maps by itself and an import map does not: `NAME/file` of a package. */
function subpaths([name, target]: [string, string]): [string, string][] {
  return target.startsWith("npm:")
    ? [[`${name}/`, `npm:/${target.slice("npm:".length)}/`]]
    : [];
}
