/** The last line of a run: counts and the time. */
import type { RunRecord } from "../model/record.ts";
import { formatDuration } from "./format.ts";

/** The order in which ends are counted. */
const order = [
  ["passed", "passed"],
  ["failed", "failed"],
  ["timed_out", "timed out"],
  ["infrastructure_failed", "infrastructure failed"],
  ["cancelled", "cancelled"],
  ["interrupted", "interrupted"],
  ["cached", "cached"],
  ["skipped", "skipped"],
] as const;

/** "2 passed, 1 failed, 3 cached, 1 skipped in 4.2 s". */
export function closingLine(record: RunRecord): string {
  const counts = order.flatMap(([status, word]) => {
    const count = record.jobs.filter((job) => job.status === status).length;
    return count === 0 ? [] : [`${count} ${word}`];
  });
  const outputs =
    record.prepare_timings.filter(({ status }) =>
      status === "failed" || status === "timed_out" ||
      status === "infrastructure_failed"
    ).length;
  if (outputs > 0) {
    counts.unshift(
      `${outputs} prepared output${outputs > 1 ? "s" : ""} failed`,
    );
  }
  const flaky = record.jobs.filter((job) => job.flaky).length;
  const allowed = record.jobs.filter((job) => job.allowed_failure).length;
  if (flaky > 0) counts.push(`${flaky} flaky`);
  if (allowed > 0) counts.push(`${allowed} allowed to fail`);
  const what = counts.length === 0 ? "Nothing ran" : counts.join(", ");
  return `${what} in ${formatDuration(record.duration_ms ?? 0)}`;
}
