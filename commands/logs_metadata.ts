/** What programs are told of a run's logs, in the original's form. */
import type { RunRecord } from "../model/record.ts";
import { jobLogFiles, type LogKind } from "../store/log_files.ts";
import type { Store } from "../store/store.ts";

/**
 * The logs of a run's jobs as JSON. The paths are absolute, as the original's
 * were: they are opened, not kept.
 */
export async function logsMetadata(
  store: Store,
  run: RunRecord,
): Promise<string> {
  const jobs = [];
  for (const job of run.jobs) {
    const files = await jobLogFiles(store, job);
    const file = (kind: LogKind) => files.find((file) => file.kind === kind);
    const [host, guest] = [file("host"), file("guest")];
    jobs.push({
      id: job.id,
      status: job.status,
      attempts: job.attempts.length,
      host_log_path: host?.path ?? null,
      guest_log_path: guest?.path ?? null,
      host_log_exists: (host?.bytes ?? null) !== null,
      guest_log_exists: (guest?.bytes ?? null) !== null,
      host_log_bytes: host?.bytes ?? null,
      guest_log_bytes: guest?.bytes ?? null,
    });
  }
  const value = {
    schema_version: 2,
    run_id: run.run_id,
    status: run.status,
    jobs,
  };
  return `${JSON.stringify(value, null, 2)}\n`;
}
