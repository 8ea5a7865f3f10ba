/** Reports: what became of each invariant. */
import { type Evidence, placeOf } from "./evidence.ts";
import type { Invariant } from "./spec.ts";

/** What became of an invariant; "unchecked": neither a rule nor a reviewer looked at it. */
export type Grade = "pass" | "fail" | "unchecked";

/** The verdict on an invariant. */
export interface Verdict {
  /** The invariant. */
  readonly invariant: Invariant;
  /** What became of it. */
  readonly grade: Grade;
  /** Why, in a sentence. */
  readonly rationale: string;
  /** The places that show it. */
  readonly evidence: readonly Evidence[];
  /** Who decided: names of rules, or "reviewer". */
  readonly checkedBy: readonly string[];
  /** How long it took, in milliseconds. */
  readonly durationMs: number;
}

/** The verdicts on a spec. */
export interface Report {
  /** The spec's name. */
  readonly name: string;
  /** Path of the spec. */
  readonly spec: string;
  /** Absolute path of the root. */
  readonly root: string;
  /** The verdicts, in the order of the spec. */
  readonly verdicts: readonly Verdict[];
  /** What the reviewer says of the whole; null: there was none. */
  readonly summary: string | null;
  /** How long it took, in milliseconds. */
  readonly durationMs: number;
}

/** Whether every must holds that was looked at. */
export function holds(report: Report): boolean {
  return report.verdicts.every(({ invariant, grade }) =>
    invariant.kind !== "must" || grade !== "fail"
  );
}

/** Writes a report for people; what failed comes last, where it is seen. */
export function writeReport(report: Report, colours: boolean): string {
  const paint = (code: number, text: string) =>
    colours ? `\x1b[${code}m${text}\x1b[0m` : text;
  const marks = {
    pass: paint(32, "pass"),
    fail: paint(31, "FAIL"),
    unchecked: paint(33, "unchecked"),
  };
  const lines = [`invariants: ${report.name}`];
  if (report.summary !== null) lines.push(`summary: ${report.summary}`);
  const verdicts = (["pass", "unchecked", "fail"] as const).flatMap((grade) =>
    report.verdicts.filter((verdict) => verdict.grade === grade)
  );
  for (const { invariant, grade, rationale, evidence } of verdicts) {
    const { id, kind, statement, hint } = invariant;
    const label = kind === "must" ? id : `${id} (${kind})`;
    lines.push(`${marks[grade]} ${label}: ${statement}`);
    if (grade === "pass") continue;
    lines.push(`  ${rationale}`);
    if (grade === "unchecked") continue;
    for (const item of evidence.slice(0, mostShown)) {
      const place = paint(1, placeOf(item));
      lines.push(`  ${[place, item.message].filter(Boolean).join(": ")}`);
    }
    const more = evidence.length - mostShown;
    if (more > 0) lines.push(`  and ${more} more: --json shows all`);
    if (hint !== null) lines.push(`  hint: ${hint}`);
  }
  const count = (wanted: Grade) =>
    report.verdicts.filter(({ grade }) => grade === wanted).length;
  lines.push(
    `${count("pass")} passed, ${count("fail")} failed, ${
      count("unchecked")
    } unchecked in ${Math.round(report.durationMs)} ms`,
  );
  return `${lines.join("\n")}\n`;
}

const mostShown = 20;

/** The invariants that nothing but a reviewer can look at. */
export function withoutCheck(
  invariants: readonly Invariant[],
): readonly Invariant[] {
  return invariants.filter(({ checks, kind, scope }) =>
    checks.length === 0 && (kind === "must" || scope.length === 0)
  );
}
