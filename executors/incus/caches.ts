/**
 * Caches as volumes: a folder of the host that the guest may write would let its
 * root leave setuid files there.
 *
 * The cache's folder on the host holds the name of its volume. A folder that was
 * started as a copy of an older key's holds that one's: so the volume starts as a
 * copy as well.
 *
 * @module
 */
import { type Host, HostError } from "../../hosts/host.ts";
import type { IncusClient } from "./client.ts";
import { type DiskDevice, shortHash } from "./instance.ts";

/** Where caches are in the guest. */
const guestFolder = "/var/cache/pikaci";
const marker = "incus-volume";

/** Label of the folder that a volume belongs to. */
export const CACHE_LABEL = "user.pikaci.cache";

/** Caches as the guest gets them. */
export interface GuestCaches {
  readonly disks: Readonly<Record<string, DiskDevice>>;
  /** Variable to path in the guest. */
  readonly env: Readonly<Record<string, string>>;
}

/** Finds or makes the volumes of caches; the caller holds their leases. */
export async function cacheVolumes(
  client: IncusClient,
  caches: Readonly<Record<string, string>>,
  pool: string,
): Promise<GuestCaches> {
  const disks: Record<string, DiskDevice> = {};
  const env: Record<string, string> = {};
  for (const [variable, folder] of Object.entries(caches)) {
    const path = `${guestFolder}/${variable}`;
    const source = await volume(client, folder, pool);
    disks[`pikaci-cache-${Object.keys(disks).length + 1}`] = {
      ...{ source, path, pool },
      writable: true,
    };
    env[variable] = path;
  }
  return { disks, env };
}

async function volume(
  client: IncusClient,
  folder: string,
  pool: string,
): Promise<string> {
  const { host } = client.access;
  const name = `pikaci-cache-${await shortHash([pool, folder])}`;
  if (await exists(client, pool, name)) return name;
  const former = await readMarker(host, folder);
  const copied = former !== null && former !== name &&
    await exists(client, pool, former);
  await client.change("make cache volume", {
    method: "POST",
    path: `/1.0/storage-pools/${encodeURIComponent(pool)}/volumes`,
    body: {
      name,
      type: "custom",
      content_type: "filesystem",
      config: { [CACHE_LABEL]: folder, "security.shifted": "true" },
      ...(copied ? { source: { type: "copy", name: former, pool } } : {}),
    },
  });
  await host.files.writeFile(
    `${folder}/${marker}`,
    new TextEncoder().encode(name),
    0o600,
  );
  return name;
}

async function exists(
  client: IncusClient,
  pool: string,
  name: string,
): Promise<boolean> {
  const path = `/1.0/storage-pools/${encodeURIComponent(pool)}/volumes/custom/${
    encodeURIComponent(name)
  }`;
  return await client.get("look at cache volume", path) !== null;
}

async function readMarker(host: Host, folder: string): Promise<string | null> {
  const { code, stdout } = await host.run({
    argv: ["cat", `${folder}/${marker}`],
  });
  return code === 0 ? new TextDecoder().decode(stdout).trim() : null;
}

/** The pool in which volumes are made: that of the root disk. */
export function poolOf(
  client: IncusClient,
  pool: string | undefined,
): string {
  if (pool !== undefined) return pool;
  const { host } = client.access;
  throw new HostError(
    host.id,
    "make cache volume",
    `Cannot make a volume for a cache on the host "${host.id}": the profiles have no root disk, so name a pool by storage`,
  );
}
