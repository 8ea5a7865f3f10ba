/** This machine among others, and its starts. */
import { runProcess } from "./process.ts";

/**
 * The name by which this machine's processes are known elsewhere, the same
 * after a restart: on Linux its host name and a part of its machine id
 * (machine-id(5)), as host names repeat. A Mac takes another host name with
 * another network, so that it is known by its hardware's id alone.
 */
export async function machineName(): Promise<string> {
  const name = Deno.hostname().replace(/[^A-Za-z0-9._-]/g, "-");
  if (Deno.build.os === "darwin") {
    const text = await ask([
      "/usr/sbin/ioreg",
      ...["-rd1", "-c", "IOPlatformExpertDevice"],
    ]);
    const id = /"IOPlatformUUID"\s*=\s*"([0-9A-Fa-f-]+)"/.exec(text)?.[1];
    return id === undefined ? name : `mac-${id.toLowerCase()}`;
  }
  const id = read("/etc/machine-id");
  return id === "" ? name : `${name}-${id.slice(0, 8)}`;
}

/** Names the start of this machine, another one after every restart; empty where the system does not tell. */
export async function bootName(): Promise<string> {
  return Deno.build.os === "darwin"
    ? await ask(["/usr/sbin/sysctl", "-n", "kern.bootsessionuuid"])
    : read("/proc/sys/kernel/random/boot_id");
}

function read(path: string): string {
  try {
    return Deno.readTextFileSync(path).trim();
  } catch {
    return "";
  }
}

async function ask(argv: readonly [string, ...string[]]): Promise<string> {
  try {
    const { code, stdout } = await runProcess({ argv });
    return code === 0 ? new TextDecoder().decode(stdout).trim() : "";
  } catch {
    return "";
  }
}
