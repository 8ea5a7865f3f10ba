/** The VMs of a TART_HOME: `vms/NAME/{config.json,disk.img,nvram.bin}`. */
import { join } from "@std/path";
import { missingVm, runtimeError } from "./errors.ts";

/** What config.json holds, as far as it matters here. */
export interface VmConfig {
  readonly version: 1;
  readonly os: "darwin" | "linux";
  readonly arch: "arm64";
  readonly cpuCountMin: number;
  readonly cpuCount: number;
  readonly memorySizeMin: number;
  readonly memorySize: number;
  readonly macAddress: string;
  readonly display: { readonly width: number; readonly height: number };
  readonly diskFormat: "raw" | "asif";
  /** Size of the disk, in GB; the real disk.img has it as its length. */
  readonly diskSize: number;
}

/** What a running VM leaves for the other commands. */
export interface RunState {
  readonly pid: number;
  readonly dirs: readonly SharedDir[];
}

/** A folder that a guest sees. */
export interface SharedDir {
  readonly tag: string;
  readonly name: string | null;
  readonly path: string;
  readonly ro: boolean;
}

/** The tag that macOS mounts by itself. */
export const automountTag = "com.apple.virtio-fs.automount";

/** Folder of a VM. */
export function vmDir(home: string, name: string): string {
  return name.includes("/")
    ? join(home, "cache", "OCIs", name.replace(/:/g, "/"))
    : join(home, "vms", name);
}

/** Whether a VM is there. */
export function vmExists(home: string, name: string): boolean {
  try {
    return Deno.statSync(vmDir(home, name)).isDirectory;
  } catch {
    return false;
  }
}

/** Fails unless the VM is there and whole. */
export function requireVm(home: string, name: string): void {
  if (!vmExists(home, name)) throw missingVm(name);
  for (const file of ["config.json", "disk.img", "nvram.bin"]) {
    try {
      Deno.statSync(join(vmDir(home, name), file));
    } catch {
      throw runtimeError(
        "VM is missing some of its files (config.json, disk.img or nvram.bin)",
      );
    }
  }
}

/** Reads a VM's config. */
export function readConfig(home: string, name: string): VmConfig {
  return JSON.parse(
    Deno.readTextFileSync(join(vmDir(home, name), "config.json")),
  );
}

/** A VM's address; null: the VM is gone, or its config is being written. */
export function macOf(home: string, name: string): string | null {
  try {
    return readConfig(home, name).macAddress;
  } catch (error) {
    if (
      error instanceof Deno.errors.NotFound || error instanceof SyntaxError
    ) return null;
    throw error;
  }
}

/** Writes a VM's config in place: whoever holds its lock keeps it. */
export function writeConfig(
  home: string,
  name: string,
  config: VmConfig,
): void {
  Deno.writeTextFileSync(
    join(vmDir(home, name), "config.json"),
    JSON.stringify(config, null, 2),
  );
}

/** Makes a VM with an empty guest. */
export function createVm(
  home: string,
  name: string,
  config: Partial<VmConfig> = {},
): void {
  const dir = vmDir(home, name);
  Deno.mkdirSync(join(dir, "guest", "Users", "admin"), { recursive: true });
  Deno.writeTextFileSync(join(dir, "disk.img"), "disk");
  Deno.writeTextFileSync(join(dir, "nvram.bin"), "nvram");
  writeConfig(home, name, {
    version: 1,
    os: "darwin",
    arch: "arm64",
    cpuCountMin: 2,
    cpuCount: 4,
    memorySizeMin: 4096 * 1024 * 1024,
    memorySize: 8192 * 1024 * 1024,
    macAddress: randomMac(),
    display: { width: 1024, height: 768 },
    diskFormat: "raw",
    diskSize: 50,
    ...config,
  });
}

/** A locally administered address. */
export function randomMac(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(6));
  bytes[0] = (bytes[0] ?? 0) & 0xfe | 0x02;
  return [...bytes].map((byte) => byte.toString(16).padStart(2, "0"))
    .join(":");
}

/** Names in a folder, sorted; none when it is not there. */
export function localNames(home: string): string[] {
  try {
    return [...Deno.readDirSync(join(home, "vms"))]
      .filter(({ isDirectory }) => isDirectory).map(({ name }) => name).sort();
  } catch {
    return [];
  }
}

/** Names of the cached remote images, sorted. */
export function remoteNames(home: string): string[] {
  const walk = (path: string, name: string): string[] => {
    const entries = [...Deno.readDirSync(path)];
    if (entries.some((entry) => entry.name === "config.json")) {
      const at = name.lastIndexOf("/");
      return [`${name.slice(0, at)}:${name.slice(at + 1)}`];
    }
    return entries.filter((entry) => entry.isDirectory)
      .flatMap((entry) =>
        walk(
          join(path, entry.name),
          name === "" ? entry.name : `${name}/${entry.name}`,
        )
      );
  };
  try {
    return walk(join(home, "cache", "OCIs"), "").sort();
  } catch {
    return [];
  }
}

/**
 * Takes the lock that a running VM holds on its config.json; null: another has
 * it. The kernel frees it with the process, so no VM runs in name only.
 */
export function lockVm(home: string, name: string): Deno.FsFile | null {
  const file = Deno.openSync(join(vmDir(home, name), "config.json"), {
    read: true,
    write: true,
  });
  while (!file.tryLockSync(true)) {
    // Who only asks holds a shared lock for a moment; the real one asks without any.
    if (!file.tryLockSync(false)) {
      file.close();
      return null;
    }
    file.unlockSync();
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1);
  }
  return file;
}

/** Whether a VM runs. Asked by a shared lock: askers are not in each other's way. */
export function isRunning(home: string, name: string): boolean {
  try {
    using file = Deno.openSync(join(vmDir(home, name), "config.json"));
    return !file.tryLockSync(false);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}

/** What a running VM wrote down; null: nothing yet. */
export function readRunState(home: string, name: string): RunState | null {
  try {
    return JSON.parse(
      Deno.readTextFileSync(join(vmDir(home, name), "run.json")),
    );
  } catch {
    return null;
  }
}

/** Where a VM stands. */
export function vmState(
  home: string,
  name: string,
): "running" | "suspended" | "stopped" {
  if (isRunning(home, name)) return "running";
  try {
    Deno.statSync(join(vmDir(home, name), "state.vzvmsave"));
    return "suspended";
  } catch {
    return "stopped";
  }
}

/** Holds the lock on TART_HOME while something is copied or started. */
export function lockHome(home: string): Disposable {
  const file = Deno.openSync(join(home, "home.lock"), {
    create: true,
    write: true,
  });
  file.lockSync(true);
  return { [Symbol.dispose]: () => file.close() };
}
