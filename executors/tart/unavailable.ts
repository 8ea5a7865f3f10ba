/** What a Tart job can ask for and not every place has. */
import type { CatalogJob } from "../../model/catalog.ts";
import type { TartRuntimeConfig } from "../../model/runtime.ts";

/**
 * Why a job cannot run; null: it can. It is refused before anything starts,
 * rather than run as something else than it says.
 */
export function tartUnavailable(
  { runtimeConfig, caches, placement }: CatalogJob,
): string | null {
  if (runtimeConfig.kind !== "tart") return null;
  return placement.kind === "orchard"
    ? fleetUnavailable(runtimeConfig, caches)
    : null;
}

/** What needs the disk of one Mac: which Mac of a fleet it will be nobody knows before. */
function fleetUnavailable(
  { channel, mounts, mountHostRustToolchain, useHostXcode, user, xcodeApp }:
    TartRuntimeConfig,
  caches: CatalogJob["caches"],
): string | null {
  if (channel === "ssh") {
    return "The controller of a fleet carries the commands of its jobs: leave `channel` out";
  }
  if (caches.length > 0) {
    return "Caches cannot be used on a fleet: its Macs share no disk with this machine";
  }
  if (mounts !== undefined && mounts.length > 0) {
    return "Folders cannot be mounted on a fleet: put them in the image, or in the workspace";
  }
  if (mountHostRustToolchain === true) {
    return "A toolchain cannot be mounted on a fleet: install it in the image";
  }
  if (user !== undefined) {
    return "Jobs on a fleet run as the user whom its controller logs in: leave `user` out";
  }
  return useHostXcode === true || xcodeApp !== undefined
    ? "The host's Xcode cannot be mounted on a fleet: use an image with Xcode"
    : null;
}
