/** Copies of records with one part replaced. */
import type {
  AttemptRecord,
  JobRecord,
  PrepareTimingRecord,
  RunRecord,
} from "./record.ts";

/** Replaces one job of a run. */
export function withJob(
  record: RunRecord,
  jobId: string,
  change: (job: JobRecord) => JobRecord,
): RunRecord {
  const jobs = replace(
    record.jobs,
    (job) => job.id === jobId,
    change,
    `job "${jobId}"`,
  );
  return { ...record, jobs };
}

/** Replaces one attempt of a job. */
export function withAttempt(
  record: RunRecord,
  at: { readonly job_id: string; readonly attempt: number },
  change: (attempt: AttemptRecord) => AttemptRecord,
): RunRecord {
  return withJob(record, at.job_id, (job) => ({
    ...job,
    attempts: replace(
      job.attempts,
      (attempt) => attempt.attempt === at.attempt,
      change,
      `attempt ${at.attempt} of job "${at.job_id}"`,
    ),
  }));
}

/** Replaces one prepare node of a run. */
export function withPrepare(
  record: RunRecord,
  nodeId: string,
  change: (node: PrepareTimingRecord) => PrepareTimingRecord,
): RunRecord {
  const prepare_timings = replace(
    record.prepare_timings,
    (node) => node.node_id === nodeId,
    change,
    `prepare node "${nodeId}"`,
  );
  return { ...record, prepare_timings };
}

/** Replaces the item that matches, and copies nothing else. */
export function replace<T>(
  items: readonly T[],
  matches: (item: T) => boolean,
  change: (item: T) => T,
  what: string,
): readonly T[] {
  // A loop: findIndex() takes more than twice its time on 10,000 jobs.
  for (let index = 0; index < items.length; index++) {
    const item = items[index];
    if (item !== undefined && matches(item)) {
      return items.with(index, change(item));
    }
  }
  throw new RangeError(`The run has no ${what}`);
}

/** Adds the texts that are not known yet. */
export function union(
  known: readonly string[],
  more: readonly string[],
): readonly string[] {
  const added = more.filter((text) => !known.includes(text));
  return added.length === 0 ? known : [...known, ...new Set(added)];
}
