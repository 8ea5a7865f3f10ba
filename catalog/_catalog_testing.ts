/** The catalog for tests, which are not kept waiting. */
import { catalogBy, type CatalogResult } from "../catalog.ts";
import { compile } from "../globs/match.ts";

/** Returns the catalog of a config, or all that is wrong with it. */
export function catalog(config: unknown): CatalogResult {
  return catalogBy(config, compile);
}
