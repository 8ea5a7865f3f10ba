/**
 * Markers: the environment variables by which a job's processes are known.
 *
 * A process group ends where a process calls setsid, and a parent's number is
 * lost when the parent dies; what a process was started with stays readable
 * for its whole life. Jenkins (`BUILD_ID`) and the GitHub runner
 * (`RUNNER_TRACKING_ID`) find what a job left behind in the same way.
 */

/** The attempt of a job that a process belongs to. */
export interface ProcessMarker {
  /** Id of the run. */
  readonly runId: string;
  /** Id of the job. */
  readonly jobId: string;
  /** Number of the attempt, from 1. */
  readonly attempt: number;
}

/** The variables that carry a marker. */
export function markerEnv(
  marker: ProcessMarker,
): Readonly<Record<string, string>> {
  return {
    PIKACI_RUN_ID: marker.runId,
    PIKACI_JOB_ID: marker.jobId,
    PIKACI_ATTEMPT: String(marker.attempt),
  };
}

/** Reads the marker out of `NAME=value` entries; null when it is not complete. */
export function readMarker(entries: Iterable<string>): ProcessMarker | null {
  let runId: string | null = null;
  let jobId: string | null = null;
  let attempt: number | null = null;
  for (const entry of entries) {
    if (!entry.startsWith("PIKACI_")) continue;
    if (entry.startsWith("PIKACI_RUN_ID=")) runId = entry.slice(14);
    else if (entry.startsWith("PIKACI_JOB_ID=")) jobId = entry.slice(14);
    else if (entry.startsWith("PIKACI_ATTEMPT=")) {
      attempt = Number(entry.slice(15));
    }
  }
  return runId === null || jobId === null || attempt === null
    ? null
    : { runId, jobId, attempt };
}

/** Whether two markers name the same attempt. */
export function sameMarker(
  left: ProcessMarker | null,
  right: ProcessMarker | null,
): boolean {
  return left !== null && right !== null && left.runId === right.runId &&
    left.jobId === right.jobId && left.attempt === right.attempt;
}
