/**
 * The project a verb works on: its config, its root and its state folder.
 *
 * @module
 */
import { dirname, join, resolve } from "../model/path.ts";
import { findConfig } from "../config/find.ts";
import { loadConfig } from "../config/load.ts";
import type { Catalog } from "../model/catalog.ts";
import type { FlagValues } from "./flags.ts";
import type { GlobalFlags } from "./global_flags.ts";
import type { Io } from "./io.ts";
import { wasRelaunched } from "./relaunched.ts";

/** Where a verb works. */
export interface Project {
  /** Absolute path of the folder that holds the config: what is snapshotted. */
  readonly root: string;
  /** Absolute path of the config. */
  readonly configPath: string;
  /** Absolute path of the state folder. */
  readonly stateRoot: string;
}

/** The values of the global flags. */
export type GlobalValues = FlagValues<GlobalFlags>;

/** Finds the config; a UserError says where it was looked for. */
export function findProject(
  flags: GlobalValues,
  io: Io,
): Project {
  const configPath = findConfig(io.cwd, flags.config);
  const root = dirname(configPath);
  const stateRoot = givenStateRoot(flags, io) ?? join(root, ".pikaci");
  return { root, configPath, stateRoot };
}

/**
 * The state folder alone. Looks for a config only when nothing names the
 * folder; without a config, the one in the working directory.
 */
export async function findStateRoot(
  flags: GlobalValues,
  io: Io,
): Promise<string> {
  const given = givenStateRoot(flags, io);
  if (given !== undefined) return given;
  try {
    return findProject(flags, io).stateRoot;
  } catch (error) {
    // A state folder may outlive its config, and the original had none.
    const here = join(io.cwd, ".pikaci");
    if (flags.config === undefined && await isFolder(here)) return here;
    throw error;
  }
}

/**
 * Type-checks and imports the config; whatever is wrong with it is a UserError.
 */
export async function loadCatalog(
  project: Project,
  io: Io,
): Promise<Catalog> {
  return await loadConfig({
    path: project.configPath,
    stateRoot: project.stateRoot,
    cwd: io.cwd,
    relaunched: wasRelaunched("config_names", io),
    colours: io.errColours,
    env: io.env,
    guard: io.guard,
    notice: (text) => io.err(`${text}\n`),
  });
}

async function isFolder(path: string): Promise<boolean> {
  try {
    return (await Deno.stat(path)).isDirectory;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}

function givenStateRoot(flags: GlobalValues, io: Io): string | undefined {
  const given = flags.stateRoot ?? io.env("PIKACI_STATE_ROOT");
  return given === undefined || given === ""
    ? undefined
    : resolve(io.cwd, given);
}
