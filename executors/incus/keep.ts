/** Keeping the instance of an attempt that failed, for a person to look at. */
import type { Attempt, AttemptOutcome } from "../executor.ts";
import type { IncusClient } from "./client.ts";
import { instancePath } from "./deletion.ts";
import { EXPIRES_LABEL, OWNER_LABEL } from "./instance.ts";

/** The fact that tells until when an instance is kept. */
export const KEPT_FACT = "incus_kept_until";

/**
 * Keeps the instance if that was asked for and the job failed; true: it is
 * kept. It then has no owner, and goes when its time is over.
 */
export async function keep(
  attempt: Attempt,
  client: IncusClient,
  name: string,
  { status }: AttemptOutcome,
): Promise<boolean> {
  const { keepMinutes, runId, job } = attempt;
  if (keepMinutes === undefined) return false;
  if (status !== "failed" && status !== "timed_out") return false;
  const until = new Date(Date.now() + keepMinutes * 60_000).toISOString();
  await client.change("keep instance", {
    method: "PATCH",
    path: instancePath(name),
    body: { config: { [OWNER_LABEL]: "kept", [EXPIRES_LABEL]: until } },
  });
  attempt.fact(KEPT_FACT, until);
  const message =
    `Kept until ${until}, see it by: pikaci shell ${runId} ${job.id}`;
  await attempt.log.note(message);
  attempt.notice(message);
  return true;
}
