/** Targets: sets of jobs that are asked for by name. */
import { type Keys, make } from "./_make.ts";
import type { JobLike } from "./job.ts";

/** What a target is. */
export interface TargetOptions {
  /** Name, unique among targets: `[a-z0-9][a-z0-9-]*`. */
  readonly id: string;
  /** One line for people; default: the id. */
  readonly description?: string;
  /** Globs; when none of them matches a changed file, the target is not selected. Default: it always is. */
  readonly filters?: readonly string[];
  /** Its jobs; what they need comes along by itself. */
  readonly jobs: readonly JobLike[];
}

/** A set of jobs that is asked for by name. */
export interface TargetSpec extends TargetOptions {
  /** Tag of the union. */
  readonly kind: "target";
}

const keys: Keys<TargetOptions> = {
  id: true,
  description: true,
  filters: true,
  jobs: true,
};

/**
 * A set of jobs that is asked for by name: `pikaci run pre-merge`.
 *
 * ```ts
 * import { job, sh, target } from "@pikaci/pikaci";
 *
 * const unit = job({ id: "unit", guestCommand: sh`deno test` });
 * const preMerge = target({ id: "pre-merge", filters: ["src/**"], jobs: [unit] });
 * ```
 */
export function target(options: TargetOptions): TargetSpec {
  return make("target", keys, options);
}
