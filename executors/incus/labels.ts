/** The labels of an attempt's instance, there from its first moment on. */
import type { Attempt } from "../executor.ts";
import {
  ATTEMPT_LABEL,
  EXPIRES_LABEL,
  JOB_LABEL,
  OWNER_LABEL,
  RUN_LABEL,
} from "./instance.ts";

/** Time after the limits of an attempt in which its instance is surely deleted, in seconds. */
const slackSecs = 3_600;

/** Makes the labels. */
export function attemptLabels(
  { runId, job, attempt, limits }: Attempt,
  owner: string,
): Readonly<Record<string, string>> {
  const { timeoutSecs, graceSecs, cleanupSecs } = limits;
  const secs = timeoutSecs + graceSecs + cleanupSecs + slackSecs;
  return {
    [RUN_LABEL]: runId,
    [JOB_LABEL]: job.id,
    [ATTEMPT_LABEL]: String(attempt),
    [OWNER_LABEL]: owner,
    [EXPIRES_LABEL]: new Date(Date.now() + secs * 1000).toISOString(),
  };
}
