/**
 * The table of runtimes: the one place that knows which there are.
 *
 * A new runtime is a row here and a file beside it. What only jobs of one runtime
 * need is loaded for them.
 *
 * @module
 */
import type { Host } from "../hosts/host.ts";
import type {
  CatalogIncusRuntime,
  CatalogJob,
  CatalogRuntime,
} from "../model/catalog.ts";
import { compiledCommand, quote } from "../model/command.ts";
import type { OrchardPlacement } from "../model/placement.ts";
import type { PlannedCommand } from "../model/plan.ts";
import type { JobRuntimeKind, TartRuntimeConfig } from "../model/runtime.ts";
import type {
  Check,
  DescribeCommands,
  Executor,
  ExecutorOptions,
  Preflight,
  Shell,
} from "./executor.ts";
import { DEFAULT_UID, INCUS_RECORDS } from "./incus/row.ts";

/** Where a node runs, as plans name it. */
export type PlacementName = "local" | "remote_ssh" | "orchard";

/** What opens a shell in a kept guest, by what its attempt found out; null: there is none to open. */
export type OpenShell = (
  job: CatalogJob,
  facts: Readonly<Record<string, string>>,
  terminal: boolean,
) => Shell | null;

/** A runtime. */
export interface RuntimeRow {
  /** Tag of its config. */
  readonly runtime: JobRuntimeKind;
  /** The original's name for the runtime on a placement, as records show it. */
  readonly label: (placement: PlacementName) => string;
  /** Why this version cannot run a job of this runtime; null: it can. */
  readonly unavailable: (job: CatalogJob) => Promise<string | null>;
  /**
   * What a guest between the job and its checkout means; null: the job runs in
   * the checkout itself.
   */
  readonly guest: {
    /** User id of the guest's user, who gets the checkout where pikaci is root. */
    readonly owner: number;
  } | null;
  /** Loads what opens a shell in a kept guest. Absent: guests are not kept. */
  readonly shell?: () => Promise<OpenShell>;
  /** How many guests a machine runs at once, over all its users; null: no such limit. */
  readonly guestsPerMachine: number | null;
  /** Whether something with slots of its own may stand behind a host, which its executor then tells. */
  readonly ownSlots?: boolean;
  /** How guests are found that a killed pikaci left; absent: others see to them. */
  readonly leftovers?: readonly Leftovers[];
  /** Looks at a job's image and daemon before anything starts. Absent: there is nothing to look at. */
  readonly preflight?: (
    host: Host,
    config: CatalogRuntime,
  ) => Promise<Preflight | null>;
  /** Looks at a host on which jobs with these runtimes run; absent: there is nothing to look at. */
  readonly doctor?: (
    host: Host,
    runtimes: readonly CatalogRuntime[],
    options: ExecutorOptions,
  ) => Promise<readonly Check[]>;
  /** Looks at a fleet on which jobs of this runtime run; absent: it runs on none. */
  readonly fleetDoctor?: (
    fleet: OrchardPlacement,
    options: ExecutorOptions,
  ) => Promise<readonly Check[]>;
  /** Loads what tells the commands an attempt will issue. */
  readonly describe: () => Promise<DescribeCommands>;
  /** Loads and makes the executor of one run. */
  readonly load: (
    config: CatalogRuntime,
    options: ExecutorOptions,
  ) => Promise<Executor>;
}

/** Guests of one kind that a killed pikaci may have left. */
export interface Leftovers {
  /** Folder below a host's state folder that holds a file for each guest. */
  readonly records: string;
  /** Removes them; what could not be removed, as sentences. */
  readonly remove: (
    host: Host,
    options: ExecutorOptions,
  ) => Promise<readonly string[]>;
}

