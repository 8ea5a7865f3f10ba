/**
 * Loads a config: its types are checked first, then it is imported, then the
 * catalog is made of it.
 *
 * @module
 */
import { relative } from "../model/path.ts";
import { catalog, formatProblem } from "../catalog.ts";
import type { Catalog } from "../model/catalog.ts";
import { UserError } from "../model/user_error.ts";
import { importConfig } from "./import.ts";
import { keepCatalog, readCatalog } from "./kept_catalog.ts";
import type { ImportedName } from "./module_graph.ts";
import { heldStamp } from "./stamp.ts";

/** How a config is loaded. */
export interface LoadOptions {
  /** Absolute path of the config. */
  readonly path: string;
  /** Absolute path of the state folder, where a passed check is remembered. */
  readonly stateRoot: string;
  /** The working directory, which messages show paths from. */
  readonly cwd: string;
  /** Whether type errors are shown in colours. */
  readonly colours: boolean;
  /** Whether this process was already started anew for the config's names. */
  readonly relaunched: boolean;
  /** The environment. */
  env(name: string): string | undefined;
  /** Tells the user something that is no error. */
  notice(text: string): void;
  /**
   * While it is held, nothing of the config reaches standard output, and an exit
   * of the process ends with this message. `claims` is told of each promise that
   * was rejected with nobody waiting for it, and says whether it is the config's.
   */
  guard(onExit: string, claims: (reason: unknown) => boolean): ImportGuard;
}

/** Held while a config is imported. */
export interface ImportGuard extends Disposable {
  /** Settles when all that was rejected until now has been told to `claims`. */
  rejections(): Promise<void>;
}

/**
 * Returns the catalog of a config.
 *
 * Whatever is wrong with the config is a UserError, and nothing of a config
 * with wrong types has run. Throws a Relaunch where this process would import
 * something else than what was checked.
 */
export async function loadConfig(options: LoadOptions): Promise<Catalog> {
  const { path, stateRoot } = options;
  const held = await heldStamp(stateRoot, path, options.env);
  const names = held?.names ?? await checked(options);
  if (!options.relaunched && !namesHold(names)) {
    const { relaunchForConfig }: typeof import("./names.ts") = await import(
      import.meta.resolve("./names.ts")
    );
    throw await relaunchForConfig(path, stateRoot, names);
  }
  const kept = held === null ? null : await readCatalog(held, options);
  if (kept !== null) return await onThisMachine(kept, options);
  const result = await catalog(await importConfig(options));
  if (result.ok) {
    if (held !== null) await keepCatalog(held, result.catalog, options);
    return await onThisMachine(result.catalog, options);
  }
  const { problems } = result;
  const count = problems.length === 1
    ? "a problem"
    : `${problems.length} problems`;
  throw new UserError([
    `The config "${relative(options.cwd, path)}" has ${count}`,
    ...problems.map((problem) => `  ${formatProblem(problem)}`),
  ].join("\n"));
}

/** Checks the types of a config whose check nothing remembers. */
async function checked(
  options: LoadOptions,
): Promise<readonly ImportedName[]> {
  const { checkConfig }: typeof import("./check.ts") = await import(
    import.meta.resolve("./check.ts")
  );
  return await checkConfig(options);
}

async function onThisMachine(
  catalog: Catalog,
  { env }: LoadOptions,
): Promise<Catalog> {
  if (catalog.hosts.length === 0) return catalog;
  const { applyMachine }: typeof import("./machine.ts") = await import(
    import.meta.resolve("./machine.ts")
  );
  return await applyMachine(catalog, env);
}

/** Whether every name means to this process what it meant to the check. */
export function namesHold(names: readonly ImportedName[]): boolean {
  return names.every(({ specifier, resolved }) => {
    const here = resolve(specifier);
    // An npm package that can't be had here resolves to its own specifier.
    return here !== null && !here.startsWith("npm:") &&
      here === resolve(resolved);
  });
}

function resolve(specifier: string): string | null {
  try {
    return import.meta.resolve(specifier);
  } catch {
    return null;
  }
}
