/** The commands that end by themselves: clone, set, list and the rest. */
import { join } from "@std/path";
import { numberOf, parse, valueOf } from "./arguments.ts";
import {
  Crash,
  missingVm,
  notRunning,
  runtimeError,
  swiftError,
  usageError,
} from "./errors.ts";
import { happens, readKnobs } from "./knobs.ts";
import { addressOf } from "./sshd.ts";
import {
  createVm,
  isRunning,
  localNames,
  lockHome,
  macOf,
  randomMac,
  readConfig,
  readRunState,
  remoteNames,
  requireVm,
  vmDir,
  vmExists,
  vmState,
  writeConfig,
} from "./vms.ts";

/** A command: prints what it returns. */
export type Command = (
  home: string,
  argv: readonly string[],
) => Promise<string> | string;

/** Waits while a gate file is there: a test holds the command in its middle. */
async function gate(home: string, name: string): Promise<void> {
  const path = join(home, name);
  await Deno.writeTextFile(path, "");
  for (;;) {
    try {
      await Deno.stat(path);
    } catch {
      return;
    }
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

const clone: Command = async (home, argv) => {
  const parsed = parse("clone", argv, {
    positionals: ["source-name", "new-name"],
    options: {
      "--insecure": "flag",
      "--concurrency": "value",
      "--prune-limit": "value",
      "--deduplicate": "flag",
    },
  });
  const [source = "", name = ""] = parsed.positionals;
  if (name.includes("/")) {
    throw usageError("clone", "<new-name> should be a local name");
  }
  const pulled = source.includes("/") && !vmExists(home, source)
    ? pullImage(home, source)
    : "";
  requireVm(home, source);
  if (happens(home, "cloneDiskFull")) {
    throw new Crash(
      "SIGABRT",
      "*** Terminating app due to uncaught exception 'NSFileHandleOperationException', reason: '*** -[NSConcreteFileHandle writeData:]: No space left on device'",
    );
  }
  if (readKnobs(home).cloneExisting === "error" && vmExists(home, name)) {
    throw runtimeError(
      `VM "${name}" already exists, use --overwrite to replace it`,
    );
  }
  using _lock = lockHome(home);
  if (happens(home, "cloneHangs")) await gate(home, "clone-gate");
  copyVm(home, source, name);
  const { macAddress } = readConfig(home, name);
  const clash = localNames(home).some((other) =>
    other !== name && macOf(home, other) === macAddress
  );
  if (clash && vmState(home, source) !== "suspended") {
    writeConfig(home, name, {
      ...readConfig(home, name),
      macAddress: randomMac(),
    });
  }
  return pulled;
};

function copyVm(home: string, source: string, name: string): void {
  const to = vmDir(home, name);
  const fresh = join(home, "tmp", crypto.randomUUID());
  Deno.mkdirSync(join(home, "vms"), { recursive: true });
  Deno.mkdirSync(fresh, { recursive: true });
  const from = vmDir(home, source);
  copy(from, fresh, ["config.json", "disk.img", "nvram.bin", "guest"]);
  remove(to);
  Deno.renameSync(fresh, to);
}

function copy(from: string, to: string, names: readonly string[]): void {
  for (const name of names) {
    const { code } = new Deno.Command("cp", {
      args: ["-a", "--reflink=auto", join(from, name), join(to, name)],
    }).outputSync();
    if (code !== 0) throw new Error(`Cannot copy ${join(from, name)}`);
  }
}

function remove(path: string): void {
  try {
    Deno.removeSync(path, { recursive: true });
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
}

function pullImage(home: string, name: string): string {
  if (!readKnobs(home).registry.includes(name)) {
    throw swiftError(
      "The Internet connection appears to be offline: NSURLErrorDomain Code=-1009",
    );
  }
  createVm(home, name);
  return [
    "pulling manifest...",
    "pulling disk (16.0 GB compressed)...",
    "100%",
    "pulling NVRAM...",
    "",
  ].join("\n");
}

const pull: Command = (home, argv) => {
  const [name = ""] = parse("pull", argv, {
    positionals: ["remote-name"],
    options: { "--insecure": "flag", "--concurrency": "value" },
  }).positionals;
  if (!name.includes("/")) {
    return `"${name}" is a local image, nothing to pull here!\n`;
  }
  return vmExists(home, name)
    ? `pulling ${name}...\npulling manifest...\n${name} image is already cached and linked!\n`
    : `pulling ${name}...\n${pullImage(home, name)}`;
};

const set: Command = async (home, argv) => {
  const parsed = parse("set", argv, {
    positionals: ["name"],
    options: {
      "--cpu": "value",
      "--memory": "value",
      "--display": "value",
      "--display-refit": "flag",
      "--no-display-refit": "flag",
      "--random-mac": "flag",
      "--random-serial": "flag",
      "--disk": "value",
      "--disk-size": "value",
    },
  });
  const [name = ""] = parsed.positionals;
  requireVm(home, name);
  if (happens(home, "setHangs")) await gate(home, "set-gate");
  const config = readConfig(home, name);
  const disk = numberOf("set", parsed, "--disk-size");
  if (disk !== undefined && disk < config.diskSize) {
    throw runtimeError(
      `new disk size of ${disk} GB should be larger than the current disk size of ${config.diskSize} GB`,
    );
  }
  const memory = numberOf("set", parsed, "--memory");
  writeConfig(home, name, {
    ...config,
    cpuCount: numberOf("set", parsed, "--cpu") ?? config.cpuCount,
    memorySize: memory === undefined ? config.memorySize : memory * 1024 * 1024,
    diskSize: disk ?? config.diskSize,
    macAddress: parsed.flags.has("--random-mac")
      ? randomMac()
      : config.macAddress,
  });
  return "";
};

const get: Command = (home, argv) => {
  const parsed = parse("get", argv, {
    positionals: ["name"],
    options: { "--format": "value" },
  });
  const [name = ""] = parsed.positionals;
  requireVm(home, name);
  const config = readConfig(home, name);
  const state = vmState(home, name);
  const value = {
    OS: config.os,
    CPU: config.cpuCount,
    Memory: config.memorySize / 1024 / 1024,
    Disk: config.diskSize,
    DiskFormat: config.diskFormat,
    Size: "12.345",
    Display: `${config.display.width}x${config.display.height}`,
    Running: state === "running",
    State: state,
  };
  return valueOf(parsed, "--format") === "json"
    ? `${JSON.stringify(value, null, 2)}\n`
    : `${Object.keys(value).join("\t")}\n${Object.values(value).join("\t")}\n`;
};

const list: Command = (home, argv) => {
  const parsed = parse("list", argv, {
    positionals: [],
    options: { "--source": "value", "--format": "value", "--quiet": "flag" },
    short: { "-q": "--quiet" },
  });
  const source = valueOf(parsed, "--source");
  if (source !== undefined && source !== "local" && source !== "oci") {
    throw usageError("list", `'${source}' is not a valid <source>`);
  }
  if (happens(home, "listFails")) {
    throw swiftError(
      'Error Domain=NSCocoaErrorDomain Code=260 "The file “disk.img” couldn’t be opened because there is no such file."',
    );
  }
  const rows = [
    ...(source === "oci" ? [] : localNames(home).map((name) => ({
      Source: "local",
      Name: name,
    }))),
    ...(source === "local" ? [] : remoteNames(home).map((name) => ({
      Source: "OCI",
      Name: name,
    }))),
  ];
  if (parsed.flags.has("--quiet")) {
    return rows.map(({ Name }) => `${Name}\n`).join("");
  }
  const full = rows.map(({ Source, Name }) => {
    const state = vmState(home, Name);
    const accessed = Deno.statSync(vmDir(home, Name)).mtime ?? new Date();
    return {
      Source,
      Name,
      Disk: readConfig(home, Name).diskSize,
      Size: 12,
      Accessed: accessed.toISOString().replace(/\.\d+Z$/, "Z"),
      Running: state === "running",
      State: state,
    };
  });
  if (valueOf(parsed, "--format") === "json") {
    return `${JSON.stringify(full, null, 2)}\n`;
  }
  return [
    "Source\tName\tDisk\tSize\tAccessed\tState",
    ...full.map((row) =>
      [row.Source, row.Name, row.Disk, row.Size, row.Accessed, row.State].join(
        "\t",
      )
    ),
    "",
  ].join("\n");
};

const stop: Command = async (home, argv) => {
  const parsed = parse("stop", argv, {
    positionals: ["name"],
    options: { "--timeout": "value" },
    short: { "-t": "--timeout" },
  });
  const [name = ""] = parsed.positionals;
  requireVm(home, name);
  if (vmState(home, name) === "suspended") {
    await Deno.remove(join(vmDir(home, name), "state.vzvmsave"));
    return "";
  }
  if (!isRunning(home, name)) throw notRunning(name);
  const pid = await runPid(home, name);
  signal(pid, "SIGINT");
  const secs = numberOf("stop", parsed, "--timeout") ?? 30;
  for (let tenths = secs * 10; tenths > 0; tenths--) {
    if (!isRunning(home, name)) return "";
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  signal(pid, "SIGKILL");
  while (isRunning(home, name)) {
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  return "";
};

async function runPid(home: string, name: string): Promise<number> {
  for (;;) {
    const pid = readRunState(home, name)?.pid;
    if (pid !== undefined) return pid;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

function signal(pid: number, name: Deno.Signal): void {
  try {
    Deno.kill(pid, name);
  } catch {
    // It has ended.
  }
}

const suspend: Command = async (home, argv) => {
  const [name = ""] =
    parse("suspend", argv, { positionals: ["name"], options: {} }).positionals;
  requireVm(home, name);
  if (!isRunning(home, name)) {
    throw notRunning(`VM "${name}" is not running`);
  }
  signal(await runPid(home, name), "SIGUSR1");
  return "";
};

const deleteVms: Command = (home, argv) => {
  const { positionals } = parse("delete", argv, {
    positionals: ["name"],
    options: {},
    rest: true,
  });
  for (const name of positionals) {
    if (!vmExists(home, name)) throw missingVm(name);
    if (isRunning(home, name) || happens(home, "deleteRunning")) {
      throw runtimeError(`VM "${name}" is running`);
    }
    remove(vmDir(home, name));
  }
  return "";
};

const ip: Command = async (home, argv) => {
  const parsed = parse("ip", argv, {
    positionals: ["name"],
    options: { "--wait": "value", "--resolver": "value" },
  });
  const [name = ""] = parsed.positionals;
  requireVm(home, name);
  const running = isRunning(home, name);
  const knobs = readKnobs(home);
  const found = knobs.ssh === null ? knobs.ip : addressOf(name);
  if (running && found !== null) return `${found}\n`;
  const wait = numberOf("ip", parsed, "--wait") ?? 0;
  await new Promise((resolve) => setTimeout(resolve, Math.max(1, wait) * 1000));
  throw runtimeError(
    `no IP address found${running ? "" : ", is your VM running?"}`,
  );
};

const create: Command = (home, argv) => {
  const parsed = parse("create", argv, {
    positionals: ["name"],
    options: {
      "--linux": "flag",
      "--from-ipsw": "value",
      "--disk-size": "value",
      "--disk-format": "value",
    },
  });
  const [name = ""] = parsed.positionals;
  createVm(home, name, {
    os: parsed.flags.has("--linux") ? "linux" : "darwin",
    diskSize: numberOf("create", parsed, "--disk-size") ?? 50,
  });
  return "";
};

const rename: Command = (home, argv) => {
  const [from = "", to = ""] = parse("rename", argv, {
    positionals: ["name", "new-name"],
    options: {},
  }).positionals;
  if (to.includes("/")) {
    throw usageError("rename", "<new-name> should be a local name");
  }
  requireVm(home, from);
  if (vmExists(home, to)) {
    throw usageError(
      "rename",
      `failed to rename VM ${from}, target VM ${to} already exists, delete it first!`,
    );
  }
  Deno.renameSync(vmDir(home, from), vmDir(home, to));
  return "";
};

const fqn: Command = (home, argv) => {
  const [name = ""] =
    parse("fqn", argv, { positionals: ["name"], options: {} }).positionals;
  requireVm(home, name);
  return name.includes("/")
    ? `${name.split(":")[0]}@sha256:${"0".repeat(64)}\n`
    : `${name}\n`;
};

const prune: Command = (home, argv) => {
  const parsed = parse("prune", argv, {
    positionals: [],
    options: {
      "--entries": "value",
      "--older-than": "value",
      "--space-budget": "value",
      "--gc": "flag",
    },
  });
  const criteria = ["--older-than", "--space-budget"].some((name) =>
    parsed.values.has(name)
  );
  if (!criteria && !parsed.flags.has("--gc")) {
    throw usageError(
      "prune",
      "at least one pruning criteria must be specified",
    );
  }
  if (valueOf(parsed, "--entries") === "vms") {
    for (const name of localNames(home)) {
      if (!isRunning(home, name)) remove(vmDir(home, name));
    }
  }
  return "";
};

/** The commands by name. */
export const commands: Readonly<Record<string, Command>> = {
  clone,
  pull,
  set,
  get,
  list,
  stop,
  suspend,
  delete: deleteVms,
  ip,
  create,
  rename,
  fqn,
  prune,
};
