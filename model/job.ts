/** Jobs: a command, where and in what it runs, and what it needs. */
import { expectOptions, type Keys, make } from "./_make.ts";
import type { Artifact } from "./artifact.ts";
import type { Cache } from "./cache.ts";
import type { GuestCommand, ShellCommand, UserCommand } from "./command.ts";
import type { Condition } from "./condition.ts";
import type { JobMatrix } from "./matrix.ts";
import { type HostPlacement, local, type Placement } from "./placement.ts";
import type { PreparedOutput } from "./prepared_output.ts";
import {
  hostProcessRuntime,
  type HostProcessRuntimeConfig,
  type JobRuntimeConfig,
  type JobRuntimeKind,
  type StagedIncusRuntimeConfig,
  type StagedLinuxCommandConfig,
  type TartRuntimeConfig,
} from "./runtime.ts";
import type { Secret } from "./secret.ts";

/** A job, or all cells of a matrix. */
export type JobLike = JobSpec | JobMatrix;

/** What a job can wait for. */
export type Need = JobLike | PreparedOutput | Artifact;

/** The ends of an attempt after which another one can be made. */
export type FailureKind = "infrastructure" | "failed" | "timed_out";

/** How often a job is tried again, and after what. */
export interface RetryPolicy {
  /** Attempts in all, the first one counted. */
  readonly attempts: number;
  /** The ends after which another attempt is made. */
  readonly on: readonly FailureKind[];
  /** Pause before another attempt, in seconds; default 0. */
  readonly backoffSecs?: number;
}

/** Environment of a job. */
export interface Env {
  /** A value; booleans are refused: write "true" or "1". */
  readonly [name: string]: string | number | Secret;
}

/** Secrets that a job reads from files. */
export interface SecretFiles {
  /** Variable that holds the path of a file with the secret. */
  readonly [name: string]: Secret;
}

/** Reports that a job writes. */
export interface Reports {
  /** Globs of JUnit XML files; default: none. */
  readonly junit?: readonly string[];
}

/** What can be written for every job of a config at once. */
export interface JobDefaults {
  /** Limit of one attempt, in seconds; default 3600. */
  readonly timeoutSecs?: number;
  /** Limit without any output, in seconds; default: none. */
  readonly silenceTimeoutSecs?: number;
  /** Limit of waiting for slots, leases and caches, in seconds; default: none. */
  readonly waitTimeoutSecs?: number;
  /** When it is tried again; default: twice in all, after an infrastructure failure. */
  readonly retry?: RetryPolicy;
  /** Environment, by name; a job's own value wins over a default. */
  readonly env?: Env;
  /** Names passed through from pikaci's own environment; default: none. */
  readonly passEnv?: readonly string[];
}

/** The fields of a job that do not depend on its runtime. */
export interface JobFields extends JobDefaults {
  /** Name, unique in the config: `[a-z0-9][a-z0-9-]*`. Histories hang on it. */
  readonly id: string;
  /** One line for people; default: the command's first line. */
  readonly description?: string;
  /** What must have passed before; default: nothing. */
  readonly needs?: readonly Need[];
  /** Fact of plan time that must hold; default: it always runs. */
  readonly when?: Condition;
  /** Variables that hold the path of a file with the secret; default: none. */
  readonly secretFiles?: SecretFiles;
  /** Globs of the files it reads. It sees only those, and its pass is remembered. Default: all, and it is not. */
  readonly inputs?: readonly string[];
  /** Globs that are collected, and artifacts that others can need; default: none. */
  readonly artifacts?: readonly (string | Artifact)[];
  /** Caches it uses; default: none. */
  readonly caches?: readonly Cache[];
  /** Reports it writes; default: none. */
  readonly reports?: Reports;
  /** Whether its failure fails the run: `true` never, or not with these exit codes; default: it does. */
  readonly allowFailure?: true | readonly number[];
  /** Slots it takes on its host, at most the host's capacity; default 1. */
  readonly slots?: number;
  /** Group of which one job at a time runs on this machine, over all its repositories; default: none. */
  readonly concurrencyGroup?: string;
}

/** The fields of a job that runs as a process of its host. */
export interface HostJobFields {
  /** What it runs, as the user of the host. */
  readonly guestCommand: UserCommand;
  /** Its checkout: shared, its own, or the working tree itself; default "read-only". */
  readonly workspace?: "read-only" | "writable" | "source";
  /** Where it runs; default: this machine. */
  readonly placement?: HostPlacement;
}

/** The fields of a job that runs in a guest. */
export interface GuestJobFields {
  /** What it runs in the guest, as its user or by `shAsRoot` as its root. */
  readonly guestCommand: GuestCommand;
  /** Its checkout: shared, or its own; default "read-only". */
  readonly workspace?: "read-only" | "writable";
  /** Where its guest runs; default: this machine. */
  readonly placement?: HostPlacement;
}

