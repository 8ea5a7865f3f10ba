/**
 * The stamp of a passed type-check: while nothing that the check saw has
 * changed, it need not be done again.
 *
 * @module
 */
import { VERSION } from "../model/version.ts";
import type { ImportedName, ModuleGraph } from "./module_graph.ts";
import { reachesFurther, scopeFiles } from "./scope.ts";
import { sha256, statePath, writeState } from "./_state.ts";

/** What a passed check leaves. */
export interface Stamp {
  /** Digest of everything below `paths`, and of the programs. */
  readonly digest: string;
  /** Files that were seen, and places where there was none. */
  readonly paths: readonly string[];
  /** Bare names of the graph, and what they mean. */
  readonly names: readonly ImportedName[];
}

/** The environment, by name. */
type Env = (name: string) => string | undefined;

/** Returns the stamp of the config if it still holds. */
export async function heldStamp(
  stateRoot: string,
  configPath: string,
  env: Env,
): Promise<Stamp | null> {
  const stamp = await readStamp(await stampPath(stateRoot, configPath));
  if (stamp === null || !stamp.paths.includes(configPath)) return null;
  const now = await digest(stamp.paths, env);
  return now.hex === stamp.digest ? stamp : null;
}

/** What a stamp stands for. */
export interface Checked {
  /** The modules of the config. */
  readonly graph: ModuleGraph;
  /** Path of the lock file, if it has another name than usual or lies elsewhere. */
  readonly lock: string | null;
}

/** Returns the stamp that a check of this graph may leave; null: none. */
export async function makeStamp(
  { graph, lock }: Checked,
  env: Env,
): Promise<Stamp | null> {
  const paths = new Set([
    ...graph.local,
    ...graph.cached,
    ...scopeFiles(graph.local),
    ...(lock === null ? [] : [lock]),
  ]);
  const sorted = [...paths].toSorted();
  const { hex, complete } = await digest(sorted, env);
  if (!graph.stable || !complete) return null;
  return { digest: hex, paths: sorted, names: graph.names };
}

/** Digest of what a check reads and does not itself change: all but the lock. */
export async function digestOfModules(
  { local, cached }: ModuleGraph,
  env: Env,
): Promise<string> {
  const scope = scopeFiles(local).filter((path) => !path.endsWith(".lock"));
  return (await digest([...local, ...cached, ...scope], env)).hex;
}

/** Keeps a stamp; a state folder that can't be written costs only time. */
export async function keepStamp(
  stateRoot: string,
  configPath: string,
  stamp: Stamp,
): Promise<void> {
  try {
    const path = await stampPath(stateRoot, configPath);
    await writeState(stateRoot, path, JSON.stringify(stamp));
  } catch {
    // The verb itself says what is wrong with the folder when it needs it.
  }
}

function stampPath(stateRoot: string, configPath: string): Promise<string> {
  return statePath(stateRoot, configPath, "json");
}

async function readStamp(path: string): Promise<Stamp | null> {
  try {
    const value: unknown = JSON.parse(await Deno.readTextFile(path));
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

/** Digest of the files' content, and whether it stands for all that Deno reads. */
async function digest(
  paths: readonly string[],
  env: Env,
): Promise<{ hex: string; complete: boolean }> {
  const { chunks, complete } = readAll(paths);
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
  return { hex: await sha256(joined(chunks)), complete };
}

/** Sync, as fifty small files are read several times faster so. */
function readAll(
  paths: readonly string[],
): { chunks: Uint8Array<ArrayBuffer>[]; complete: boolean } {
  const text = new TextDecoder();
  const chunks: Uint8Array<ArrayBuffer>[] = [];
  let complete = true;
  for (const path of paths) {
    const content = readIfThere(path);
    const size = new BigInt64Array([BigInt(content?.length ?? -1)]);
    chunks.push(new Uint8Array(size.buffer));
    if (content === null) continue;
    chunks.push(content);
    if (path.endsWith(".json") || path.endsWith(".jsonc")) {
      complete &&= !reachesFurther(path, text.decode(content));
    }
  }
  return { chunks, complete };
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
