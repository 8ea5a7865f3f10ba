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
import { checkConfig } from "./check.ts";
import { importConfig } from "./import.ts";
import { applyMachine } from "./machine.ts";
import { namesHold, relaunchForConfig } from "./names.ts";

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
  const names = await checkConfig(options);
  if (!options.relaunched && !namesHold(names)) {
    throw await relaunchForConfig(path, stateRoot, names);
  }
  const result = catalog(await importConfig(options));
  if (result.ok) return await applyMachine(result.catalog, options.env);
  const { problems } = result;
  const count = problems.length === 1
    ? "a problem"
    : `${problems.length} problems`;
  throw new UserError([
    `The config "${relative(options.cwd, path)}" has ${count}`,
    ...problems.map((problem) => `  ${formatProblem(problem)}`),
  ].join("\n"));
}