const rows: Readonly<Record<JobRuntimeKind, RuntimeRow>> = {
  host_process: {
    runtime: "host_process",
    label: (placement) =>
      placement === "local" ? "host_local" : `${placement}_host_process`,
    unavailable: () => Promise.resolve(null),
    guest: null,
    guestsPerMachine: null,
    describe: () => Promise.resolve(hostProcessCommands),
    async load() {
      const { hostProcessExecutor }: typeof import("./host_process.ts") =
        await import(import.meta.resolve("./host_process.ts"));
      return hostProcessExecutor();
    },
  },
  incus: {
    runtime: "incus",
    label: (placement) =>
      placement === "remote_ssh" ? "remote_linux_vm" : `${placement}_incus`,
    unavailable: () => Promise.resolve(null),
    guest: { owner: DEFAULT_UID },
    async shell() {
      const { incusShell }: typeof import("./incus/shell.ts") = await import(
        import.meta.resolve("./incus/shell.ts")
      );
      return incusShell;
    },
    ownSlots: true,
    leftovers: [{
      records: INCUS_RECORDS,
      async remove(host) {
        const { removeLeftovers }: typeof import("./incus/leftovers.ts") =
          await import(import.meta.resolve("./incus/leftovers.ts"));
        return await removeLeftovers(host);
      },
    }],
    async preflight(host, config) {
      if (config.kind !== "incus") return null;
      const { incusPreflight }: typeof import("./incus/preflight.ts") =
        await import(import.meta.resolve("./incus/preflight.ts"));
      return await incusPreflight(host, config);
    },
    guestsPerMachine: null,
    async doctor(host, runtimes) {
      const { incusDoctor }: typeof import("./incus/doctor.ts") = await import(
        import.meta.resolve("./incus/doctor.ts")
      );
      return await incusDoctor(host, runtimes.filter(isIncus));
    },
    async describe() {
      const { incusCommands }: typeof import("./incus/commands.ts") =
        await import(import.meta.resolve("./incus/commands.ts"));
      return incusCommands;
    },
    async load() {
      const { incusExecutor }: typeof import("./incus.ts") = await import(
        import.meta.resolve("./incus.ts")
      );
      return incusExecutor();
    },
  },
  tart: {
    runtime: "tart",
    label: (placement) =>
      placement === "local"
        ? "tart_local"
        : placement === "orchard"
        ? "orchard"
        : "remote_ssh_tart",
    async unavailable(job) {
      const { tartUnavailable }: typeof import("./tart/unavailable.ts") =
        await import(import.meta.resolve("./tart/unavailable.ts"));
      return tartUnavailable(job);
    },
    guest: null,
    async shell() {
      const { tartShell }: typeof import("./tart/shell.ts") = await import(
        import.meta.resolve("./tart/shell.ts")
      );
      return tartShell;
    },
    // macOS's licence, and its kernel, let a Mac run two of them.
    guestsPerMachine: 2,
    leftovers: [{
      records: "tart/vms",
      async remove(host) {
        const { sweepHost }: typeof import("./tart/sweep.ts") = await import(
          import.meta.resolve("./tart/sweep.ts")
        );
        return (await sweepHost(host)).failed;
      },
    }, {
      records: "tart/fleet-vms",
      async remove(host, options) {
        const { sweepFleets }: typeof import("./tart/orchard/sweep.ts") =
          await import(import.meta.resolve("./tart/orchard/sweep.ts"));
        return (await sweepFleets(host, options)).failed;
      },
    }],
    async doctor(host, runtimes, options) {
      const { tartDoctor }: typeof import("./tart/doctor.ts") = await import(
        import.meta.resolve("./tart/doctor.ts")
      );
      return await tartDoctor(host, runtimes.filter(isTart), options);
    },
    async fleetDoctor(fleet, options) {
      const { fleetDoctor }: typeof import("./tart/orchard/doctor.ts") =
        await import(import.meta.resolve("./tart/orchard/doctor.ts"));
      return await fleetDoctor(fleet, options);
    },
    async describe() {
      const { tartCommands }: typeof import("./tart/commands.ts") =
        await import(import.meta.resolve("./tart/commands.ts"));
      return tartCommands;
    },
    async load(_config, options) {
      const { tartExecutor }: typeof import("./tart.ts") = await import(
        import.meta.resolve("./tart.ts")
      );
      return tartExecutor(options);
    },
  },
  custom: {
    runtime: "custom",
    label: (placement) => `${placement}_custom`,
    // An executor that does not know of them would leave the variable out.
    unavailable: ({ caches, runtimeConfig }) =>
      Promise.resolve(
        caches.length > 0 && runtimeConfig.kind === "custom" &&
          runtimeConfig.supportsCaches !== true
          ? `The runtime "${runtimeConfig.name}" does not say that its executor gives jobs their caches: its package passes \`supportsCaches: true\` to customRuntime when it does`
          : null,
      ),
    guest: null,
    guestsPerMachine: null,
    describe: () => Promise.resolve(guestCommands),
    async load(config) {
      if (config.kind !== "custom") {
        throw new TypeError(`A ${config.kind} runtime is no custom one`);
      }
      const { loadCustomExecutor }: typeof import("./custom.ts") = await import(
        import.meta.resolve("./custom.ts")
      );
      return loadCustomExecutor(config);
    },
  },
};

/** The runtimes, in the order in which they are listed. */
export const runtimes: readonly RuntimeRow[] = Object.values(rows);

/** Finds the row of a runtime. */
export function runtimeRow(kind: JobRuntimeKind): RuntimeRow {
  return rows[kind];
}

function isIncus(config: CatalogRuntime): config is CatalogIncusRuntime {
  return config.kind === "incus";
}

function isTart(config: CatalogRuntime): config is TartRuntimeConfig {
  return config.kind === "tart";
}

/** Tells which jobs of a run share an executor: those with the same key. */
export function executorKey(config: CatalogRuntime): string {
  return config.kind === "custom"
    ? JSON.stringify(["custom", config.executor, config.settings])
    : config.kind;
}

/** Describes the commands that a job on the host itself issues. */
function hostProcessCommands(
  job: CatalogJob,
): readonly PlannedCommand[] {
  if (job.guestCommand === null) return [];
  const { command } = compiledCommand(job.guestCommand);
  return [{ phase: "run", command: `sh -euc ${quote(command)}` }];
}

/** The one command in a guest, while nothing more is known of how it gets there. */
function guestCommands(job: CatalogJob): readonly PlannedCommand[] {
  const { runtimeConfig, guestCommand } = job;
  const command = guestCommand !== null
    ? compiledCommand(guestCommand).command
    : runtimeConfig.kind === "incus"
    ? runtimeConfig.stagedLinuxCommand?.command
    : undefined;
  return command === undefined ? [] : [{ phase: "run", command }];
}
