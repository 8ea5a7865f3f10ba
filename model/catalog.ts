/**
 * The serialised form of a config: flat, ids for references, defaults applied.
 *
 * Field names are the config's own. `catalog.ts` at the top makes it, validates
 * it and looks things up in it.
 */
import type { GuestCommand, ShellCommand } from "./command.ts";
import type { Condition } from "./condition.ts";
import type { FailFast } from "./config.ts";
import type { RetryPolicy } from "./job.ts";
import type { OrchardPlacement } from "./placement.ts";
import type {
  CustomRuntimeConfig,
  HostProcessRuntimeConfig,
  IncusInstance,
  TartRuntimeConfig,
} from "./runtime.ts";
import type { Secret } from "./secret.ts";

/** A host that a config or a machine's hosts.toml names. */
export interface CatalogHost {
  /** Name of the host. */
  readonly id: string;
  /** `[user@]host` as ssh takes it. */
  readonly address: string;
  /** Slots on the host; null: its processors. */
  readonly capacity: number | null;
  /** State folder on the host; null: `~/.local/state/pikaci`. */
  readonly stateRoot: string | null;
  /** Where each value came from: "config", "default" or the path of a TOML file. */
  readonly from: {
    readonly address: string;
    readonly capacity: string;
    readonly stateRoot: string;
  };
}

/** Where a job runs; an ssh host by its id. */
export type CatalogPlacement =
  | { readonly kind: "local" }
  | { readonly kind: "ssh"; readonly host: string }
  | OrchardPlacement;

/** An Incus runtime with its payloads by id. */
export interface CatalogIncusRuntime extends IncusInstance {
  /** Tag of the union. */
  readonly kind: "incus";
  /** The staged command, payloads by id. */
  readonly stagedLinuxCommand?: {
    readonly payloads: readonly string[];
    readonly command: string;
  };
}

/** In what a job runs. */
export type CatalogRuntime =
  | HostProcessRuntimeConfig
  | CatalogIncusRuntime
  | TartRuntimeConfig
  | CustomRuntimeConfig;

/** What a job waits for. */
export type CatalogNeed =
  | { readonly kind: "job"; readonly id: string }
  | { readonly kind: "prepared_output"; readonly id: string }
  | { readonly kind: "artifact"; readonly id: string; readonly job: string };

/** Files that a job leaves. */
export interface CatalogArtifact {
  /** Name that others need it by; null for globs that are only collected. */
  readonly id: string | null;
  /** Globs over paths of the workspace. */
  readonly paths: readonly string[];
  /** Limit of all its files, in MiB; null: none. */
  readonly maxMib: number | null;
}

export type { RetryPolicy } from "./job.ts";

/** A job. */
export interface CatalogJob {
  /** Name, unique in the catalog. */
  readonly id: string;
  /** One line for people. */
  readonly description: string;
  /** Where it runs. */
  readonly placement: CatalogPlacement;
  /** In what it runs. */
  readonly runtimeConfig: CatalogRuntime;
  /** What it runs; null when the runtime brings a staged command. */
  readonly guestCommand: GuestCommand | null;
  /** The workspace it gets. */
  readonly workspace: "read-only" | "writable" | "source";
  /** Limit of one attempt, in seconds. */
  readonly timeoutSecs: number;
  /** Limit without any output, in seconds; null: none. */
  readonly silenceTimeoutSecs: number | null;
  /** Limit of waiting for slots, leases and caches, in seconds; null: none. */
  readonly waitTimeoutSecs: number | null;
  /** What must have passed before. */
  readonly needs: readonly CatalogNeed[];
  /** Fact of plan time that must hold; null: always. */
  readonly when: Condition | null;
  /** Environment, declared. */
  readonly env: { readonly [name: string]: string | Secret };
  /** Names passed through from pikaci's own environment. */
  readonly passEnv: readonly string[];
  /** Variables that hold the path of a file with the secret. */
  readonly secretFiles: { readonly [name: string]: Secret };
  /** Globs of the files it reads; null: all, and its pass is not remembered. */
  readonly inputs: readonly string[] | null;
  /** Files that are kept. */
  readonly artifacts: readonly CatalogArtifact[];
  /** Ids of the caches it uses. */
  readonly caches: readonly string[];
  /** Globs of JUnit reports. */
  readonly reports: { readonly junit: readonly string[] };
  /** When it is tried again. */
  readonly retry: RetryPolicy;
  /** Whether its failure fails the run: false, always allowed, or these exit codes. */
  readonly allowFailure: boolean | readonly number[];
  /** Slots it takes on its host. */
  readonly slots: number;
  /** Group in which one job runs at a time on this machine; null: none. */
  readonly concurrencyGroup: string | null;
  /** The matrix it is a cell of. */
  readonly matrix: {
    readonly id: string;
    readonly cell: { readonly [axis: string]: string | number };
  } | null;
}

