/** The state of one check of a config. */
import type { Compile } from "../globs/pattern.ts";
import { shown } from "../model/_make.ts";
import { pathOf, type Place } from "./place.ts";

/** One thing that is wrong with a config. */
export interface Problem {
  /** Where, such as `targets[0] "pre-merge".jobs[2].id`. */
  readonly path: string;
  /** What stands there, as it would be written; null where nothing does. */
  readonly value: string | null;
  /** What is wrong, or what was expected, as a sentence. */
  readonly message: string;
}

/** A problem as a line for people. */
export function formatProblem({ path, value, message }: Problem): string {
  return `${path}${value === null ? "" : ` = ${value}`}: ${message}`;
}

/** One check of a whole config. */
export class Check {
  /** All that is wrong so far. */
  readonly problems: Problem[] = [];
  /** Whether something was found that only another version can have written. */
  foundUnknown = false;
  /** Objects that are being walked. */
  readonly inside: Set<unknown> = new Set();
  /** Makes expressions of globs. */
  readonly compile: Compile;
  readonly #met = new Map<object, Set<unknown>>();
  readonly #waiting: (() => boolean)[] = [];

  /** Creates a check that has found nothing. */
  constructor(compile: Compile) {
    this.compile = compile;
  }

  /** Tells a problem; returns false. */
  report(place: Place, value: unknown, message: string): false {
    this.problems.push({
      path: pathOf(place),
      value: value === undefined ? null : brief(value),
      message,
    });
    return false;
  }

  /** Does work for a value once, and later: chains of needs can be long. */
  later(what: object, value: unknown, work: () => boolean): void {
    const met = this.#met.get(what) ?? new Set();
    this.#met.set(what, met);
    if (met.has(value)) return;
    met.add(value);
    this.#waiting.push(work);
  }

  /** Does what waits; returns whether all of it held. */
  finish(): boolean {
    let held = true;
    // What is added meanwhile is walked, too.
    for (const work of this.#waiting) held = work() && held;
    return held;
  }
}

const LONGEST = 80;

/** A value as it would be written, cut where it is long. */
function brief(value: unknown): string {
  const whole = shown(value);
  return whole.length <= LONGEST ? whole : `${whole.slice(0, LONGEST)}...`;
}
