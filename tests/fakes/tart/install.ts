/**
 * Puts the fake on a PATH, with the tools by which macOS is known.
 *
 * What it needs of the environment is written into the wrapper, so that it is
 * the same however it is called: from here, or over ssh.
 */
import { join } from "@std/path";
import { quote } from "../../../model/command.ts";
import type { Knobs } from "./knobs.ts";
import { createVm, localNames, type VmConfig } from "./vms.ts";

/** A call of the fake. */
export interface Call {
  readonly call: "start" | "end";
  readonly pid: number;
  /** Milliseconds since 1970. */
  readonly t: number;
  readonly argv: readonly string[];
  /** Some of its environment; with "start". */
  readonly env?: Readonly<Record<string, string>>;
  readonly exit?: number;
  readonly signal?: string;
}

/** An installed fake. */
export interface FakeTart {
  /** Folder to be put on PATH. */
  readonly bin: string;
  /** TART_HOME. */
  readonly home: string;
  /** Folder with the locks of the machine's VM slots. */
  readonly limit: string;
  /** PATH with the fake first. */
  readonly path: string;
  /** Sets knobs; the others keep their place. */
  turn(knobs: Partial<Knobs>): void;
  /** Makes a VM. */
  addVm(name: string, config?: Partial<VmConfig>): void;
  /** Names of the VMs that are there. */
  vms(): readonly string[];
  /** Every call so far. */
  calls(): readonly Call[];
  /** The starts of one command. */
  starts(command: string): readonly Call[];
}

/** What the machine of the fake says of itself. */
export interface InstallOptions {
  /** macOS's version; null: it is not macOS. Default "15.5". */
  readonly macos?: string | null;
  /** Whether it has Apple silicon; default true. */
  readonly appleSilicon?: boolean;
  /** Seconds that a DHCP lease lasts; null: macOS's own. Default 600. */
  readonly dhcpLeaseSecs?: number | null;
  /** Whether the login keychain is open; default true. */
  readonly keychainOpen?: boolean;
  /** Free space of every disk, in GiB; default: as it is. */
  readonly diskFreeGib?: number;
  /** Whether tart itself is there; default true. */
  readonly tart?: boolean;
}

/** Installs the fake below a folder. */
export function installFakeTart(
  folder: string,
  options: InstallOptions = {},
): FakeTart {
  const bin = join(folder, "bin");
  const home = join(folder, "tart");
  const limit = join(folder, "limit");
  for (const path of [bin, home, limit]) {
    Deno.mkdirSync(path, { recursive: true });
  }
  const tool = (name: string, lines: readonly string[]): void =>
    Deno.writeTextFileSync(
      join(bin, name),
      ["#!/bin/sh", ...lines, ""].join("\n"),
      { mode: 0o755 },
    );
  const { macos = "15.5", appleSilicon = true, dhcpLeaseSecs = 600 } = options;
  const config = new URL("../../../deno.json", import.meta.url).pathname;
  const main = new URL("main.ts", import.meta.url).pathname;
  const variables = Object.entries({
    TART_HOME: home,
    FAKE_TART_LIMIT: limit,
    DENO_DIR: Deno.env.get("DENO_DIR") ??
      join(Deno.env.get("HOME") ?? "/", ".cache", "deno"),
    DENO_NO_UPDATE_CHECK: "1",
  });
  if (options.tart ?? true) {
    tool("tart", [
      ...variables.map(([name, value]) => `export ${name}=${quote(value)}`),
      `exec ${quote(Deno.execPath())} run -A --quiet --no-lock --config ${
        quote(decodeURIComponent(config))
      } ${quote(decodeURIComponent(main))} "$@"`,
    ]);
  }
  if (macos !== null) {
    tool("sw_vers", [
      `case $1 in -productVersion|--productVersion) echo ${
        quote(macos)
      } ;; -productName|--productName) echo macOS ;; *) exit 1 ;; esac`,
    ]);
    tool("sysctl", [
      `case "$2" in hw.optional.arm64) echo ${
        appleSilicon ? 1 : 0
      } ;; *) exit 1 ;; esac`,
    ]);
    tool("defaults", [
      dhcpLeaseSecs === null
        ? 'echo "The domain/default pair does not exist" >&2; exit 1'
        : `printf '{\\n    DHCPLeaseTimeSecs = ${dhcpLeaseSecs};\\n}\\n'`,
    ]);
    tool("security", [(options.keychainOpen ?? true) ? "exit 0" : "exit 36"]);
    if (options.diskFreeGib !== undefined) {
      tool("df", [
        `printf 'Filesystem 1024-blocks Used Available Capacity Mounted on\\n/dev/disk3s5 1 1 ${
          options.diskFreeGib * 1024 * 1024
        } 1%% /\\n'`,
      ]);
    }
  }
  const calls = (): readonly Call[] => {
    try {
      return Deno.readTextFileSync(join(home, "calls.jsonl")).trim().split("\n")
        .filter((line) => line !== "").map((line) => JSON.parse(line));
    } catch {
      return [];
    }
  };
  const knobs = join(home, "fake.json");
  return {
    bin,
    home,
    limit,
    path: `${bin}:${Deno.env.get("PATH") ?? "/usr/bin:/bin"}`,
    turn(change) {
      let current = {};
      try {
        current = JSON.parse(Deno.readTextFileSync(knobs));
      } catch {
        // No knob was turned yet.
      }
      Deno.writeTextFileSync(knobs, JSON.stringify({ ...current, ...change }));
    },
    addVm: (name, config) => createVm(home, name, config),
    vms: () => localNames(home),
    calls,
    starts: (command) =>
      calls().filter(({ call, argv }) =>
        call === "start" && argv[0] === command
      ),
  };
}
