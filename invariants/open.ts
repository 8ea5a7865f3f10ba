/** Finds and opens a spec and the repository it speaks of. */
import { basename, dirname, join, relative, resolve } from "@std/path";
import { denoGraph } from "./graph_deno.ts";
import { nodeGraph } from "./graph_node.ts";
import { openSources, type Sources } from "./sources.ts";
import { readSpec, type Spec, writeMistake } from "./spec.ts";

/** Where a spec stands when nothing else is said. */
export const defaultSpec = "invariants/invariants.toml";

/** A spec and its repository. */
export interface Opened {
  /** The spec. */
  readonly spec: Spec;
  /** Path of the spec, relative to the root where it is below it. */
  readonly path: string;
  /** The repository. */
  readonly sources: Sources;
}

/** A spec that was opened, or what is wrong, one line each. */
export type OpenResult =
  | { readonly ok: true; readonly opened: Opened }
  | { readonly ok: false; readonly problems: readonly string[] };

/** Finds `invariants/invariants.toml` in a folder or above it; undefined: there is none. */
export async function findSpec(folder: string): Promise<string | undefined> {
  const path = join(folder, defaultSpec);
  if (await exists(path)) return path;
  const above = dirname(folder);
  return above === folder ? undefined : await findSpec(above);
}

/** Opens a spec by its path. */
export async function openSpec(file: string): Promise<OpenResult> {
  let text: string;
  try {
    text = await Deno.readTextFile(file);
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    return {
      ok: false,
      problems: [`Cannot read the spec "${file}": ${error.message}`],
    };
  }
  const result = await readSpec(text);
  if (!result.ok) {
    return {
      ok: false,
      problems: result.mistakes.map((mistake) => writeMistake(file, mistake)),
    };
  }
  const { spec } = result;
  const root = rootOf(file, spec);
  if (!await exists(root)) {
    return { ok: false, problems: [`The root "${root}" does not exist`] };
  }
  const deno = spec.resolver === null
    ? await hasDenoJson(root)
    : spec.resolver === "deno";
  const sources = await openSources({
    root,
    exclude: spec.exclude,
    graph: deno ? denoGraph : nodeGraph,
  });
  const inside = relative(root, resolve(file));
  const path = inside.startsWith("..") ? file : inside;
  return { ok: true, opened: { spec, path, sources } };
}

/** The root that is written, else what holds the folder `invariants`, else the spec's own folder. */
function rootOf(file: string, spec: Spec): string {
  const folder = dirname(resolve(file));
  if (spec.root !== null) return resolve(folder, spec.root);
  return basename(folder) === dirname(defaultSpec) ? dirname(folder) : folder;
}

async function hasDenoJson(root: string): Promise<boolean> {
  return await exists(join(root, "deno.json")) ||
    await exists(join(root, "deno.jsonc"));
}

async function exists(path: string): Promise<boolean> {
  try {
    await Deno.stat(path);
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}
