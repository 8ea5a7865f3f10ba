/** Keeping the VM of an attempt that failed, for a person to look at. */
import type { Attempt, AttemptOutcome } from "../executor.ts";
import { KEPT_FACT } from "./shell.ts";
import type { AttemptVm } from "./attempt_vm.ts";
import type { VmRecord } from "./records.ts";

/**
 * Keeps the VM if that was asked for and the job failed; true: it is kept. It
 * runs on, takes one of its Mac's slots, and goes when its time is over.
 */
export async function keep(
  { keepMinutes, fact, log, notice }: Attempt,
  { records, kept }: AttemptVm,
  record: VmRecord,
  { status }: AttemptOutcome,
): Promise<boolean> {
  if (keepMinutes === undefined) return false;
  if (status !== "failed" && status !== "timed_out") return false;
  const until = new Date(Date.now() + keepMinutes * 60_000).toISOString();
  await records.add({ ...record, kept_until: until });
  fact(KEPT_FACT, until);
  const message = `Kept until ${until}, ${kept}`;
  await log.note(message);
  notice(message);
  return true;
}
