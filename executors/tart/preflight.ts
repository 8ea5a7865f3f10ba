/** What a host must have before a VM can run on it. */
import { HostError } from "../../hosts/host.ts";
import { EXIT_NO_VM, type TartClient } from "./client.ts";
import { complaint } from "./client.ts";
import type { TartSettings } from "./settings.ts";
import { LONGEST_NAME } from "./vm_name.ts";

/** What a host says of itself. */
export interface TartHostFacts {
  /** Version of macOS; null: it is no macOS. */
  readonly macos: string | null;
  /** Whether it has Apple silicon. */
  readonly appleSilicon: boolean;
  /** Version of Tart; null: it is not installed. */
  readonly tart: string | null;
  /** Where Tart keeps its VMs. */
  readonly home: string;
}

/** Oldest macOS with `tart exec`. */
export const leastMacos = [14];
/** Before it, `tart exec` crashes unless its output is a terminal. */
export const leastTart = [2, 28, 3];
/** Before it, the path of a VM's control socket must be short. */
export const shortSocketTart = [2, 30, 6];
/** Most bytes of a socket's path on macOS (unix(4), `sun_path`). */
const longestSocket = 103;

/** Asks a host in one call. */
export async function tartHostFacts(
  client: Pick<TartClient, "host">,
): Promise<TartHostFacts> {
  // hw.optional.arm64 is 1 under Rosetta too, where `uname -m` says x86_64.
  const script =
    `PATH="$PATH:/opt/homebrew/bin:/usr/local/bin:/usr/sbin"; export PATH
sw_vers -productVersion 2>/dev/null || echo
sysctl -n hw.optional.arm64 2>/dev/null || echo
command -v tart >/dev/null 2>&1 && CI=1 tart --version 2>/dev/null || echo
echo "\${TART_HOME:-$HOME/.tart}"
`;
  const { stdout } = await client.host.run({
    argv: ["/bin/sh", "-c", script],
  });
  const [macos = "", silicon = "", tart = "", home = ""] = new TextDecoder()
    .decode(stdout).split("\n").map((line) => line.trim());
  return {
    macos: macos === "" ? null : macos,
    appleSilicon: silicon === "1",
    tart: tart === "" ? null : tart,
    home,
  };
}

/** Why no VM can run on a host; null: it can. */
export function hostProblem(facts: TartHostFacts): string | null {
  const { macos, appleSilicon, tart } = facts;
  if (macos === null) {
    return "it is no Mac. Run the job on one: `placement: ssh(...)`";
  }
  if (!appleSilicon) {
    return "it has no Apple silicon, which virtual machines of macOS want";
  }
  if (isOlder(macos, leastMacos)) {
    return `it has macOS ${macos}, \`tart exec\` wants 14 or later: update it`;
  }
  if (tart === null) {
    return "tart is not installed. Install it: brew install openai/tools/tart";
  }
  if (isOlder(tart, leastTart)) {
    return `it has tart ${tart}, pikaci wants ${
      leastTart.join(".")
    } or later: brew upgrade tart`;
  }
  const socket = `${facts.home}/vms/${"x".repeat(LONGEST_NAME)}/control.sock`;
  const length = new TextEncoder().encode(socket).length;
  if (isOlder(tart, shortSocketTart) && length > longestSocket) {
    return `it has tart ${tart}, which cannot reach VMs in "${facts.home}": the path is ${
      length - longestSocket
    } bytes too long. brew upgrade tart, or set TART_HOME to a shorter path`;
  }
  return null;
}

/** Whether a version is older; "SNAPSHOT" is not. */
export function isOlder(version: string, than: readonly number[]): boolean {
  const parts = version.split(".").map(Number);
  for (const [i, wanted] of than.entries()) {
    const part = parts[i] ?? 0;
    if (Number.isNaN(part)) return false;
    if (part !== wanted) return part < wanted;
  }
  return false;
}

/** Rejects unless VMs can run on the host. */
export async function requireTart(client: TartClient): Promise<TartHostFacts> {
  const facts = await tartHostFacts(client);
  const problem = hostProblem(facts);
  if (problem === null) return facts;
  const { id } = client.host;
  throw new HostError(
    id,
    "preflight",
    `Tart jobs cannot run on the host "${id}": ${problem}`,
  );
}

/**
 * Makes sure of the image and returns what it is: its name, or for a remote one
 * its digest. A pull that fails is no failure while the image is cached.
 */
export async function requireImage(
  client: TartClient,
  { image, imageFrom }: TartSettings,
  signal: AbortSignal,
): Promise<string> {
  const { id } = client.host;
  const missing = (how: string): HostError =>
    new HostError(
      id,
      "image",
      `Tart has no VM "${image}" on the host "${id}" (from ${imageFrom}): ${how}`,
    );
  if (!image.includes("/")) {
    const got = await client.call(["get", "--format", "json", image], {
      signal,
    });
    if (got.code === EXIT_NO_VM) {
      throw missing(
        `create it there, for instance by \`tart clone ghcr.io/cirruslabs/macos-sequoia-base:latest ${image}\`, or name another one by the job's image or PIKACI_TART_BASE_VM`,
      );
    }
    if (got.code !== 0) {
      throw new HostError(
        id,
        "image",
        `The VM "${image}" (from ${imageFrom}) cannot be used on the host "${id}": ${
          complaint(got)
        }`,
      );
    }
    return image;
  }
  const pulled = await client.call(["pull", image], { signal });
  const name = await client.call(["fqn", image], { signal });
  if (name.code === 0) return name.stdout.trim();
  throw missing(
    pulled.code === 0
      ? complaint(name)
      : `it cannot be pulled: ${complaint(pulled)}`,
  );
}
