/** Runtimes: in what a job runs. One discriminated union, chosen by `kind` alone. */
import { expectOptions, type Keys, make } from "./_make.ts";
import type { PreparedOutput } from "./prepared_output.ts";
import type { ShellCommand } from "./command.ts";

/** A folder of the host that the guest sees. */
export interface Mount {
  /** Absolute path on the host, or relative to the repository. */
  readonly source: string;
  /** Absolute path in the guest. */
  readonly path: string;
  /** Whether the guest may write; default false. */
  readonly writable?: boolean;
}

/** A process on the host itself. */
export interface HostProcessRuntimeConfig {
  /** Tag of the union. */
  readonly kind: "host_process";
}

/** A command prepared outside the guest and mounted into it. */
export interface StagedLinuxCommandConfig {
  /** Outputs whose mounts the guest gets, in this order. */
  readonly payloads: readonly PreparedOutput[];
  /** The wrapper to run in the guest. */
  readonly command: string;
}

/** What every Incus instance is made of. */
export interface IncusInstance {
  /** Alias or fingerprint of the image. */
  readonly image: string;
  /** A system container or a virtual machine; default "container". */
  readonly instance?: "container" | "vm";
  /** Incus project; default: the client's. */
  readonly project?: string;
  /** Profiles, in order; default: `["default"]`. */
  readonly profiles?: readonly string[];
  /** Storage pool of the root disk; default: the profile's. */
  readonly storage?: string;
  /** Processors; default: no limit. */
  readonly cpus?: number;
  /** Memory, in MiB; default: no limit. */
  readonly memoryMib?: number;
  /** Root disk, in GiB; default: no limit. On btrfs it turns on quotas for the whole pool. */
  readonly rootDiskGib?: number;
  /** Network of the instance, or "none"; default: the profile's. */
  readonly network?: string;
  /** Folders of the host that the guest sees; default: none. */
  readonly mounts?: readonly Mount[];
  /** Cluster member, or `@group`; default: the cluster decides. */
  readonly target?: string;
  /** Run once in an instance of the image; jobs start from a copy of the result. Default: none. */
  readonly setup?: ShellCommand;
  /** Whether `incus` is called through `sudo -n`; default false. */
  readonly sudo?: boolean;
}

/** An Incus instance that runs the job's `guestCommand`. */
export interface PlainIncusRuntimeConfig extends IncusInstance {
  /** Tag of the union. */
  readonly kind: "incus";
  /** Absent: the job has a `guestCommand`. */
  readonly stagedLinuxCommand?: undefined;
}

/** An Incus instance that runs a staged command. */
export interface StagedIncusRuntimeConfig extends IncusInstance {
  /** Tag of the union. */
  readonly kind: "incus";
  /** The command and the outputs it comes from. */
  readonly stagedLinuxCommand: StagedLinuxCommandConfig;
}

/** An Incus instance. */
export type IncusRuntimeConfig =
  | PlainIncusRuntimeConfig
  | StagedIncusRuntimeConfig;

/** What `incusRuntime` takes; with a staged command the job has no `guestCommand`. */
export interface IncusRuntimeOptions<
  S extends StagedLinuxCommandConfig | undefined =
    | StagedLinuxCommandConfig
    | undefined,
> extends IncusInstance {
  /** A command prepared outside the instance, in place of the job's `guestCommand`. */
  readonly stagedLinuxCommand?: S | undefined;
}

/** The runtime that the options mean: staged or not. */
export type IncusRuntime<S> = [S] extends [StagedLinuxCommandConfig]
  ? StagedIncusRuntimeConfig
  : PlainIncusRuntimeConfig;

/** What a macOS VM of Tart is made of. */
export interface TartRuntimeOptions {
  /** Name or OCI reference of the VM that is cloned. */
  readonly image: string;
  /** Processors; default: the image's. */
  readonly cpus?: number;
  /** Memory, in MiB; default: the image's. */
  readonly memoryMib?: number;
  /** Disk, in GiB; default: the image's. */
  readonly diskGib?: number;
  /** Run on the host in the source root, once per run, before the snapshot; default: none. */
  readonly hostSetupCommand?: ShellCommand;
  /** Whether the host's Rust toolchain is mounted, with /nix/store if it is Nix's; default false. */
  readonly mountHostRustToolchain?: boolean;
  /** Whether the host's Xcode is mounted; default false. */
  readonly useHostXcode?: boolean;
  /** Path of the Xcode to mount; default: found on the host. */
  readonly xcodeApp?: string;
  /** Folders of the host that the guest sees; default: none. */
  readonly mounts?: readonly Mount[];
  /** User in the guest: by ssh, who logs in, default "admin"; else who its agent must run as, default: whoever that is. */
  readonly user?: string;
  /** How commands reach the guest: the guest agent or ssh; default "exec". */
  readonly channel?: "exec" | "ssh";
}

