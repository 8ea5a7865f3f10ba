/** Problems: what is wrong with a config, where, and what was expected. */

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
