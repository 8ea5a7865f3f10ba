/** A run over a spec: the checks, then the reviewer for what no check sees. */
import { checkInvariants } from "./check.ts";
import type { Opened } from "./open.ts";
import { type Report, type Verdict, withoutCheck } from "./report.ts";

/** What a run is asked for. */
export interface RunOptions {
  /** Ids of the invariants to look at; empty: all. */
  readonly only: readonly string[];
  /** Command of a reviewer; undefined: none. */
  readonly reviewer: string | undefined;
  /** A clock in milliseconds. */
  readonly now: () => number;
}

/** What came of a run. */
export interface RunResult {
  /** The verdicts. */
  readonly report: Report;
  /** Why the reviewer's answer cannot be used; empty: it can, or there was none. */
  readonly problems: readonly string[];
}

/** Checks a spec, and asks the reviewer about what has no check. */
export async function runInvariants(
  { spec, path, sources }: Opened,
  options: RunOptions,
): Promise<RunResult> {
  const start = options.now();
  const { only, now } = options;
  const invariants = only.length === 0
    ? spec.invariants
    : spec.invariants.filter(({ id }) => only.includes(id));
  const checked = await checkInvariants(invariants, sources, {
    spec: path,
    now,
  });
  const asked = withoutCheck(invariants);
  const problems: string[] = [];
  let verdicts = checked;
  let summary: string | null = null;
  if (options.reviewer !== undefined && asked.length > 0) {
    const { review } = await import("./reviewer.ts");
    const answer = await review(options.reviewer, asked, sources);
    if (answer.ok) {
      summary = answer.summary;
      verdicts = checked.map((verdict): Verdict => {
        const opinion = answer.opinions.find(({ id }) =>
          id === verdict.invariant.id
        );
        if (opinion === undefined) return verdict;
        const { grade, rationale, evidence } = opinion;
        const checkedBy = ["reviewer"];
        return { ...verdict, grade, rationale, evidence, checkedBy };
      });
    } else problems.push(...answer.problems);
  }
  const report: Report = {
    name: spec.name,
    spec: path,
    root: sources.root,
    verdicts,
    summary,
    durationMs: now() - start,
  };
  return { report, problems };
}