/** A macOS VM of Tart. */
export interface TartRuntimeConfig extends TartRuntimeOptions {
  /** Tag of the union. */
  readonly kind: "tart";
}

/** What a runtime of another package is. */
export interface CustomRuntimeOptions {
  /** Name that plans and records show. */
  readonly name: string;
  /** URL of the module that exports the executor. */
  readonly executor: string;
  /** Plain data for the executor. */
  readonly settings: unknown;
  /**
   * Whether the executor gives its jobs their caches, the folders of
   * `attempt.caches` by their variables; default false: jobs with caches are
   * refused before anything starts.
   */
  readonly supportsCaches?: boolean;
}

/** A runtime that another package brings. */
export interface CustomRuntimeConfig extends CustomRuntimeOptions {
  /** Tag of the union. */
  readonly kind: "custom";
}

/** In what a job runs. */
export type JobRuntimeConfig =
  | HostProcessRuntimeConfig
  | IncusRuntimeConfig
  | TartRuntimeConfig
  | CustomRuntimeConfig;

/** The tag of a runtime. */
export type JobRuntimeKind = JobRuntimeConfig["kind"];

const HOST_PROCESS: HostProcessRuntimeConfig = Object.freeze({
  kind: "host_process",
});

/** A process on the host itself: the default of every job. */
export function hostProcessRuntime(): HostProcessRuntimeConfig {
  return HOST_PROCESS;
}

const incusKeys: Keys<IncusRuntimeOptions> = {
  image: true,
  instance: true,
  project: true,
  profiles: true,
  storage: true,
  cpus: true,
  memoryMib: true,
  rootDiskGib: true,
  network: true,
  mounts: true,
  target: true,
  setup: true,
  sudo: true,
  stagedLinuxCommand: true,
};

/**
 * An Incus instance, made for each attempt and deleted after it.
 *
 * A runtime replaces the one of a base as a whole; spread it to change a part:
 * `incusRuntime({ ...linux.runtimeConfig, cpus: 8 })`.
 *
 * ```ts
 * import { incusRuntime, job, sh, ssh } from "@pikaci/pikaci";
 *
 * job({
 *   id: "server",
 *   placement: ssh("build-1"),
 *   runtimeConfig: incusRuntime({ image: "ci-debian-13", cpus: 4 }),
 *   guestCommand: sh`cargo test`,
 * });
 * ```
 */
export function incusRuntime<
  S extends StagedLinuxCommandConfig | undefined = undefined,
>(options: IncusRuntimeOptions<S>): IncusRuntime<S> {
  return makeIncusRuntime(options);
}

// Apart from `incusRuntime`: an overload there would add a note to every error.
function makeIncusRuntime<S>(
  options: IncusRuntimeOptions<S & StagedLinuxCommandConfig | undefined>,
): IncusRuntime<S>;
function makeIncusRuntime(options: IncusRuntimeOptions): IncusRuntimeConfig {
  expectOptions("incus", options);
  const { stagedLinuxCommand, ...instance } = options;
  return stagedLinuxCommand === undefined
    ? make("incus", incusKeys, instance)
    : make("incus", incusKeys, { ...instance, stagedLinuxCommand });
}

/** The original's name of `incusRuntime`. */
export const remoteIncusRuntime: typeof incusRuntime = incusRuntime;

const tartKeys: Keys<TartRuntimeOptions> = {
  image: true,
  cpus: true,
  memoryMib: true,
  diskGib: true,
  hostSetupCommand: true,
  mountHostRustToolchain: true,
  useHostXcode: true,
  xcodeApp: true,
  mounts: true,
  user: true,
  channel: true,
};

/**
 * A macOS VM of Tart, cloned for each attempt and deleted after it.
 *
 * ```ts
 * import { job, sh, tartRuntime } from "@pikaci/pikaci";
 *
 * job({
 *   id: "ios",
 *   runtimeConfig: tartRuntime({ image: "sequoia-base", useHostXcode: true }),
 *   guestCommand: sh`./tools/ios-test`,
 * });
 * ```
 */
export function tartRuntime(options: TartRuntimeOptions): TartRuntimeConfig {
  return make("tart", tartKeys, options);
}

const customKeys: Keys<CustomRuntimeOptions> = {
  name: true,
  executor: true,
  settings: true,
  supportsCaches: true,
};

/**
 * A runtime that another package brings, as plain data.
 *
 * The module at `executor` is imported when a planned job needs it. Its URL and
 * the settings are a part of the key under which a pass is remembered.
 *
 * ```ts
 * import { customRuntime, type CustomRuntimeConfig } from "@pikaci/pikaci";
 *
 * export function dockerRuntime(options: { image: string }): CustomRuntimeConfig {
 *   return customRuntime({
 *     name: "docker",
 *     executor: import.meta.resolve("./executor.ts"),
 *     settings: options,
 *   });
 * }
 * ```
 */
export function customRuntime(
  options: CustomRuntimeOptions,
): CustomRuntimeConfig {
  return make("custom", customKeys, options);
}
