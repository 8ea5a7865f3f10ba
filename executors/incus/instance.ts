/**
 * The instance of an attempt: its name, its labels and the request that makes it.
 *
 * Everything stands in one request, so that no instance exists without labels.
 *
 * @module
 */
import type { CatalogIncusRuntime } from "../../model/catalog.ts";

/** Label of the run an instance belongs to. */
export const RUN_LABEL = "user.pikaci.run";
/** Label of the job. */
export const JOB_LABEL = "user.pikaci.job";
/** Label of the attempt. */
export const ATTEMPT_LABEL = "user.pikaci.attempt";
/** Label of the process that made it: machine, process id, start. */
export const OWNER_LABEL = "user.pikaci.owner";
/** Label of the time from which on nobody can want it any more: RFC 3339. */
export const EXPIRES_LABEL = "user.pikaci.expires";
/** Label of a base: its key. */
export const BASE_LABEL = "user.pikaci.base";
/** Label of a base whose snapshot is there. */
export const READY_LABEL = "user.pikaci.ready";
/** Snapshot of a finished base. */
export const BASE_SNAPSHOT = "ready";

/** The process that owns an instance. */
export interface Owner {
  /** Name of the machine on which it runs. */
  readonly machine: string;
  /** Its process id. */
  readonly pid: number;
  /** Its start; null where unknown. */
  readonly pidStarted: string | null;
}

/** Writes an owner as a label. */
export function ownerLabel({ machine, pid, pidStarted }: Owner): string {
  return `${machine} ${pid} ${pidStarted ?? "-"}`;
}

/** Reads an owner's label; null: it is none. */
export function parseOwner(label: string): Owner | null {
  const [machine, pid, start, ...rest] = label.split(" ");
  const number = Number(pid);
  if (
    machine === undefined || machine === "" || start === undefined ||
    rest.length > 0 || !Number.isInteger(number) || number <= 0
  ) return null;
  return { machine, pid: number, pidStarted: start === "-" ? null : start };
}

/** What an instance is made for. */
export interface InstancePurpose {
  readonly runId: string;
  readonly jobId: string;
  readonly attempt: number;
}

/**
 * The name of an attempt's instance. Incus takes 63 letters, digits and
 * hyphens, ids have others and more: a hash stands for them.
 */
export async function instanceName(
  { runId, jobId, attempt }: InstancePurpose,
): Promise<string> {
  return `pikaci-${await shortHash([runId, jobId, String(attempt)])}`;
}

/** The first 80 bits of the SHA-256 of a list of texts, in hexadecimal. */
export async function shortHash(parts: readonly string[]): Promise<string> {
  const bytes = new TextEncoder().encode(JSON.stringify(parts));
  const hash = await crypto.subtle.digest("SHA-256", bytes);
  return new Uint8Array(hash, 0, 10).toHex();
}

/** What the root file system of an instance comes from. */
export type InstanceSource =
  | { readonly kind: "image"; readonly fingerprint: string }
  | { readonly kind: "base"; readonly instance: string };

/** A disk of the host in the guest. */
export interface DiskDevice {
  /** Absolute path on the host, or the name of a volume with `pool`. */
  readonly source: string;
  /** Absolute path in the guest. */
  readonly path: string;
  /** Whether the guest may write. */
  readonly writable: boolean;
  /** Pool of a volume; absent: a folder of the host. */
  readonly pool?: string;
}

/** What a request is made from. */
export interface InstanceOptions {
  readonly name: string;
  readonly runtime: CatalogIncusRuntime;
  readonly source: InstanceSource;
  readonly labels: Readonly<Record<string, string>>;
  readonly disks: Readonly<Record<string, DiskDevice>>;
  /** Devices of the profiles, where the runtime changes the root disk or the network. */
  readonly profileDevices: ProfileDevices;
  /** Whether it starts at once. */
  readonly start: boolean;
}

/** Devices by name, as Incus has them. */
export type ProfileDevices = Readonly<
  Record<string, Readonly<Record<string, string>>>
>;

/** The body of `POST /1.0/instances`. */
export function instanceRequest(options: InstanceOptions) {
  const { name, runtime, source, labels, disks, start } = options;
  const vm = runtime.instance === "vm";
  return {
    name,
    type: vm ? "virtual-machine" : "container",
    start,
    profiles: runtime.profiles ?? ["default"],
    config: {
      ...labels,
      ...(runtime.cpus === undefined
        ? {}
        : { "limits.cpu": String(runtime.cpus) }),
      ...(runtime.memoryMib === undefined
        ? {}
        : { "limits.memory": `${runtime.memoryMib}MiB` }),
    },
    devices: {
      ...rootDisk(options),
      ...network(options),
      ...Object.fromEntries(
        Object.entries(disks).map((
          [name, disk],
        ) => [name, diskDevice(disk, vm)]),
      ),
    },
    source: source.kind === "image"
      ? { type: "image", fingerprint: source.fingerprint }
      : {
        type: "copy",
        source: `${source.instance}/${BASE_SNAPSHOT}`,
        instance_only: true,
      },
  };
}

/** Whether a request needs the devices of the profiles. */
export function needsProfileDevices(runtime: CatalogIncusRuntime): boolean {
  return runtime.network !== undefined ||
    (runtime.rootDiskGib !== undefined && runtime.storage === undefined);
}

/** A disk as Incus has it. */
export function diskDevice(
  { source, path, writable, pool }: DiskDevice,
  vm: boolean,
): Readonly<Record<string, string>> {
  return {
    type: "disk",
    source,
    path,
    ...(writable ? {} : { readonly: "true" }),
    // Owners are the same inside; a VM sees them as they are.
    ...(pool === undefined ? (vm ? {} : { shift: "true" }) : { pool }),
  };
}

/** A device of a profile is replaced as a whole: it must be stated in full. */
function rootDisk(
  { runtime, profileDevices }: InstanceOptions,
): ProfileDevices {
  const { storage, rootDiskGib } = runtime;
  if (storage === undefined && rootDiskGib === undefined) return {};
  const inherited = Object.values(profileDevices).find((device) =>
    device.type === "disk" && device.path === "/"
  );
  return {
    root: {
      ...inherited,
      type: "disk",
      path: "/",
      ...(storage === undefined ? {} : { pool: storage }),
      ...(rootDiskGib === undefined ? {} : { size: `${rootDiskGib}GiB` }),
    },
  };
}

function network({ runtime, profileDevices }: InstanceOptions): ProfileDevices {
  if (runtime.network === undefined) return {};
  const inherited = Object.entries(profileDevices)
    .filter(([, device]) => device.type === "nic")
    .map(([name]) => [name, { type: "none" }] as const);
  return {
    ...Object.fromEntries(inherited),
    ...(runtime.network === "none"
      ? {}
      : { eth0: { type: "nic", name: "eth0", network: runtime.network } }),
  };
}
