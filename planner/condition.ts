/** Conditions, held against the facts of plan time. */
import { type Compile, matcherBy } from "../globs/pattern.ts";
import type { Condition } from "../model/condition.ts";
import type { ConditionResult } from "../model/plan.ts";
import type { PathIndex } from "./path_index.ts";

/** The facts that conditions ask for. */
export interface ConditionFacts {
  /** Paths that changed; null: everything counts as changed. */
  readonly changed: PathIndex | null;
  /** The checked-out branch; null: none. */
  readonly branch: string | null;
  /** Makes expressions of patterns of branches. */
  readonly compile: Compile;
  /** The operating system pikaci runs on. */
  readonly hostOs: "linux" | "darwin" | "windows";
}

/** A condition as a config writes it, without quotes. */
export function conditionText(condition: Condition): string {
  switch (condition.kind) {
    case "changed":
      return `changed(${condition.globs.join(", ")})`;
    case "branch":
      return `branch(${condition.patterns.join(", ")})`;
    case "host_os":
      return `hostOs(${condition.os})`;
    case "all":
    case "any":
      return `${condition.kind}(${
        condition.conditions.map(conditionText).join(", ")
      })`;
    case "not":
      return `not(${conditionText(condition.condition)})`;
  }
}

/** The globs of a condition. */
export function* globsIn(condition: Condition): Iterable<string> {
  switch (condition.kind) {
    case "changed":
      yield* condition.globs;
      break;
    case "branch":
      yield* condition.patterns;
      break;
    case "all":
    case "any":
      for (const part of condition.conditions) yield* globsIn(part);
      break;
    case "not":
      yield* globsIn(condition.condition);
      break;
    case "host_os":
      break;
  }
}

/** Evaluates a condition, every part of it, with the fact that decided each. */
export function evaluateCondition(
  condition: Condition,
  facts: ConditionFacts,
): ConditionResult {
  const text = conditionText(condition);
  switch (condition.kind) {
    case "changed": {
      if (facts.changed === null) {
        return leaf(text, true, "everything counts as changed");
      }
      const match = facts.changed.first(condition.globs);
      return match === null
        ? leaf(text, false, "no changed file matches")
        : leaf(text, true, `${match.path} changed`);
    }
    case "branch": {
      if (facts.branch === null) {
        return leaf(text, false, "no branch is checked out");
      }
      const match = matcherBy(condition.patterns, facts.compile)(facts.branch);
      return leaf(text, match !== null, `the branch is ${facts.branch}`);
    }
    case "host_os":
      return leaf(
        text,
        condition.os === facts.hostOs,
        `this is ${facts.hostOs}`,
      );
    case "all":
    case "any": {
      const parts = condition.conditions.map((part) =>
        evaluateCondition(part, facts)
      );
      const every = condition.kind === "all";
      const met = every
        ? parts.every((part) => part.met)
        : parts.some((part) => part.met);
      const deciding = parts.filter((part) => part.met === met);
      const because = deciding.slice(0, met === every ? undefined : 1)
        .map((part) => part.because);
      return { text, met, because: because.join("; "), parts };
    }
    case "not": {
      const part = evaluateCondition(condition.condition, facts);
      return { text, met: !part.met, because: part.because, parts: [part] };
    }
  }
}

function leaf(text: string, met: boolean, because: string): ConditionResult {
  return { text, met, because, parts: [] };
}
