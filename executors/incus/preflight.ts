/** What is known of an Incus job before it starts: its image, and what the daemon will not do well. */
import type { Host } from "../../hosts/host.ts";
import type { CatalogIncusRuntime } from "../../model/catalog.ts";
import type { Preflight } from "../executor.ts";
import { textField } from "./_json.ts";
import { incusClient } from "./client.ts";
import {
  imageFingerprint,
  profileDevices,
  readServer,
  unsupported,
} from "./image.ts";

/** Looks; rejects with a `HostError` when the daemon cannot be asked. */
export async function incusPreflight(
  host: Host,
  runtime: CatalogIncusRuntime,
): Promise<Preflight> {
  const client = incusClient({
    host,
    project: runtime.project ?? null,
    sudo: runtime.sudo ?? false,
  });
  // First: an image that is missing as well is none of its matters.
  const refusal = runtime.instance === "vm"
    ? unsupported(client, await readServer(client), runtime)
    : null;
  if (refusal !== null) return { image: null, notices: [refusal], refusal };
  const image = await imageFingerprint(client, runtime.image);
  if (runtime.rootDiskGib === undefined) {
    return { image, notices: [], refusal: null };
  }
  const devices = await profileDevices(client, runtime);
  const root = Object.values(devices).find(({ path }) => path === "/");
  const pool = runtime.storage ?? root?.pool ?? "default";
  const path = `/1.0/storage-pools/${encodeURIComponent(pool)}`;
  const driver = textField(await client.get("look at pool", path), "driver");
  return {
    image,
    notices: driver === "btrfs"
      ? [
        `rootDiskGib turns on quotas for the whole btrfs pool "${pool}" on the host "${host.id}": they stay on, slow every instance down and are loose. Leave it out, or name a pool of its own by storage`,
      ]
      : [],
    refusal: null,
  };
}
