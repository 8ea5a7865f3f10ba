/** Lanes: when a target runs. */
import { frozenCopy, type Keys, make } from "./_make.ts";
import type { TargetSpec } from "./target.ts";

/** A push to a branch. */
export interface BranchTrigger {
  /** Tag of the union. */
  readonly kind: "branch";
  /** Globs over branch names; empty: every branch. */
  readonly branches: readonly string[];
}

/** A time of day. */
export interface NightlyTrigger {
  /** Tag of the union. */
  readonly kind: "nightly";
  /** Five fields as cron takes them: minute, hour, day of month, month, day of week. */
  readonly cron: string;
}

/** What starts a lane. */
export type LaneTrigger = BranchTrigger | NightlyTrigger;

/** What a lane is. */
export interface LaneOptions {
  /** Name, unique among lanes: `[a-z0-9][a-z0-9-]*`. */
  readonly id: string;
  /** Title for people; default: the id. */
  readonly title?: string;
  /** The target that runs. */
  readonly target: TargetSpec;
  /** What starts it: `onBranch()` or `nightly(cron)`. */
  readonly trigger: LaneTrigger;
  /** Group of which one lane runs at a time; default: none. */
  readonly concurrencyGroup?: string;
}

/** When a target runs. */
export interface LaneSpec extends LaneOptions {
  /** Tag of the union. */
  readonly kind: "lane";
}

const keys: Keys<LaneOptions> = {
  id: true,
  title: true,
  target: true,
  trigger: true,
  concurrencyGroup: true,
};

/**
 * When a target runs: on pushes to branches, or at a time of day.
 *
 * ```ts
 * import { job, lane, nightly, onBranch, sh, target } from "@pikaci/pikaci";
 *
 * const unit = job({ id: "unit", guestCommand: sh`deno test` });
 * const preMerge = target({ id: "pre-merge", jobs: [unit] });
 * const check = lane({ id: "check", target: preMerge, trigger: onBranch() });
 * const night = lane({ id: "night", target: preMerge, trigger: nightly("0 3 * * *") });
 * ```
 */
export function lane(options: LaneOptions): LaneSpec {
  return make("lane", keys, options);
}

/** A push to a branch that matches one of the globs; without any, to every branch. */
export function onBranch(...branches: readonly string[]): BranchTrigger {
  return frozenCopy({ kind: "branch", branches });
}

/** A time of day, as cron's five fields: `nightly("0 3 * * *")` is three in the morning. */
export function nightly(cron: string): NightlyTrigger {
  return frozenCopy({ kind: "nightly", cron });
}
