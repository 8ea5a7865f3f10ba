/** Opening a shell in a kept instance. */
import type { CatalogJob } from "../../model/catalog.ts";
import { compiledCommand } from "../../model/command.ts";
import { shellScript } from "./guest_script.ts";

/** The command line on the host that opens a shell in the instance of an attempt; null: there is none. */
export function incusShell(
  { runtimeConfig, guestCommand }: CatalogJob,
  facts: Readonly<Record<string, string>>,
  terminal: boolean,
): readonly [string, ...string[]] | null {
  const { incus_instance: name, incus_kept_until: until } = facts;
  if (runtimeConfig.kind !== "incus" || name === undefined) return null;
  if (until === undefined) return null;
  const asRoot = guestCommand !== null && compiledCommand(guestCommand).asRoot;
  const { project, sudo } = runtimeConfig;
  const incus = [
    "incus",
    "exec",
    ...(project === undefined ? [] : ["--project", project]),
    terminal ? "-t" : "-T",
    name,
    ...["--", "/bin/sh", "-c", shellScript(asRoot)],
  ];
  return sudo === true
    ? ["sudo", "-n", ...incus]
    : ["incus", ...incus.slice(1)];
}
