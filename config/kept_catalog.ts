/**
 * The catalog of a config that comes to the same each time: while the check of
 * its modules holds, it is neither imported nor looked at again.
 *
 * @module
 */
import { join } from "../model/path.ts";
import type { Catalog } from "../model/catalog.ts";
import { statePath, writeState } from "./_state.ts";
import { digest, type Env, heldStamp, type Stamp } from "./stamp.ts";

interface Kept {
  /** Stands for all that the catalog was made of. */
  readonly of: string;
  readonly catalog: Catalog;
}

/** Whose catalog it is. */
export interface KeptCatalogOptions {
  /** Absolute path of the config. */
  readonly path: string;
  /** Absolute path of the state folder. */
  readonly stateRoot: string;
  /** The environment. */
  env(name: string): string | undefined;
}

/** The catalog that was made under this stamp; null: none was kept. */
export async function readCatalog(
  stamp: Stamp,
  { path, stateRoot, env }: KeptCatalogOptions,
): Promise<Catalog | null> {
  if (stamp.pure !== true) return null;
  const file = await statePath(stateRoot, path, EXTENSION);
  const kept = readKept(file);
  return kept?.of === await madeOf(stamp, env) ? kept.catalog : null;
}

function readKept(file: string): Kept | null {
  try {
    const value: unknown = JSON.parse(Deno.readTextFileSync(file));
    return isKept(value) ? value : null;
  } catch {
    // It was not kept yet, or is damaged: it is made anew.
    return null;
  }
}

/**
 * Keeps a catalog, if the config that it was made of is still the one that was
 * checked; a state folder that can't be written costs only time.
 */
export async function keepCatalog(
  stamp: Stamp,
  catalog: Catalog,
  { path, stateRoot, env }: KeptCatalogOptions,
): Promise<void> {
  if (stamp.pure !== true) return;
  const now = await heldStamp(stateRoot, path, env);
  if (now?.digest !== stamp.digest) return;
  const kept: Kept = { of: await madeOf(stamp, env), catalog };
  try {
    const file = await statePath(stateRoot, path, EXTENSION);
    await writeState(stateRoot, file, JSON.stringify(kept));
  } catch {
    // The verb itself says what is wrong with the folder when it needs it.
  }
}

const EXTENSION = "catalog.json";

/** The stamp, and what makes catalogs of configs. */
async function madeOf({ digest: stamp }: Stamp, env: Env): Promise<string> {
  const own = ownFiles();
  return own.length === 0 ? stamp : `${stamp} ${await digest(own, env)}`;
}

/** The files of a pikaci that is no published version: those never change. */
function ownFiles(): readonly string[] {
  const own = new URL("../", import.meta.url);
  if (own.protocol !== "file:") return [];
  const root = decodeURIComponent(own.pathname);
  return ["", "catalog", "dist"].flatMap((folder) =>
    namesIn(join(root, folder)).filter((name) => /^[^.].*\.[jt]s$/.test(name))
      .map((name) => join(root, folder, name))
  );
}

function namesIn(folder: string): readonly string[] {
  try {
    return Array.from(Deno.readDirSync(folder), ({ name }) => name).sort();
  } catch {
    return [];
  }
}

function isKept(value: unknown): value is Kept {
  return typeof value === "object" && value !== null && "of" in value &&
    "catalog" in value && typeof value.catalog === "object" &&
    value.catalog !== null;
}
