/** `tart run`: in the foreground for the VM's life. */
import { join } from "@std/path";
import { serveAgent } from "./agent.ts";
import { parse, type Parsed, type Syntax } from "./arguments.ts";
import { runtimeError, TartError, usageError } from "./errors.ts";
import { type Guest, startGuest } from "./guest.ts";
import { happens, type Knobs, readKnobs } from "./knobs.ts";
import { startSshd } from "./sshd.ts";
import {
  automountTag,
  isRunning,
  localNames,
  lockHome,
  lockVm,
  readConfig,
  requireVm,
  type SharedDir,
  vmDir,
  vmExists,
} from "./vms.ts";

const syntax: Syntax = {
  positionals: ["name"],
  options: {
    "--no-graphics": "flag",
    "--graphics": "flag",
    "--vnc": "flag",
    "--vnc-experimental": "flag",
    "--capture-system-keys": "flag",
    "--no-trackpad": "flag",
    "--no-pointer": "flag",
    "--no-keyboard": "flag",
    "--no-audio": "flag",
    "--no-clipboard": "flag",
    "--serial": "flag",
    "--serial-path": "value",
    "--rosetta": "value",
    "--nested": "flag",
    "--disk": "list",
    "--root-disk-opts": "value",
    "--dir": "list",
    "--net-bridged": "list",
    "--net-softnet": "flag",
    "--net-softnet-allow": "value",
    "--net-softnet-block": "value",
    "--net-softnet-expose": "value",
    "--net-host": "flag",
    "--recovery": "flag",
    "--suspendable": "flag",
  },
};

/** Runs a VM to its end. */
export async function run(
  home: string,
  limitDir: string,
  argv: readonly string[],
): Promise<number> {
  const parsed = parse("run", argv, syntax);
  const [name = ""] = parsed.positionals;
  // Thrown in validate(): the parser wraps it, so the code is 1 and not 2.
  if (!vmExists(home, name)) {
    throw new TartError(
      `Error: the specified VM "${name}" does not exist\n`,
      1,
    );
  }
  const dirs = sharedDirs(parsed);
  oneNetwork(parsed);
  requireVm(home, name);
  const knobs = readKnobs(home);
  const started = start(home, limitDir, name, dirs, parsed);
  return await live(home, name, dirs, parsed, knobs, started);
}

/** Takes the locks; throws what keeps the VM from starting. */
function start(
  home: string,
  limitDir: string,
  name: string,
  dirs: readonly SharedDir[],
  parsed: Parsed,
): readonly Deno.FsFile[] {
  using _home = lockHome(home);
  const lock = lockVm(home, name);
  if (lock === null) throw runtimeError(`VM "${name}" is already running!`, 2);
  const limited = happens(home, "limitExceeded");
  const slot = readConfig(home, name).os !== "darwin"
    ? lock
    : limited
    ? null
    : takeSlot(limitDir, readKnobs(home).slots);
  if (slot === null) throw limitError(home, name);
  if (happens(home, "bootFail")) {
    throw runtimeError(
      'Error Domain=VZErrorDomain Code=1 "Internal Virtualization error. The virtual machine failed to start."',
    );
  }
  for (const { path } of dirs) {
    try {
      if (Deno.statSync(path).isDirectory) continue;
    } catch {
      // Told below.
    }
    throw runtimeError(
      `Error Domain=VZErrorDomain Code=2 "A directory sharing device configuration is invalid." directory "${path}" does not exist`,
    );
  }
  Deno.writeTextFileSync(
    join(vmDir(home, name), "run.json"),
    JSON.stringify({
      pid: Deno.pid,
      dirs,
      suspendable: parsed.flags.has("--suspendable"),
    }),
  );
  return [lock, slot];
}

