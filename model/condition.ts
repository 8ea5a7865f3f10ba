/** Conditions: facts of plan time that decide whether a job runs. */
import { frozenCopy } from "./_make.ts";

/** A file matching one of the globs changed against the base. */
export interface ChangedCondition {
  /** Tag of the union. */
  readonly kind: "changed";
  /** Globs over paths of the repository. */
  readonly globs: readonly string[];
}

/** The checked-out branch matches one of the patterns. */
export interface BranchCondition {
  /** Tag of the union. */
  readonly kind: "branch";
  /** Globs over branch names. */
  readonly patterns: readonly string[];
}

/** pikaci runs on this operating system. */
export interface HostOsCondition {
  /** Tag of the union. */
  readonly kind: "host_os";
  /** The operating system. */
  readonly os: "linux" | "darwin" | "windows";
}

/** Every one of the conditions holds. */
export interface AllCondition {
  /** Tag of the union. */
  readonly kind: "all";
  /** The parts. */
  readonly conditions: readonly Condition[];
}

/** At least one of the conditions holds. */
export interface AnyCondition {
  /** Tag of the union. */
  readonly kind: "any";
  /** The parts. */
  readonly conditions: readonly Condition[];
}

/** The condition does not hold. */
export interface NotCondition {
  /** Tag of the union. */
  readonly kind: "not";
  /** What must not hold. */
  readonly condition: Condition;
}

/** A fact of plan time. */
export type Condition =
  | ChangedCondition
  | BranchCondition
  | HostOsCondition
  | AllCondition
  | AnyCondition
  | NotCondition;

/**
 * Holds when a file that matches one of the globs changed against the base.
 *
 * ```ts
 * import { changed, job, sh } from "@pikaci/pikaci";
 *
 * job({ id: "site", when: changed("site/**"), guestCommand: sh`make site` });
 * ```
 */
export function changed(...globs: readonly string[]): ChangedCondition {
  return frozenCopy({ kind: "changed", globs });
}

/** Holds when the checked-out branch matches one of the globs. */
export function branch(...patterns: readonly string[]): BranchCondition {
  return frozenCopy({ kind: "branch", patterns });
}

/** Holds when pikaci runs on this operating system. */
export function hostOs(os: HostOsCondition["os"]): HostOsCondition {
  return frozenCopy({ kind: "host_os", os });
}

/** Holds when every one of the conditions holds. */
export function all(...conditions: readonly Condition[]): AllCondition {
  return frozenCopy({ kind: "all", conditions });
}

/** Holds when at least one of the conditions holds. */
export function any(...conditions: readonly Condition[]): AnyCondition {
  return frozenCopy({ kind: "any", conditions });
}

/** Holds when the condition does not. */
export function not(condition: Condition): NotCondition {
  return frozenCopy({ kind: "not", condition });
}
