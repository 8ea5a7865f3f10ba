/**
 * An executor: how one attempt of a job is carried out in one runtime.
 *
 * It is written once against `Host`, knows nothing of plans, stores or
 * reporters, and tells what it does by the attempt's own callbacks.
 *
 * @module
 */
import type { Kept } from "../artifacts/keep.ts";
import type { Host } from "../hosts/host.ts";
import type { OwnStreams } from "../hosts/own_streams.ts";
import type { CatalogJob } from "../model/catalog.ts";
import type { CancelledBy, Cause } from "../model/cause.ts";
import type { LogStream } from "../model/log.ts";
import type { PlannedCommand } from "../model/plan.ts";
import type { Secret } from "../model/secret.ts";

export type { LogStream };

/** A job's log: bytes in the order they came. */
export interface AttemptLog {
  /** Appends bytes; resolves when the log has taken them (backpressure). */
  write(stream: LogStream, bytes: Uint8Array): Promise<void>;
  /** Appends a line of our own, marked `[pikaci] `. */
  note(line: string): Promise<void>;
}

/** Everything an executor needs for one attempt. */
export interface Attempt {
  /** Id of the run. */
  readonly runId: string;
  /** The job, as the catalog has it. */
  readonly job: CatalogJob;
  /** 1 for the first. */
  readonly attempt: number;
  /** The host that it runs on. */
  readonly host: Host;
  /** The workspace on the host, checked out and verified. */
  readonly workspace: {
    /** Absolute path on the host. */
    readonly path: string;
    /** How it may be used. */
    readonly mode: "read-only" | "writable" | "source";
  };
  /** Environment of the job: declared values, passed-through ones and secrets, ready. */
  readonly env: Readonly<Record<string, string>>;
  /** Variables whose value is the path of a file; the content is given here. */
  readonly secretFiles: Readonly<Record<string, Uint8Array>>;
  /** Realised prepared outputs of a staged command: id to path on the host. */
  readonly payloads: Readonly<Record<string, string>>;
  /** Minutes for which the guest of an attempt that fails is kept; absent: it is not. */
  readonly keepMinutes?: number;
  /** Folders of caches on the host: variable to path. */
  readonly caches: Readonly<Record<string, string>>;
  /** Folder on this machine that gets the artifacts, at their paths. */
  readonly artifactsDir: string;
  /** Folder on this machine that gets the files of `reports`, at their paths. */
  readonly reportsDir: string;
  /** Empty folder on this machine for the attempt's own files. */
  readonly scratchDir: string;
  /** Its log. */
  readonly log: AttemptLog;
  /** Its limits. */
  readonly limits: {
    /** Limit of the attempt, in seconds. */
    readonly timeoutSecs: number;
    /** Limit without any output, in seconds; null: none. */
    readonly silenceTimeoutSecs: number | null;
    /** Between TERM and KILL, in seconds. */
    readonly graceSecs: number;
    /** For everything after the command's end, in seconds. */
    readonly cleanupSecs: number;
  };
  /** Aborted with a `CancelledBy` as its reason: end the command softly. */
  readonly cancel: AbortSignal;
  /** Aborted when even the grace is over: end everything now. */
  readonly force: AbortSignal;
  /** Runs a phase; its duration is recorded whether it succeeds or throws. */
  phase<T>(name: string, work: () => Promise<T>): Promise<T>;
  /** Records a fact, such as an image's fingerprint. */
  fact(name: string, value: string): void;
  /** Records a process group to be ended if pikaci dies. */
  processStarted(pid: number): void;
  /** Tells which files were kept. */
  collected(kept: Kept): void;
  /** Tells the user something; also kept in the record. */
  notice(message: string): void;
}

/** How an attempt ended. An executor throws `HostError` for infrastructure. */
export type AttemptOutcome =
  | { readonly status: "passed"; readonly exit_code: 0 }
  | {
    readonly status: "failed";
    readonly exit_code: number | null;
    readonly cause: Cause;
    readonly message: string;
  }
  | {
    readonly status: "timed_out";
    readonly limit: "job" | "silence";
    readonly secs: number;
    readonly message: string;
  }
  | {
    readonly status: "cancelled";
    readonly by: CancelledBy;
    readonly message: string;
  }
  | {
    readonly status: "infrastructure_failed";
    readonly step: string;
    readonly message: string;
  };

/** How jobs of one runtime are carried out. */
export interface Executor {
  /** Carries out one attempt; what it made is gone when it settles. */
  execute(attempt: Attempt): Promise<AttemptOutcome>;
  /** Looks up, ahead of an attempt, what all jobs of its kind need; what fails is told by the attempt. */
  warm?(host: Host, job: CatalogJob): void;
  /**
   * Slots that such jobs have for themselves on a host, as those of a cluster
   * behind it; null: they take the host's. Absent: null.
   */
  slots?(host: Host, jobs: readonly CatalogJob[]): Promise<number | null>;
  /** Ends what is still under way for the run: deletions off the critical path. */
  settle?(): Promise<void>;
}

/** What a runtime knows of its jobs before they start. */
export interface Preflight {
  /** Fingerprint of the image; null: unknown. */
  readonly image: string | null;
  /** What the user should know. */
  readonly notices: readonly string[];
  /** Why such a job cannot run there at all; null: it can. */
  readonly refusal: string | null;
}

/** The commands an attempt will issue, for the plan. Pure. */
export type DescribeCommands = (job: CatalogJob) => readonly PlannedCommand[];

/** What executors get of pikaci. */
export interface ExecutorOptions {
  /** A variable of pikaci's own environment. */
  readonly env: (name: string) => string | undefined;
  /** The value of a secret that is no job's own, such as the token of a fleet. */
  readonly secret: (secret: Secret) => Promise<string>;
}

/**
 * How a kept guest is entered: by a command line on the job's host, or by pikaci
 * itself, which lends its streams and returns the shell's exit code.
 */
export type Shell =
  | readonly [string, ...string[]]
  | {
    readonly enter: (
      streams: OwnStreams,
      options: ExecutorOptions,
    ) => Promise<number>;
  };

/** What `pikaci doctor` found of one thing that jobs need on a host. */
export interface Check {
  /** What was looked at. */
  readonly name: string;
  /** Whether jobs can run; with a warning they can, for now. */
  readonly status: "ok" | "warning" | "failed";
  /** What was found. */
  readonly found: string;
  /** What to do; null: nothing. */
  readonly remedy: string | null;
}
