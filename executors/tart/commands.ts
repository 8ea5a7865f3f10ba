/** The commands of Tart jobs, for the plan. */
import type { CatalogJob } from "../../model/catalog.ts";
import { compiledCommand, quote } from "../../model/command.ts";
import type { OrchardPlacement } from "../../model/placement.ts";
import type { PlannedCommand } from "../../model/plan.ts";
import type { TartRuntimeConfig } from "../../model/runtime.ts";
import { DEFAULT_USER } from "./settings.ts";

/** Describes the commands that a job in a VM of Tart issues. */
export function tartCommands(job: CatalogJob): readonly PlannedCommand[] {
  const { runtimeConfig, guestCommand, placement } = job;
  if (runtimeConfig.kind !== "tart" || guestCommand === null) return [];
  const { command, asRoot } = compiledCommand(guestCommand);
  const run = `${asRoot ? "sudo -n " : ""}sh -euc ${quote(command)}`;
  if (placement.kind === "orchard") {
    return fleetCommands(placement, runtimeConfig, run);
  }
  const image = quote(runtimeConfig.image);
  const way = runtimeConfig.channel === "ssh"
    ? `ssh ${runtimeConfig.user ?? DEFAULT_USER}@<vm>`
    : "tart exec -i <vm>";
  return [
    ...(runtimeConfig.image.includes("/")
      ? [{ phase: "prepare", command: `tart pull ${image}` }]
      : []),
    { phase: "clone", command: `tart clone ${image} <vm>` },
    {
      phase: "clone",
      command: `tart ${
        ["set", "<vm>", ...setOptions(runtimeConfig)].join(" ")
      }`,
    },
    { phase: "boot", command: "tart run --no-graphics <shares> <vm>" },
    { phase: "run", command: `${way} ${run}` },
    { phase: "stop", command: "tart stop <vm>" },
    { phase: "delete", command: "tart delete <vm>" },
  ];
}

/** The requests of a job on a fleet; commands go by the exec of Orchard. */
function fleetCommands(
  { url, labels, resources }: OrchardPlacement,
  { image, cpus, memoryMib, diskGib }: TartRuntimeConfig,
  run: string,
): readonly PlannedCommand[] {
  const vm = `${url.replace(/\/+$/, "")}/v1/vms`;
  const spec = {
    name: "<vm>",
    image,
    ...(cpus === undefined ? {} : { cpu: cpus }),
    ...(memoryMib === undefined ? {} : { memory: memoryMib }),
    ...(diskGib === undefined ? {} : { diskSize: diskGib }),
    ...(labels === undefined ? {} : { labels }),
    ...(resources === undefined ? {} : { resources }),
  };
  return [
    { phase: "create", command: `POST ${vm} ${JSON.stringify(spec)}` },
    { phase: "boot", command: `GET ${vm}/<vm>` },
    { phase: "unpack", command: `GET ${vm}/<vm>/exec tar -xzpf -` },
    { phase: "run", command: `GET ${vm}/<vm>/exec ${run}` },
    { phase: "delete", command: `DELETE ${vm}/<vm>` },
  ];
}

/** What a clone is set to, in one call; the address by which it asks for one must be its own. */
export function setOptions(
  { cpus, memoryMib, diskGib }: TartRuntimeConfig,
): readonly string[] {
  return [
    "--random-mac",
    ...(cpus === undefined ? [] : ["--cpu", String(cpus)]),
    ...(memoryMib === undefined ? [] : ["--memory", String(memoryMib)]),
    ...(diskGib === undefined ? [] : ["--disk-size", String(diskGib)]),
  ];
}
