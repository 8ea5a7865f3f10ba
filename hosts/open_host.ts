/** Opening the host that a placement names. */
import type { CatalogHost } from "../model/catalog.ts";
import type { Host } from "./host.ts";
import { localHost, type LocalHostOptions } from "./local.ts";

/** Addresses that mean this machine: no ssh stands between. */
const thisMachine = new Set(["localhost", "127.0.0.1", "::1"]);

/** What opening a host needs beside its entry in the catalog. */
export interface OpenHostOptions extends LocalHostOptions {
  /** An ssh configuration to use in place of the user's (`ssh -F`). */
  readonly sshConfig?: string;
  /** Aborted: a connection that is not there yet is given up. */
  readonly giveUp?: AbortSignal;
}

/** Whether the address means this machine. */
export function isThisMachine(address: string): boolean {
  return thisMachine.has(address);
}

/**
 * The machine at an ssh address: the same for all users of it, and for every
 * name of this one. Repositories may call one machine by several ids.
 */
export function machineAt(address: string): string {
  return isThisMachine(address)
    ? "local"
    : address.slice(address.lastIndexOf("@") + 1);
}

/**
 * Opens a host by its entry; "local" needs none. Rejects with a `HostError`
 * when it cannot be reached.
 */
export async function openHost(
  entry: CatalogHost | "local",
  options: OpenHostOptions,
): Promise<Host> {
  if (entry === "local") return localHost(options);
  if (isThisMachine(entry.address)) {
    return { ...localHost(options), id: entry.id };
  }
  const { sshHost }: typeof import("./ssh.ts") = await import(
    import.meta.resolve("./ssh.ts")
  );
  return await sshHost({
    id: entry.id,
    address: entry.address,
    stateRoot: entry.stateRoot,
    ...(options.sshConfig === undefined ? {} : { config: options.sshConfig }),
    ...(options.giveUp === undefined ? {} : { giveUp: options.giveUp }),
  });
}
