/**
 * Folders of the host in the guest: the job's own mounts, and those that the
 * payloads of a staged command declare.
 *
 * @module
 */
import { isAbsolute, normalize } from "../../model/path.ts";
import { z } from "zod";
import { type Host, HostError } from "../../hosts/host.ts";
import type { CatalogIncusRuntime } from "../../model/catalog.ts";
import type { DiskDevice } from "./instance.ts";

/** Where a payload says what of it is mounted where. */
export const PAYLOAD_MANIFEST = "share/pikaci/payload-manifest.json";

const inside = z.string().refine(
  (path) =>
    !isAbsolute(path) && path !== "" && !path.split("/").includes("..") &&
    !path.includes("\0"),
  "must be a relative path without ..",
);
const target = z.string().refine(
  (path) =>
    isAbsolute(path) && normalize(path) === path && path !== "/" &&
    !path.includes("\0"),
  "must be an absolute normalised path below /",
);
const manifest = z.object({
  mounts: z.array(z.object({
    name: z.string().min(1),
    relative_path: inside,
    guest_path: target,
    read_only: z.literal(true).optional(),
  })).min(1),
});

/** Reads a manifest; rejects with an `Error` that says where it is wrong. */
export function parseManifest(text: string) {
  const found = manifest.safeParse(JSON.parse(text));
  if (found.success) return found.data.mounts;
  const [issue] = found.error.issues;
  throw new Error(`${issue?.path.join(".")}: ${issue?.message}`);
}

/** The disks of the payloads, by device name. */
export async function payloadDisks(
  host: Host,
  payloads: Readonly<Record<string, string>>,
): Promise<Readonly<Record<string, DiskDevice>>> {
  const disks: Record<string, DiskDevice> = {};
  let number = 0;
  for (const [id, root] of Object.entries(payloads)) {
    for (const mount of await mountsOf(host, id, root)) {
      disks[`pikaci-payload-${++number}`] = {
        source: mount.relative_path === "."
          ? root
          : `${root}/${normalize(mount.relative_path)}`,
        path: mount.guest_path,
        writable: false,
      };
    }
  }
  return disks;
}

async function mountsOf(host: Host, id: string, root: string) {
  const path = `${root}/${PAYLOAD_MANIFEST}`;
  const { code, stdout, stderr } = await host.run({ argv: ["cat", path] });
  const text = new TextDecoder();
  const problem = (why: string, cause?: unknown) =>
    new HostError(
      host.id,
      "mount payload",
      `Cannot mount the payload "${id}": ${path} on the host "${host.id}": ${why}`,
      { cause },
    );
  if (code !== 0) throw problem(text.decode(stderr).trim());
  try {
    return parseManifest(text.decode(stdout));
  } catch (error) {
    throw problem(
      error instanceof Error ? error.message : String(error),
      error,
    );
  }
}

/** The disks of the job's own mounts; a relative source lies in the workspace. */
export function mountDisks(
  { mounts = [] }: CatalogIncusRuntime,
  workspace: string,
): Readonly<Record<string, DiskDevice>> {
  return Object.fromEntries(
    mounts.map(({ source, path, writable = false }, index) => [
      `pikaci-mount-${index + 1}`,
      {
        source: isAbsolute(source) ? source : `${workspace}/${source}`,
        path,
        writable,
      },
    ]),
  );
}