async function live(
  home: string,
  name: string,
  dirs: readonly SharedDir[],
  parsed: Parsed,
  knobs: Knobs,
  locks: readonly Deno.FsFile[],
): Promise<number> {
  const end = Promise.withResolvers<readonly [string, number]>();
  const dir = vmDir(home, name);
  const agent = Promise.withResolvers<Guest>();
  agent.promise.catch(() => {});
  const guests: Guest[] = [];
  Deno.addSignalListener("SIGINT", () => {
    if (knobs.ignoreSigint) return;
    setTimeout(() => end.resolve(["Stopping VM...", 0]), knobs.stopMs);
  });
  Deno.addSignalListener("SIGUSR1", () => {
    if (parsed.flags.has("--suspendable")) {
      Deno.writeTextFileSync(join(dir, "state.vzvmsave"), "state");
      end.resolve([
        "pausing VM to take a snapshot...\ncreating a snapshot...\nsnapshot created successfully! shutting down the VM...",
        0,
      ]);
    } else {
      end.resolve([
        'Failed to suspend the VM: Error Domain=VZErrorDomain Code=3 "The configuration does not support saving."',
        1,
      ]);
    }
  });
  Deno.addSignalListener("SIGUSR2", () => {
    print("Requesting guest OS to stop...");
  });
  const state = join(dir, "state.vzvmsave");
  try {
    await Deno.remove(state);
    print("restoring VM state from a snapshot...\nresuming VM...");
  } catch {
    // It was not suspended.
  }
  // By its bare name: the whole path may be longer than a socket's can be.
  Deno.chdir(dir);
  try {
    await Deno.remove("control.sock");
  } catch {
    // There was none.
  }
  const listener = Deno.listen({ transport: "unix", path: "control.sock" });
  const serving = serveAgent(listener, agent.promise, knobs.agentTimeoutMs);
  const boot = async () => {
    await delay(knobs.bootMs);
    if (happens(home, "bootCrash")) {
      end.resolve([crashLine, 0]);
      return;
    }
    if (knobs.agentNever) return;
    const started = await startGuest(home, name, dirs, knobs);
    guests.push(started);
    if (knobs.ssh !== null) await startSshd(started, name, knobs.ssh);
    started.event.then((word) =>
      end.resolve([
        word === "crash" ? crashLine : "guest has stopped the virtual machine",
        0,
      ])
    );
    if (knobs.ssh === null) agent.resolve(started);
  };
  boot().catch((error) => end.resolve([String(error), 1]));
  const [line, code] = await end.promise;
  print(line);
  serving[Symbol.dispose]();
  for (const guest of guests) await guest.end();
  for (const lock of new Set(locks)) lock.close();
  return code;
}

const crashLine =
  'guest has stopped the virtual machine due to error: Error Domain=VZErrorDomain Code=1 "The virtual machine stopped unexpectedly."';

/** Parses `--dir [name:]PATH[:ro][,tag=T]` as Run.swift does. */
function sharedDirs(parsed: Parsed): SharedDir[] {
  const dirs = (parsed.values.get("--dir") ?? []).map((text): SharedDir => {
    const parts = text.split(":");
    const options = (parts.at(-1) ?? "").split(",");
    const consumed = parts.length > 1 &&
      options.some((option) => option === "ro" || option.startsWith("tag="));
    if (consumed) parts.pop();
    const [first = "", ...rest] = parts;
    const tag = consumed
      ? options.find((option) => option.startsWith("tag="))?.slice(4)
      : undefined;
    return {
      tag: tag ?? automountTag,
      name: rest.length > 0 ? first : null,
      path: rest.length > 0 ? rest.join(":") : first,
      ro: consumed && options.includes("ro"),
    };
  });
  for (const [, own] of Map.groupBy(dirs, ({ tag }) => tag)) {
    if (own.length > 1 && own.some(({ name }) => name === null)) {
      throw usageError(
        "run",
        "invalid --dir syntax: for multiple directory shares each one of them should be named",
      );
    }
  }
  return dirs;
}

function oneNetwork({ flags, values }: Parsed): void {
  const softnet = flags.has("--net-softnet") ||
    [...values.keys()].some((name) => name.startsWith("--net-softnet-"));
  const kinds = [softnet, flags.has("--net-host"), values.has("--net-bridged")];
  if (kinds.filter(Boolean).length > 1) {
    throw usageError(
      "run",
      "--net-bridged, --net-softnet and --net-host are mutually exclusive",
    );
  }
}

/** A slot of the machine; null: all are taken. */
function takeSlot(limitDir: string, slots: number): Deno.FsFile | null {
  Deno.mkdirSync(limitDir, { recursive: true });
  for (let slot = 0; slot < slots; slot++) {
    const file = Deno.openSync(join(limitDir, `${slot}.lock`), {
      create: true,
      write: true,
    });
    if (file.tryLockSync(true)) return file;
    file.close();
  }
  return null;
}

function limitError(home: string, name: string): TartError {
  const others = localNames(home).filter((other) =>
    other !== name && isRunning(home, other)
  );
  const hint = others.length === 0
    ? ""
    : ` (other running VMs: ${others.join(", ")})`;
  return runtimeError(
    `The number of VMs exceeds the system limit${hint}`,
  );
}

function print(line: string): void {
  try {
    Deno.stdout.writeSync(new TextEncoder().encode(`${line}\n`));
  } catch {
    // Nobody reads it.
  }
}

function delay(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
