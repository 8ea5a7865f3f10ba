/** Caches: persistent folders that jobs share. */
import { type Keys, make } from "./_make.ts";

/** Who shares a cache. */
export type CacheScope = "job" | "target" | "repository";

/** What a cache is. */
export interface CacheOptions {
  /** Name, unique in the config. */
  readonly id: string;
  /** Variable that holds its path in the job. */
  readonly env: string;
  /** Files whose content is a part of the key; default: none. */
  readonly keyFiles?: readonly string[];
  /** Fixed part of the key; default: "". */
  readonly key?: string;
  /** Older keys whose content is a start, best first; default: none. */
  readonly fallbackKeys?: readonly string[];
  /** Who shares it; default "repository". */
  readonly scope?: CacheScope;
}

/** A persistent folder that jobs share. */
export interface Cache extends CacheOptions {
  /** Tag of the union. */
  readonly kind: "cache";
}

const keys: Keys<CacheOptions> = {
  id: true,
  env: true,
  keyFiles: true,
  key: true,
  fallbackKeys: true,
  scope: true,
};

/**
 * A persistent folder that jobs find by a variable; one job uses it at a time.
 *
 * ```ts
 * import { cache, job, sh } from "@pikaci/pikaci";
 *
 * const cargoHome = cache({ id: "cargo-home", env: "CARGO_HOME", keyFiles: ["Cargo.lock"] });
 * job({ id: "test", caches: [cargoHome], guestCommand: sh`cargo test` });
 * ```
 */
export function cache(options: CacheOptions): Cache {
  return make("cache", keys, options);
}
