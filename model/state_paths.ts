/**
 * The layout of the state folder: the one place that knows it.
 *
 * Every path is relative to the state folder, with `/`, as records hold it:
 * a state folder can be moved. Ids are safe as names of folders by their
 * grammar (`[a-z0-9][a-z0-9-]*`), run ids by theirs.
 *
 * ```text
 * state.db                                       events, runs, passes, leases
 * runs/RUN/run.json, plan.json, host-setup.log
 * runs/RUN/jobs/JOB/attempt-N/host.log, guest.log, scratch/
 * runs/RUN/jobs/JOB/artifacts/
 * results/KEY/                                   what a remembered pass left, once its run is gone
 * expected-hosts.json                            ssh hosts that the last run of each request needed
 * plan-notes.json                                what the last plan found out in its tree: inputs and keys of jobs
 * cache/                                         named caches of jobs
 * prepared/KEY/                                  what prepare nodes made
 * checkouts/                                     checked-out snapshots
 * git/                                           the private object store of snapshots
 * locks/                                         locks on git/ and checkouts/; never deleted
 * tmp/                                           files of a moment
 * ```
 */

/** The database. */
export const STATE_DB = "state.db";
/** The file of the ssh hosts that the next run will most likely need. */
export const EXPECTED_HOSTS = "expected-hosts.json";
/** The file of what the last plan found out in its tree. */
export const PLAN_NOTES = "plan-notes.json";
/** Folder of the runs. */
export const RUNS_DIR = "runs";
/** Folder of what remembered passes left after their run was removed. */
export const RESULTS_DIR = "results";
/** Folder of the named caches. */
export const CACHE_DIR = "cache";
/** Folder of prepared outputs, by their keys. */
export const PREPARED_DIR = "prepared";
/** Folder of the checkouts. */
export const CHECKOUTS_DIR = "checkouts";
/** Folder of the private git object store. */
export const GIT_DIR = "git";
/** Folder of the locks on snapshots and checkouts. */
export const LOCKS_DIR = "locks";
/** Folder of files of a moment. */
export const TMP_DIR = "tmp";

/** Folder of a run. */
export function runDir(runId: string): string {
  return `${RUNS_DIR}/${runId}`;
}

/** The run's record as a file. */
export function runJsonPath(runId: string): string {
  return `${runDir(runId)}/run.json`;
}

/** The run's plan as a file. */
export function planJsonPath(runId: string): string {
  return `${runDir(runId)}/plan.json`;
}

/** Log of the run's host set-up commands. */
export function hostSetupLogPath(runId: string): string {
  return `${runDir(runId)}/host-setup.log`;
}

/** Folder of a job of a run. */
export function jobDir(runId: string, jobId: string): string {
  return `${runDir(runId)}/jobs/${jobId}`;
}

/** Folder of the files that a job left. */
export function artifactsDir(runId: string, jobId: string): string {
  return `${jobDir(runId, jobId)}/artifacts`;
}

/** Folder of one attempt; the first is 1. */
export function attemptDir(
  runId: string,
  jobId: string,
  attempt: number,
): string {
  return `${jobDir(runId, jobId)}/attempt-${attempt}`;
}

/** The log of an attempt: the command's output and pikaci's own lines. */
export function hostLogPath(
  runId: string,
  jobId: string,
  attempt: number,
): string {
  return `${attemptDir(runId, jobId, attempt)}/host.log`;
}

/** The guest's own log of an attempt. */
export function guestLogPath(
  runId: string,
  jobId: string,
  attempt: number,
): string {
  return `${attemptDir(runId, jobId, attempt)}/guest.log`;
}

/** Folder of the attempt's own files. */
export function scratchDir(
  runId: string,
  jobId: string,
  attempt: number,
): string {
  return `${attemptDir(runId, jobId, attempt)}/scratch`;
}

/** Log of a prepare node, shared by the jobs that use its output. */
export function prepareLogPath(runId: string, nodeId: string): string {
  return `${runDir(runId)}/prepare/${nodeId}.log`;
}

/** Folder of a prepare node's own files while it runs. */
export function prepareScratchDir(runId: string, nodeId: string): string {
  return `${runDir(runId)}/prepare/${nodeId}.scratch`;
}

/** Folder that gets what a remembered pass left when its run is removed. */
export function resultDir(key: string): string {
  return `${RESULTS_DIR}/${key}`;
}
