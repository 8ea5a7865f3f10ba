/**
 * Files between this machine and a host, wherever that is.
 *
 * On this machine they are copied; to and from another host they travel as one
 * tar stream.
 *
 * @module
 */
import type { Host } from "../hosts/host.ts";
import { collect, type CollectOptions } from "./collect.ts";
import type { Collected } from "./collected.ts";
import { place, type PlaceOptions } from "./place.ts";

/** Collects files from a folder of a host into a folder of this machine. */
export async function collectFrom(
  host: Host,
  options: CollectOptions,
): Promise<Collected> {
  if (host.kind === "local") return await collect(options);
  const { collectRemote }: typeof import("./_remote_files.ts") = await import(
    import.meta.resolve("./_remote_files.ts")
  );
  return await collectRemote(host, options);
}

/** Places artifacts of this machine in a workspace on a host. */
export async function placeOn(
  host: Host,
  options: PlaceOptions,
): Promise<Collected> {
  if (host.kind === "local") return await place(options);
  const { placeRemote }: typeof import("./_remote_files.ts") = await import(
    import.meta.resolve("./_remote_files.ts")
  );
  return await placeRemote(host, options);
}