/** A set of jobs that is asked for by name. */
export interface CatalogTarget {
  /** Name, unique among targets. */
  readonly id: string;
  /** One line for people. */
  readonly description: string;
  /** Globs; when none of them matches a changed file, the target is not selected. Empty: always. */
  readonly filters: readonly string[];
  /** Ids of its jobs. */
  readonly jobs: readonly string[];
}

/** When a target runs. */
export interface CatalogLane {
  /** Name, unique among lanes. */
  readonly id: string;
  /** Title for people. */
  readonly title: string;
  /** Id of the target. */
  readonly target: string;
  /** What starts it. */
  readonly trigger:
    | { readonly kind: "branch"; readonly branches: readonly string[] }
    | { readonly kind: "nightly"; readonly cron: string };
  /** Group in which one lane runs at a time; null: none. */
  readonly concurrencyGroup: string | null;
}

/** Something made once and used by many jobs. */
export type CatalogPreparedOutput =
  | {
    readonly kind: "nix_output";
    readonly id: string;
    readonly installable: string;
    readonly needs: readonly string[];
    readonly system: string | null;
  }
  | {
    readonly kind: "shell_output";
    readonly id: string;
    readonly command: ShellCommand;
    readonly outputs: readonly string[];
    /** Globs of the files that it sees; null: all of them. */
    readonly inputs: readonly string[] | null;
    /** Variables, with secrets by name. */
    readonly env: CatalogJob["env"];
    /** Names of pikaci's own variables that it gets. */
    readonly passEnv: readonly string[];
    readonly needs: readonly string[];
    readonly timeoutSecs: number;
  };

/** A persistent folder that jobs share. */
export interface CatalogCache {
  /** Name, unique in the catalog. */
  readonly id: string;
  /** Variable that holds its path in the job. */
  readonly env: string;
  /** Files whose content makes the key. */
  readonly keyFiles: readonly string[];
  /** Fixed part of the key. */
  readonly key: string;
  /** Older keys whose content is a start, best first. */
  readonly fallbackKeys: readonly string[];
  /** Who shares it. */
  readonly scope: "job" | "target" | "repository";
}

/** Who is told, and when. */
export interface CatalogNotification {
  /** The outcomes that are told. */
  readonly on: readonly ("passed" | "failed" | "fixed")[];
  /** Address that gets the run record as JSON by POST. */
  readonly webhook: Secret | string;
}

/** Limits of a run as a whole. */
export interface CatalogRunLimits {
  /** Limit of the whole run, in seconds; null: none. */
  readonly timeoutSecs: number | null;
  /** What happens to the other jobs once one has failed. */
  readonly failFast: FailFast;
  /** Slots of this machine; null: its processors. */
  readonly slots: number | null;
  /** Slots of one runtime on one host, by the runtime's name. */
  readonly runtimeSlots: { readonly [runtime: string]: number };
  /** Time between the soft and the forced end of a command, in seconds. */
  readonly graceSecs: number;
  /** Time for everything after a command's end, in seconds. */
  readonly cleanupSecs: number;
  /** Limit of one host set-up command, in seconds. */
  readonly hostSetupTimeoutSecs: number;
}

/** Where passes are remembered. */
export interface CatalogResultCache {
  /** Limit of the local store, in MiB. */
  readonly maxMib: number;
  /** A store shared over HTTP; null: none. */
  readonly remote: {
    readonly url: string;
    readonly token: Secret | null;
    readonly access: "read-only" | "read-write";
  } | null;
}

/** What a config declares. */
export interface Catalog {
  /** Version of this form. */
  readonly format: 1;
  /** Version of the package that the config was written with. */
  readonly version: string;
  /** Hosts, by id in order. */
  readonly hosts: readonly CatalogHost[];
  /** Jobs, in the config's order; matrices expanded. */
  readonly jobs: readonly CatalogJob[];
  /** Targets, in the config's order. */
  readonly targets: readonly CatalogTarget[];
  /** Lanes, in the config's order. */
  readonly lanes: readonly CatalogLane[];
  /** Prepared outputs, needs first. */
  readonly preparedOutputs: readonly CatalogPreparedOutput[];
  /** Caches. */
  readonly caches: readonly CatalogCache[];
  /** Id of the target that runs when none is named; null: there is none. */
  readonly defaultTarget: string | null;
  /** What belongs to a snapshot beside and without what git says. */
  readonly snapshot: {
    readonly include: readonly string[];
    readonly exclude: readonly string[];
  };
  /** Limits of a run as a whole. */
  readonly run: CatalogRunLimits;
  /** Where passes are remembered. */
  readonly resultCache: CatalogResultCache;
  /** Limit of all caches of the repository together, in MiB. */
  readonly cacheMaxMib: number;
  /** Notifications. */
  readonly notify: readonly CatalogNotification[];
}
