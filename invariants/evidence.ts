/** Evidence: the places that decide about an invariant. */

/** A place in the repository, and what stands there. */
export interface Evidence {
  /** Path relative to the root, with `/`. */
  readonly path: string;
  /** Line, from 1; null: the file as a whole, or its absence. */
  readonly line: number | null;
  /** What was found and what was wanted. */
  readonly message: string;
}

/** What a check found. */
export interface Findings {
  /** Places that break the rule. */
  readonly broken: readonly Evidence[];
  /** Places where what the rule speaks of is done rightly: they show that something allowed exists. */
  readonly uses: readonly Evidence[];
}

/** Writes a place as `path:line`. */
export function placeOf(evidence: Evidence): string {
  return evidence.line === null
    ? evidence.path
    : `${evidence.path}:${evidence.line}`;
}

/** Puts several findings together. */
export function joinFindings(findings: readonly Findings[]): Findings {
  return {
    broken: findings.flatMap(({ broken }) => broken),
    uses: findings.flatMap(({ uses }) => uses),
  };
}
