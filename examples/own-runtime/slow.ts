/** A reporter that pikaci does not have: says which jobs took longest. */
import type { CustomReporter, ReporterContext } from "@pikaci/pikaci/reporter";

/** The version of the interface that this is written against. */
export const reporterInterface = 1;

/** Makes the reporter of a run. */
export function createReporter({ write }: ReporterContext): CustomReporter {
  const took = new Map<string, number>();
  return {
    event(event) {
      if (event.event !== "job_finished") return;
      took.set(event.job.id, event.job.duration_ms ?? 0);
    },
    async finish() {
      const slowest = [...took].sort((a, b) => b[1] - a[1]).slice(0, 3);
      await write(`Slowest: ${slowest.map(([id]) => id).join(", ")}\n`);
    },
  };
}
