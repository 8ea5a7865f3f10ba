/** What a run started and did not end. */
import type { ProcessStarted, RecordedEvent } from "../model/event.ts";

/** The process groups whose attempts have not ended. */
export function openProcesses(
  events: readonly RecordedEvent[],
): readonly ProcessStarted[] {
  const open = new Map<string, ProcessStarted[]>();
  for (const event of events) {
    if (event.event === "process_started") {
      const { event: name, job_id, attempt, host, pid, pid_started } = event;
      const list = open.get(job_id) ?? [];
      list.push({ event: name, job_id, attempt, host, pid, pid_started });
      open.set(job_id, list);
    }
    if (event.event === "attempt_finished" || event.event === "job_finished") {
      open.delete(event.job_id);
    }
  }
  return [...open.values()].flat();
}
