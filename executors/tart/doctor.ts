/** What `pikaci doctor` looks at where Tart jobs run, each with its remedy. */
import type { Host } from "../../hosts/host.ts";
import type { TartRuntimeConfig } from "../../model/runtime.ts";
import type { Check, ExecutorOptions } from "../executor.ts";
import { type TartClient, tartClient } from "./client.ts";
import {
  isOlder,
  leastMacos,
  leastTart,
  shortSocketTart,
  tartHostFacts,
} from "./preflight.ts";
import { tartSettings } from "./settings.ts";
import { listVms } from "./sweep.ts";

/** Below so much free space a clone of a macOS VM may fill the disk, in GiB. */
const leastDiskGib = 30;
/** Leases that live longer run out: a day's ones are few (tart FAQ). */
const longestLeaseSecs = 3600;
/** macOS VMs that a Mac runs. */
const slots = 2;
const dhcpDomain =
  "/Library/Preferences/SystemConfiguration/com.apple.InternetSharing.default.plist";

/** Looks at a host; without tart or without a Mac the rest is not asked for. */
export async function tartDoctor(
  host: Host,
  runtimes: readonly TartRuntimeConfig[],
  { env }: ExecutorOptions,
): Promise<readonly Check[]> {
  const client = tartClient(host, {
    runId: "doctor",
    jobId: "doctor",
    attempt: 1,
  });
  const { macos, appleSilicon, tart } = await tartHostFacts(client);
  const base = [
    macosCheck(macos),
    check("apple silicon", appleSilicon, appleSilicon ? "yes" : "no", [
      "macOS VMs want a Mac with Apple silicon: run the job on one by placement: ssh(...)",
    ]),
    tartCheck(tart),
  ];
  if (macos === null || tart === null) return base;
  const images = new Map(
    runtimes.map((runtime) => tartSettings(runtime, env))
      .map((settings) => [settings.image, settings.imageFrom]),
  );
  return [
    ...base,
    ...await Promise.all(
      [...images].map(([image, from]) => imageCheck(client, image, from)),
    ),
    await diskCheck(host),
    await leaseCheck(host),
    await keychainCheck(host),
    await slotsCheck(client),
  ];
}

function check(
  name: string,
  ok: boolean,
  found: string,
  [remedy]: readonly [string],
  otherwise: "warning" | "failed" = "failed",
): Check {
  return ok
    ? { name, status: "ok", found, remedy: null }
    : { name, status: otherwise, found, remedy };
}

function macosCheck(macos: string | null): Check {
  return check(
    "macos",
    macos !== null && !isOlder(macos, leastMacos),
    macos ?? "this is no Mac",
    [
      macos === null
        ? "Tart runs on Macs alone: run the job on one by placement: ssh(...)"
        : "tart exec wants macOS 14 or later: update macOS",
    ],
  );
}

function tartCheck(tart: string | null): Check {
  if (tart === null) {
    return check("tart", false, "not installed", [
      "brew install openai/tools/tart",
    ]);
  }
  if (isOlder(tart, leastTart)) {
    return check("tart", false, tart, [
      `tart exec crashes before ${leastTart.join(".")}: brew upgrade tart`,
    ]);
  }
  return check("tart", !isOlder(tart, shortSocketTart), tart, [
    `before ${
      shortSocketTart.join(".")
    } the path of TART_HOME must be short: brew upgrade tart`,
  ], "warning");
}

async function imageCheck(
  client: TartClient,
  image: string,
  from: string,
): Promise<Check> {
  const remote = image.includes("/");
  const { code } = await client.call(
    remote ? ["fqn", image] : ["get", "--format", "json", image],
  );
  const found = code === 0 ? image : `${image} (from ${from}) is not there`;
  return remote
    ? check("image", code === 0, found, [
      `the first job will pull it; do so now by: tart pull ${image}`,
    ], "warning")
    : check("image", code === 0, found, [
      `create it, for instance by: tart clone ghcr.io/cirruslabs/macos-sequoia-base:latest ${image}; or name another one by the job's image or PIKACI_TART_BASE_VM`,
    ]);
}

async function diskCheck(host: Host): Promise<Check> {
  const text = await ask(
    host,
    "df -Pk \"${TART_HOME:-$HOME}\" | awk 'NR == 2 { print $4 }'",
  );
  const gib = Math.floor(Number(text) / 1024 / 1024);
  return check("disk", gib >= leastDiskGib, `${gib} GiB free`, [
    `clones and images want ${leastDiskGib} GiB: free some, for instance by tart prune --entries caches --space-budget 50`,
  ], "warning");
}

async function leaseCheck(host: Host): Promise<Check> {
  const text = await ask(host, `defaults read ${dhcpDomain} bootpd`);
  const secs = Number(/DHCPLeaseTimeSecs\s*=\s*"?(\d+)/.exec(text)?.[1] ?? NaN);
  const ok = secs <= longestLeaseSecs;
  return check(
    "dhcp lease",
    ok,
    Number.isNaN(secs) ? "a day, macOS's own" : `${secs} s`,
    [
      `every VM takes one of some 250 addresses for so long: sudo defaults write ${dhcpDomain} bootpd -dict DHCPLeaseTimeSecs -int 600`,
    ],
    "warning",
  );
}

async function keychainCheck(host: Host): Promise<Check> {
  const text = await ask(
    host,
    "security show-keychain-info login.keychain-db >/dev/null 2>&1 && echo open",
  );
  return check(
    "keychain",
    text === "open",
    text === "open" ? "open" : "locked",
    [
      "without a session of the desktop VMs do not start while the login keychain is locked: security unlock-keychain login.keychain-db",
    ],
    "warning",
  );
}

async function slotsCheck(client: TartClient): Promise<Check> {
  const running = (await listVms(client))
    .filter(({ state }) => state === "running").map(({ name }) => name);
  const free = Math.max(0, slots - running.length);
  return check(
    "vm slots",
    free > 0,
    running.length === 0
      ? `${free} free`
      : `${free} free, running: ${running.join(", ")}`,
    ["jobs wait until one of these ends: tart stop NAME"],
    "warning",
  );
}

async function ask(host: Host, script: string): Promise<string> {
  const { stdout } = await host.run({ argv: ["/bin/sh", "-c", script] });
  return new TextDecoder().decode(stdout).trim();
}
