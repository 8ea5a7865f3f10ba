/** What `pikaci doctor` looks at where Incus jobs run. */
import { type Host, HostError } from "../../hosts/host.ts";
import type { CatalogIncusRuntime } from "../../model/catalog.ts";
import type { Check } from "../executor.ts";
import { incusClient } from "./client.ts";
import { imageFingerprint, readServer } from "./image.ts";

/** Asks the daemon of a host for itself and for the images of the jobs. */
export async function incusDoctor(
  host: Host,
  runtimes: readonly CatalogIncusRuntime[],
): Promise<readonly Check[]> {
  const checks: Check[] = [];
  const known = new Set<string>();
  const add = async (
    name: string,
    found: () => Promise<string>,
    remedy: string,
  ): Promise<boolean> => {
    try {
      checks.push({ name, status: "ok", found: await found(), remedy: null });
      return true;
    } catch (error) {
      if (!(error instanceof HostError)) throw error;
      checks.push({ name, status: "failed", found: error.message, remedy });
      return false;
    }
  };
  for (const { image, project = null, sudo = false } of runtimes) {
    const key = JSON.stringify([project, sudo, image]);
    if (known.has(key)) continue;
    known.add(key);
    const client = incusClient({ host, project, sudo });
    const reachable = checks.some(({ status }) => status === "ok") ||
      await add(
        "incus",
        async () => `drivers ${(await readServer(client)).drivers.join(", ")}`,
        "install incus, start its daemon, and let this user use it: sudo usermod -aG incus-admin USER",
      );
    if (!reachable) break;
    await add(
      "image",
      async () =>
        `${image} ${(await imageFingerprint(client, image)).slice(0, 12)}`,
      `import it: incus image copy REMOTE:IMAGE local: --alias ${image}`,
    );
  }
  return checks;
}
