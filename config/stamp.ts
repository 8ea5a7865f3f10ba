/**
 * The stamp of a passed type-check: while nothing that the check saw has
 * changed, it need not be done again.
 *
 * @module
 */
import { VERSION } from "../model/version.ts";
import type { ImportedName } from "./module_graph.ts";
import { sha256, statePath } from "./_state.ts";

/** What a passed check leaves. */
export interface Stamp {
  /** Digest of everything below `paths`, and of the programs. */
  readonly digest: string;
  /** Files that were seen, and places where there was none. */
  readonly paths: readonly string[];
  /** Bare names of the graph, and what they mean. */
  readonly names: readonly ImportedName[];
  /** Whether the config comes to the same each time it is imported. */
  readonly pure?: boolean;
}

/** The environment, by name. */
export type Env = (name: string) => string | undefined;

/** Returns the stamp of the config if it still holds. */
export async function heldStamp(
  stateRoot: string,
  configPath: string,
  env: Env,
): Promise<Stamp | null> {
  const stamp = readStamp(await stampPath(stateRoot, configPath));
  if (stamp === null || !stamp.paths.includes(configPath)) return null;
  return await digest(stamp.paths, env) === stamp.digest ? stamp : null;
}

/** Where the stamp of a config is kept. */
export function stampPath(
  stateRoot: string,
  configPath: string,
): Promise<string> {
  return statePath(stateRoot, configPath, "json");
}

function readStamp(path: string): Stamp | null {
  try {
    const value: unknown = JSON.parse(Deno.readTextFileSync(path));
    return isStamp(value) ? value : null;
  } catch {
    return null;
  }
}

function isStamp(value: unknown): value is Stamp {
  return typeof value === "object" && value !== null &&
    "digest" in value && typeof value.digest === "string" &&
    "paths" in value && Array.isArray(value.paths) &&
    value.paths.every((path) => typeof path === "string") &&
    "names" in value && Array.isArray(value.names);
}

/** Digest of the files' content, which `read` is told of, and of the programs. */
export async function digest(
  paths: readonly string[],
  env: Env,
  read: (path: string, content: Uint8Array) => void = () => {},
): Promise<string> {
  const chunks = readAll(paths, read);
  const { deno, typescript } = Deno.version;
  const programs = [
    1,
    VERSION,
    deno,
    typescript,
    env("DENO_NO_PACKAGE_JSON") ?? null,
    paths,
  ];
  chunks.push(new TextEncoder().encode(JSON.stringify(programs)));
  return await sha256(joined(chunks));
}

/** Sync, as fifty small files are read several times faster so. */
function readAll(
  paths: readonly string[],
  read: (path: string, content: Uint8Array) => void,
): Uint8Array<ArrayBuffer>[] {
  const chunks: Uint8Array<ArrayBuffer>[] = [];
  for (const path of paths) {
    const content = readIfThere(path);
    const size = new BigInt64Array([BigInt(content?.length ?? -1)]);
    chunks.push(new Uint8Array(size.buffer));
    if (content === null) continue;
    chunks.push(content);
    read(path, content);
  }
  return chunks;
}

function readIfThere(path: string): Uint8Array<ArrayBuffer> | null {
  try {
    return Deno.readFileSync(path);
  } catch (error) {
    // A folder of that name is no file either.
    if (
      error instanceof Error && !(error instanceof Deno.errors.PermissionDenied)
    ) {
      return null;
    }
    throw error;
  }
}

/** A Blob would do this too, but takes 6 ms to load. */
function joined(chunks: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const size = chunks.reduce((sum, { length }) => sum + length, 0);
  const bytes = new Uint8Array(size);
  let at = 0;
  for (const chunk of chunks) {
    bytes.set(chunk, at);
    at += chunk.length;
  }
  return bytes;
}
