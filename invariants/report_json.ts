/** Reports as they leave the program, by `pikaci invariants --json`. */
import { placeOf } from "./evidence.ts";
import { type Grade, holds, type Report } from "./report.ts";

/** A place that decides about an invariant. */
export interface EvidenceJson {
  /** The place as `path:line`. */
  readonly ref: string;
  /** Path relative to the root. */
  readonly path: string;
  /** Line, from 1; null: the file as a whole, or its absence. */
  readonly line: number | null;
  /** What was found and what was wanted; empty: the rationale says it. */
  readonly message: string;
}

/** The verdict on an invariant. */
export interface ResultJson {
  /** Id of the invariant. */
  readonly id: string;
  /** The part of the design it belongs to; null: none is named. */
  readonly area: string | null;
  /** Whether it must hold, or documents what is allowed. */
  readonly kind: "must" | "allowed";
  /** What became of it. */
  readonly grade: Grade;
  /** What holds. */
  readonly statement: string;
  /** Globs of the files it is about; empty: the whole repository. */
  readonly scope: readonly string[];
  /** What to do when it is broken; null: none is given. */
  readonly hint: string | null;
  /** Why, in a sentence. */
  readonly rationale: string;
  /** The places that show it. */
  readonly evidence: readonly EvidenceJson[];
  /** Who decided: names of rules, or "reviewer". */
  readonly checked_by: readonly string[];
  /** How long it took, in milliseconds. */
  readonly duration_ms: number;
}

/** The verdicts on a spec. */
export interface ReportJson {
  /** Version of this form. */
  readonly schema_version: 1;
  /** The spec's name. */
  readonly name: string;
  /** Path of the spec. */
  readonly spec: string;
  /** Absolute path of the root. */
  readonly root: string;
  /** Whether every must holds that was looked at. */
  readonly status: "passed" | "failed";
  /** What the reviewer says of the whole; null: there was none. */
  readonly summary: string | null;
  /** How long it took, in milliseconds. */
  readonly duration_ms: number;
  /** The verdicts, in the order of the spec. */
  readonly results: readonly ResultJson[];
}

/** Makes the form in which a report leaves the program. */
export function reportJson(report: Report): ReportJson {
  return {
    schema_version: 1,
    name: report.name,
    spec: report.spec,
    root: report.root,
    status: holds(report) ? "passed" : "failed",
    summary: report.summary,
    duration_ms: Math.round(report.durationMs),
    results: report.verdicts.map((verdict) => ({
      id: verdict.invariant.id,
      area: verdict.invariant.area,
      kind: verdict.invariant.kind,
      grade: verdict.grade,
      statement: verdict.invariant.statement,
      scope: verdict.invariant.scope,
      hint: verdict.invariant.hint,
      rationale: verdict.rationale,
      evidence: verdict.evidence.map((item) => ({
        ref: placeOf(item),
        path: item.path,
        line: item.line,
        message: item.message,
      })),
      checked_by: verdict.checkedBy,
      duration_ms: Math.round(verdict.durationMs),
    })),
  };
}
