/**
 * The workspace in the guest: a folder of the host, or a copy by tar where the
 * instance is on another machine than the folder.
 *
 * @module
 */
import { HostError } from "../../hosts/host.ts";
import { quote } from "../../model/command.ts";
import { textField } from "./_json.ts";
import type { IncusClient } from "./client.ts";
import { instancePath } from "./deletion.ts";
import { guestPaths, type GuestWorkspace } from "./guest_script.ts";
import type { Server } from "./image.ts";
import { type DiskDevice, diskDevice } from "./instance.ts";

/** The disk of a workspace; a writable one is a layer over it. */
export function workspaceDisk(source: string, writable: boolean): DiskDevice {
  return {
    source,
    path: writable ? guestPaths.lower : guestPaths.workspace,
    writable: false,
  };
}

/** Name of the workspace's device. */
export const WORKSPACE_DEVICE = "pikaci-workspace";

/** Whether the folders of the host are where the instance will be, as far as that can be known before. */
export function isHere(server: Server, target: string | undefined): boolean {
  return server.member === null || server.member === target;
}

/** The cluster member on which an instance is. */
export async function locationOf(
  client: IncusClient,
  instance: string,
): Promise<string> {
  const found = await client.get("locate instance", instancePath(instance));
  return textField(found, "location") ?? "none";
}

/** Adds the workspace to an instance that runs: as a disk where it is here, else as a copy. */
export async function addWorkspace(
  client: IncusClient,
  instance: string,
  { source, writable, here }: {
    readonly source: string;
    readonly writable: boolean;
    readonly here: boolean;
  },
): Promise<GuestWorkspace> {
  if (!here) {
    await copyIn(client, instance, source);
    return writable ? "copied" : "sealed copy";
  }
  await client.change("add workspace", {
    method: "PATCH",
    path: instancePath(instance),
    body: {
      devices: {
        [WORKSPACE_DEVICE]: diskDevice(workspaceDisk(source, writable), false),
      },
    },
  });
  return writable ? "layered" : "mounted";
}

/** Both ends of the pipe are on the host: the files do not come by this machine. */
async function copyIn(
  client: IncusClient,
  instance: string,
  source: string,
): Promise<void> {
  const { host } = client.access;
  const unpack =
    `mkdir -p ${guestPaths.workspace} && exec tar -C ${guestPaths.workspace} -xf -`;
  const exec = client.execArgv({
    instance,
    argv: ["/bin/sh", "-c", unpack],
    stdin: new Uint8Array(),
  });
  const { code, stderr } = await host.run({
    argv: [
      "/bin/sh",
      "-c",
      `{ tar -C "$1" -cf - . || echo "tar of $1 failed" >&2; } | ${
        exec.map(quote).join(" ")
      }`,
      "sh",
      source,
    ],
  });
  const complaint = new TextDecoder().decode(stderr).trim();
  if (code === 0 && !complaint.includes(`tar of ${source} failed`)) return;
  throw new HostError(
    host.id,
    "send workspace",
    `Cannot send the workspace to the instance "${instance}": ${
      complaint || `exit code ${code}`
    }`,
  );
}
