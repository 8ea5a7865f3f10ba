/** Whether another attempt is made. */
import type { RetryPolicy } from "../model/catalog.ts";
import type { EndStatus } from "../model/cause.ts";

/**
 * Seconds until the next attempt after one that ended so; null: there is none.
 */
export function retryDelay(
  policy: RetryPolicy,
  status: EndStatus,
  attempt: number,
): number | null {
  if (attempt >= policy.attempts) return null;
  const reason = reasons[status];
  if (reason === null || !policy.on.includes(reason)) return null;
  return policy.backoffSecs ?? 0;
}

const reasons: {
  readonly [status in EndStatus]: RetryPolicy["on"][number] | null;
} = {
  failed: "failed",
  timed_out: "timed_out",
  infrastructure_failed: "infrastructure",
  passed: null,
  skipped: null,
  cached: null,
  cancelled: null,
  interrupted: null,
};
