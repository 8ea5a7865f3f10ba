/** Shows logs while the jobs run. */
import { join } from "../model/path.ts";
import { followJobLog, readLogLines } from "../logs/read_log.ts";
import type { JobStarted, RecordedEvent } from "../model/event.ts";
import type { LogKind } from "../store/log_files.ts";
import type { Store } from "../store/store.ts";
import { closeLeftOpen } from "./state.ts";

/** How logs are followed. */
export interface FollowOptions {
  /** The run, which goes on. */
  readonly runId: string;
  /** Only this job; default: all. */
  readonly job?: string;
  /** Which of a job's logs. */
  readonly kind: LogKind;
  /** Only so many lines of what is there already. */
  readonly tail?: number;
  /** Whether each line starts with its time. */
  readonly timestamps: boolean;
  /** Looks up an environment variable of pikaci's own. */
  readonly env: (name: string) => string | undefined;
  /** Where to. */
  readonly out: (text: string | Uint8Array) => Promise<void>;
}

/** How often the store is asked for events, in milliseconds. */
const pollMs = 200;
/** After so long without an event it is looked whether the run's process lives, in milliseconds. */
const quietMs = 3000;

/**
 * Shows the logs of the attempts that go on, and of those that start, until
 * the run ends or, where one is named, the job.
 */
export async function followLogs(
  store: Store,
  options: FollowOptions,
): Promise<void> {
  const followers = new Followers(store.stateRoot, options);
  const before = store.events(options.runId);
  for (const event of openAttempts(before)) followers.start(event);
  let after = before.at(-1)?.seq ?? 0;
  let quiet = 0;
  let over = before.some((event) => isLast(event, options));
  while (!over) {
    await sleep(pollMs);
    const events = store.events(options.runId, after);
    for (const event of events) {
      if (event.event === "job_started") followers.start(event);
      if (event.event === "attempt_finished") followers.end(event.job_id);
      over ||= isLast(event, options);
    }
    after = events.at(-1)?.seq ?? after;
    quiet = events.length > 0 ? 0 : quiet + pollMs;
    if (quiet >= quietMs) {
      quiet = 0;
      await closeLeftOpen(store, options.env);
    }
  }
  await followers.endAll();
}

/** Attempts that have started and not ended. */
function openAttempts(events: readonly RecordedEvent[]): readonly JobStarted[] {
  const open = new Map<string, JobStarted>();
  for (const event of events) {
    if (event.event === "job_started") open.set(event.job_id, event);
    if (event.event === "attempt_finished") open.delete(event.job_id);
  }
  return [...open.values()];
}

/** Whether nothing that is followed comes after an event. */
function isLast(event: RecordedEvent, { job }: FollowOptions): boolean {
  return event.event === "run_finished" ||
    (job !== undefined && event.event === "job_finished" &&
      event.job_id === job);
}

/** Those who read a log each, at the same time. */
class Followers {
  readonly #stateRoot: string;
  readonly #options: FollowOptions;
  readonly #ends = new Map<string, AbortController>();
  readonly #all: Promise<void>[] = [];

  constructor(stateRoot: string, options: FollowOptions) {
    this.#stateRoot = stateRoot;
    this.#options = options;
  }

  /** Follows the log of an attempt, if its job is wanted. */
  start({ job_id, host_log_path, guest_log_path }: JobStarted): void {
    const { job, kind } = this.#options;
    if (job !== undefined && job !== job_id) return;
    const end = new AbortController();
    this.#ends.get(job_id)?.abort();
    this.#ends.set(job_id, end);
    const path = join(
      this.#stateRoot,
      kind === "host" ? host_log_path : guest_log_path,
    );
    this.#all.push(this.#follow(job_id, path, end.signal));
  }

  /** Nothing more comes from the attempt of a job. */
  end(jobId: string): void {
    this.#ends.get(jobId)?.abort();
  }

  /** Nothing more comes at all; settles when everything is shown. */
  async endAll(): Promise<void> {
    for (const end of this.#ends.values()) end.abort();
    await Promise.all(this.#all);
  }

  async #follow(
    jobId: string,
    path: string,
    ended: AbortSignal,
  ): Promise<void> {
    if (!await appears(path, ended)) return;
    const { job, tail, timestamps, out } = this.#options;
    const options = {
      path,
      timestamps,
      ended,
      ...(tail === undefined ? {} : { tail }),
    };
    if (job !== undefined) {
      for await (const bytes of followJobLog(options)) await out(bytes);
      return;
    }
    // Whole lines, so that those of several jobs do not mix.
    for await (const line of readLogLines(options)) {
      const time = timestamps && line.time !== null
        ? `${new Date(line.time).toISOString()} `
        : "";
      const text = new TextDecoder().decode(line.bytes);
      await out(`${time}${jobId} | ${text}\n`);
    }
  }
}

/** Waits for a log: an attempt is announced before its log is made. */
async function appears(path: string, ended: AbortSignal): Promise<boolean> {
  for (;;) {
    const over = ended.aborted;
    try {
      await Deno.stat(path);
      return true;
    } catch (error) {
      if (!(error instanceof Deno.errors.NotFound)) throw error;
    }
    if (over) return false;
    await sleep(20);
  }
}

function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