/** The fields of a job that runs in a macOS VM. */
export interface TartJobFields {
  /** What it runs in the guest, as its user or by `shAsRoot` as its root. */
  readonly guestCommand: GuestCommand;
  /** Its checkout: shared, or its own; default "read-only". */
  readonly workspace?: "read-only" | "writable";
  /** Where its VM runs: a machine, or a fleet; default: this machine. */
  readonly placement?: Placement;
}

/** The fields of a job whose runtime brings the command. */
export interface StagedJobFields {
  /** Its checkout: shared, or its own; default "read-only". */
  readonly workspace?: "read-only" | "writable";
  /** Where its guest runs; default: this machine. */
  readonly placement?: HostPlacement;
}

/** The fields that the runtime decides. */
export type RuntimeFields<R> = R extends HostProcessRuntimeConfig
  ? HostJobFields
  : R extends StagedIncusRuntimeConfig ? StagedJobFields
  : R extends TartRuntimeConfig ? TartJobFields
  : GuestJobFields;

/** In what a job runs. */
export interface RuntimeChoice<R> {
  /** In what it runs; default: a process of the host. */
  readonly runtimeConfig?: R;
}

/** What `job` takes. */
export type JobOptions<R extends JobRuntimeConfig> =
  & JobFields
  & RuntimeFields<R>
  & RuntimeChoice<R>;

/** The matrix that a job is a cell of. */
export interface MatrixMembership {
  /** Id of the matrix. */
  readonly id: string;
  /** The cell's values, by axis. */
  readonly cell: { readonly [axis: string]: string | number };
}

/** A job. */
export interface JobSpec extends JobFields {
  /** Tag of the union. */
  readonly kind: "job";
  /** Where it runs. */
  readonly placement: Placement;
  /** In what it runs. */
  readonly runtimeConfig: JobRuntimeConfig;
  /** What it runs; absent when the runtime brings a staged command. */
  readonly guestCommand?: GuestCommand;
  /** Its checkout; default "read-only". */
  readonly workspace?: "read-only" | "writable" | "source";
  /** The matrix it is a cell of; absent: none. */
  readonly matrix?: MatrixMembership;
}

const keys: Keys<Omit<JobSpec, "kind" | "matrix">> = {
  id: true,
  description: true,
  placement: true,
  runtimeConfig: true,
  guestCommand: true,
  workspace: true,
  timeoutSecs: true,
  silenceTimeoutSecs: true,
  waitTimeoutSecs: true,
  needs: true,
  when: true,
  env: true,
  passEnv: true,
  secretFiles: true,
  inputs: true,
  artifacts: true,
  caches: true,
  reports: true,
  retry: true,
  allowFailure: true,
  slots: true,
  concurrencyGroup: true,
};

/**
 * A job: one command in one runtime on one placement.
 *
 * Without `runtimeConfig` it is a process of the host, without `placement` it
 * runs on this machine. A base brings both: `job({ ...base, id, ... })`.
 *
 * ```ts
 * import { job, remoteIncusJobBase, sh } from "@pikaci/pikaci";
 *
 * const unit = job({ id: "unit", timeoutSecs: 10 * 60, guestCommand: sh`deno test` });
 *
 * const linux = remoteIncusJobBase({ host: "build-1", image: "ci-debian-13" });
 * const server = job({ ...linux, id: "server", needs: [unit], guestCommand: sh`cargo test` });
 * ```
 */
export function job<R extends JobRuntimeConfig = HostProcessRuntimeConfig>(
  options: JobOptions<R>,
): JobSpec {
  expectOptions("job", options);
  const { placement, runtimeConfig }: AnyJobOptions = options;
  return make("job", keys, {
    ...options,
    placement: placement ?? local(),
    runtimeConfig: runtimeConfig ?? hostProcessRuntime(),
  });
}

/** What all kinds of options have in common. */
type AnyJobOptions = JobFields & Partial<Omit<JobSpec, "kind" | "matrix">>;

/** The tag of a job's runtime. */
export function runtimeKind(job: JobSpec): JobRuntimeKind {
  return job.runtimeConfig.kind;
}

/** The staged command of a job; undefined when it has a `guestCommand`. */
export function stagedLinuxCommand(
  job: JobSpec,
): StagedLinuxCommandConfig | undefined {
  return job.runtimeConfig.kind === "incus"
    ? job.runtimeConfig.stagedLinuxCommand
    : undefined;
}

/** The command that a Tart job asks to be run on the host before the snapshot. */
export function hostSetupCommand(job: JobSpec): ShellCommand | undefined {
  return job.runtimeConfig.kind === "tart"
    ? job.runtimeConfig.hostSetupCommand
    : undefined;
}

/** Whether a Tart job mounts the host's Rust toolchain. */
export function mountHostRustToolchain(job: JobSpec): boolean {
  return job.runtimeConfig.kind === "tart" &&
    (job.runtimeConfig.mountHostRustToolchain ?? false);
}
