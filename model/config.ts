/** The config: what `pikaci.config.ts` exports as its default. */
import { expectOptions, type Keys, make } from "./_make.ts";
import type { JobDefaults, JobLike } from "./job.ts";
import type { LaneSpec } from "./lane.ts";
import type { Secret } from "./secret.ts";
import type { TargetSpec } from "./target.ts";
import { VERSION } from "./version.ts";

/** What belongs to a snapshot beside and without what git says. */
export interface SnapshotOptions {
  /** Globs of ignored files that belong to it all the same; default: none. */
  readonly include?: readonly string[];
  /** Globs of files that do not belong to it; default: none. */
  readonly exclude?: readonly string[];
}

/** The outcomes of a run that are told; "fixed" is a pass after a failure. */
export type NotifiedOutcome = "passed" | "failed" | "fixed";

/** Who is told, and when. */
export interface Notification {
  /** The outcomes that are told. */
  readonly on: readonly NotifiedOutcome[];
  /** Address that gets the run record as JSON by POST. */
  readonly webhook: Secret | string;
}

/** What happens to the other jobs once one has failed. */
export type FailFast = "no-new" | "kill" | "continue";

/** Limits of a run as a whole. */
export interface RunLimits {
  /** Limit of the whole run, in seconds; default: none. */
  readonly timeoutSecs?: number;
  /** After a failure: start nothing new, end what runs too, or go on; default "no-new". */
  readonly failFast?: FailFast;
  /** Slots of this machine; default: its processors. `--jobs` wins. */
  readonly slots?: number;
  /** Slots of one runtime on one host, by the runtime's name, such as `{ incus: 4 }`; default: the host's. */
  readonly runtimeSlots?: { readonly [runtime: string]: number };
  /** Time between the soft and the forced end of a command, in seconds; default 10. */
  readonly graceSecs?: number;
  /** Time for everything after a command that was ended early: what it left is kept, its guest goes; in seconds, default 60. */
  readonly cleanupSecs?: number;
  /** Limit of one host set-up command, in seconds; default 3600. */
  readonly hostSetupTimeoutSecs?: number;
}

/** A store of passes that several machines share, over HTTP. */
export interface RemoteResultCache {
  /** Base address; a pass is at `URL/KEY` by GET, PUT and HEAD. */
  readonly url: string;
  /** Bearer token; default: none. */
  readonly token?: Secret;
  /** Whether passes are also sent there; default "read-only". */
  readonly access?: "read-only" | "read-write";
}

/** Where passes are remembered. */
export interface ResultCacheOptions {
  /** Limit of the local store, in MiB; default 10240. */
  readonly maxMib?: number;
  /** A store shared over HTTP; default: none. */
  readonly remote?: RemoteResultCache;
}

/** What a config is. */
export interface ConfigOptions {
  /** Targets; their jobs and what those need come along by themselves. Default: none. */
  readonly targets?: readonly TargetSpec[];
  /** Jobs that are in no target; default: none. */
  readonly jobs?: readonly JobLike[];
  /** When targets run; default: none. */
  readonly lanes?: readonly LaneSpec[];
  /** The target that runs when none is named; default: the only one there is. */
  readonly defaultTarget?: TargetSpec;
  /** What holds for every job that says nothing else; default: nothing. */
  readonly defaults?: JobDefaults;
  /** Limits of a run as a whole; default: each its own. */
  readonly run?: RunLimits;
  /** What belongs to a snapshot beside and without what git says. */
  readonly snapshot?: SnapshotOptions;
  /** Who is told of a run's outcome; default: nobody. */
  readonly notify?: readonly Notification[];
  /** Where passes of jobs with `inputs` are remembered; default: in the state folder alone. */
  readonly resultCache?: ResultCacheOptions;
  /** Limit of all caches of the repository together, in MiB; default 20480. */
  readonly cacheMaxMib?: number;
}

/** A config: what `pikaci.config.ts` exports as its default. */
export interface Config extends ConfigOptions {
  /** Tag of the union. */
  readonly kind: "config";
  /** Version of this form. */
  readonly format: 1;
  /** Version of the package that made it. */
  readonly version: string;
}

const keys: Keys<Omit<Config, "kind">> = {
  format: true,
  version: true,
  targets: true,
  jobs: true,
  lanes: true,
  defaultTarget: true,
  defaults: true,
  run: true,
  snapshot: true,
  notify: true,
  resultCache: true,
  cacheMaxMib: true,
};

/**
 * A config, to be exported as the default of `pikaci.config.ts`.
 *
 * ```ts
 * import { defineConfig, job, sh, target } from "@pikaci/pikaci";
 *
 * const unit = job({ id: "unit", guestCommand: sh`deno test` });
 *
 * export default defineConfig({
 *   targets: [target({ id: "pre-merge", filters: ["src/**"], jobs: [unit] })],
 * });
 * ```
 */
export function defineConfig(options: ConfigOptions): Config {
  expectOptions("config", options);
  return make("config", keys, { ...options, format: 1, version: VERSION });
}
