/** The exit code that a run's end means. */
import type { RunRecord } from "../model/record.ts";
import type { ExitCode } from "./exit_codes.ts";

/** The exit code of `run` and `rerun` for a run that has ended. */
export function runExitCode(
  { status }: RunRecord,
  { allowEmpty }: { readonly allowEmpty: boolean },
): ExitCode {
  switch (status) {
    case "passed":
      return 0;
    case "failed":
      return 1;
    case "skipped":
      return allowEmpty ? 0 : 3;
    case "cancelled":
      return 130;
    case "infrastructure_failed":
    case "interrupted":
    case "running":
      return 4;
  }
}
