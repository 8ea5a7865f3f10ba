/** Where the logs of a run stand. */
import { join } from "../model/path.ts";
import type { JobRecord, RunRecord } from "../model/record.ts";
import { hostSetupLogPath, prepareLogPath } from "../model/state_paths.ts";
import type { Store } from "./store.ts";
import { asStoreError } from "./store_error.ts";

/** Whose words a log holds: the command's with pikaci's own, or the guest's. */
export type LogKind = "host" | "guest";

/** A log of an attempt, of a prepare node or of the host set-up. */
export interface LogFile {
  /** The job; "prepare-ID" or "host-setup" for what is no job. */
  readonly name: string;
  readonly kind: LogKind;
  /** The attempt; null for what is no attempt of this run. */
  readonly attempt: number | null;
  /** Absolute path. */
  readonly path: string;
  /** Its size in bytes; null: there is none. */
  readonly bytes: number | null;
}

/** The name under which the log of the host set-up is asked for. */
export const HOST_SETUP = "host-setup";

/**
 * The logs of an attempt of a job: the last one, unless another is named. For
 * a job that was served from the cache: those of the pass that served it.
 */
export async function jobLogFiles(
  store: Store,
  job: JobRecord,
  attempt?: number,
): Promise<readonly LogFile[]> {
  const { id, cause } = job;
  if (cause?.kind === "cached" && job.attempts.length === 0) {
    return await passLogFiles(store, id, cause);
  }
  const found = attempt === undefined
    ? job.attempts.at(-1)
    : job.attempts.find((candidate) => candidate.attempt === attempt);
  if (found === undefined) return [];
  const { host_log_path: host, guest_log_path: guest } = found;
  return [
    await logFile(store, id, "host", found.attempt, host),
    await logFile(store, id, "guest", found.attempt, guest),
  ];
}

async function passLogFiles(
  store: Store,
  jobId: string,
  { key, run_id }: { readonly key: string; readonly run_id: string },
): Promise<readonly LogFile[]> {
  const pass = store.remembered(key);
  // Under the same key another run may have passed since.
  if (pass !== null && pass.run_id === run_id && pass.host_log !== null) {
    const path = `${pass.folder}/${pass.host_log}`;
    return [await logFile(store, jobId, "host", null, path)];
  }
  const run = await store.run(run_id);
  const job = run?.jobs.find(({ id }) => id === jobId);
  // A pass that was itself served from another would be no pass.
  return job === undefined || job.attempts.length === 0
    ? []
    : await jobLogFiles(store, job);
}

/** The logs of a run that belong to no job and are there: host set-up, prepare nodes. */
export async function runLogFiles(
  store: Store,
  run: RunRecord,
): Promise<readonly LogFile[]> {
  const files = [
    await logFile(
      store,
      HOST_SETUP,
      "host",
      null,
      hostSetupLogPath(run.run_id),
    ),
  ];
  for (const { node_id } of run.prepare_timings) {
    const path = prepareLogPath(run.run_id, node_id);
    files.push(await logFile(store, node_id, "host", null, path));
  }
  return files.filter(({ bytes }) => bytes !== null);
}

async function logFile(
  store: Store,
  name: string,
  kind: LogKind,
  attempt: number | null,
  relative: string,
): Promise<LogFile> {
  const path = join(store.stateRoot, relative);
  return { name, kind, attempt, path, bytes: await sizeOf(path) };
}

async function sizeOf(path: string): Promise<number | null> {
  try {
    const { isFile, size } = await Deno.stat(path);
    return isFile ? size : null;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return null;
    throw asStoreError(path, error);
  }
}
