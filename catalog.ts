/**
 * The catalog: what a config declares, validated, flat, and looked up.
 *
 * @module
 */
import { build } from "./catalog/build.ts";
import { collect } from "./catalog/collect.ts";
import { Check, type Problem } from "./catalog/check.ts";
import { checkConfig } from "./catalog/checks.ts";
import { ROOT } from "./catalog/place.ts";
import { config as configShape } from "./catalog/shapes.ts";
import type { Compile } from "./globs/pattern.ts";
import type { Config } from "./model/config.ts";
import { PACKAGE, VERSION } from "./model/version.ts";
import type {
  Catalog,
  CatalogCache,
  CatalogHost,
  CatalogJob,
  CatalogLane,
  CatalogPreparedOutput,
  CatalogTarget,
} from "./model/catalog.ts";

export type { HostOverride, HostOverrides } from "./catalog/host_overrides.ts";
export type { Parsed } from "./catalog/parse.ts";
export { formatProblem, type Problem } from "./catalog/check.ts";

/** A catalog, or everything that is wrong with the config. */
export type CatalogResult =
  | { readonly ok: true; readonly catalog: Catalog }
  | { readonly ok: false; readonly problems: readonly Problem[] };

/**
 * Returns the catalog of a config, or all that is wrong with it at once.
 *
 * The config may be made by hand or by another version of the package: nothing
 * is trusted, and what is unknown is refused, never ignored.
 */
export async function catalog(config: unknown): Promise<CatalogResult> {
  const involved = new Set<string>();
  const looked = look(config, (tail) => {
    involved.add(tail);
    return { test: () => false };
  });
  if (involved.size === 0) return catalogOf(config, looked);
  const { compile }: typeof import("./globs/match.ts") = await import(
    import.meta.resolve("./globs/match.ts")
  );
  return [...involved].every((tail) => makesSense(tail, compile))
    ? catalogOf(config, looked)
    : catalogBy(config, compile);
}

function makesSense(tail: string, compile: Compile): boolean {
  try {
    compile(tail);
    return true;
  } catch {
    return false;
  }
}

/** Returns the catalog of a config as `catalog` does, with what makes expressions of globs at hand. */
export function catalogBy(config: unknown, compile: Compile): CatalogResult {
  return catalogOf(config, look(config, compile));
}

/** What a look at the shape of a config came to. */
interface Looked {
  readonly check: Check;
  /** The config, if all of it is of its types; else null. */
  readonly known: Config | null;
}

function look(config: unknown, compile: Compile): Looked {
  const check = new Check(compile);
  // Both, whatever the first one finds: all problems are told at once.
  const known = configShape.holds(config, ROOT, check);
  const sound = check.finish();
  return { check, known: known && sound ? config : null };
}

function catalogOf(config: unknown, { check, known }: Looked): CatalogResult {
  if (known !== null) {
    const collected = collect(known);
    checkConfig(known, collected, check);
    if (check.problems.length === 0) {
      return { ok: true, catalog: build(known, collected) };
    }
  }
  return {
    ok: false,
    problems: withSkew(config, check.foundUnknown, check.problems),
  };
}

/**
 * Reads a catalog from JSON, as `pikaci catalog --json` prints it.
 *
 * Unknown fields and kinds are refused, and so are ids of things that are not
 * there.
 */
export async function parseCatalog(json: unknown): Promise<CatalogResult> {
  // Computed: Deno would read zod at every start for a literal.
  const { catalogSchema }: typeof import("./catalog/schema.ts") = await import(
    import.meta.resolve("./catalog/schema.ts")
  );
  const { parse }: typeof import("./catalog/parse.ts") = await import(
    import.meta.resolve("./catalog/parse.ts")
  );
  const parsed = parse(catalogSchema, json);
  if (!parsed.ok) {
    return {
      ok: false,
      problems: withSkew(json, parsed.foundUnknown, parsed.problems),
    };
  }
  const { danglingIds }: typeof import("./catalog/dangling_ids.ts") =
    await import(import.meta.resolve("./catalog/dangling_ids.ts"));
  const problems = danglingIds(parsed.value);
  return problems.length === 0
    ? { ok: true, catalog: parsed.value }
    : { ok: false, problems };
}

/** Loads what a machine can say of the hosts of a catalog. */
export async function hostOverrides(): Promise<
  typeof import("./catalog/host_overrides.ts")
> {
  return await import(import.meta.resolve("./catalog/host_overrides.ts"));
}

/** Problems, led by the versions where another one can be their cause. */
function withSkew(
  data: unknown,
  foundUnknown: boolean,
  problems: readonly Problem[],
): readonly Problem[] {
  const version = typeof data === "object" && data !== null && "version" in data
    ? data.version
    : undefined;
  if (!foundUnknown || typeof version !== "string" || version === VERSION) {
    return problems;
  }
  return [{
    path: "version",
    value: JSON.stringify(version),
    message: `The config uses ${PACKAGE} ${version}, this CLI is ${VERSION}: ` +
      "run `deno task ci`, or upgrade",
  }, ...problems];
}

/** The job with an id. */
export function findJob(catalog: Catalog, id: string): CatalogJob | undefined {
  return catalog.jobs.find((job) => job.id === id);
}

/** The target with an id. */
export function findTarget(
  catalog: Catalog,
  id: string,
): CatalogTarget | undefined {
  return catalog.targets.find((target) => target.id === id);
}

/** The lane with an id. */
export function findLane(
  catalog: Catalog,
  id: string,
): CatalogLane | undefined {
  return catalog.lanes.find((lane) => lane.id === id);
}

/** The prepared output with an id. */
export function findPreparedOutput(
  catalog: Catalog,
  id: string,
): CatalogPreparedOutput | undefined {
  return catalog.preparedOutputs.find((output) => output.id === id);
}

/** The cache with an id. */
export function findCache(
  catalog: Catalog,
  id: string,
): CatalogCache | undefined {
  return catalog.caches.find((cache) => cache.id === id);
}

/** The host with an id. */
export function findHost(
  catalog: Catalog,
  id: string,
): CatalogHost | undefined {
  return catalog.hosts.find((host) => host.id === id);
}

/** The jobs of a target, in its order; what they need is not among them. */
export function jobsOf(
  catalog: Catalog,
  target: CatalogTarget,
): readonly CatalogJob[] {
  const jobs = new Map(catalog.jobs.map((job) => [job.id, job]));
  return target.jobs.flatMap((id) => jobs.get(id) ?? []);
}

/** The cells of a matrix, in the order of its values. */
export function cellsOf(
  catalog: Catalog,
  matrixId: string,
): readonly CatalogJob[] {
  return catalog.jobs.filter((job) => job.matrix?.id === matrixId);
}
