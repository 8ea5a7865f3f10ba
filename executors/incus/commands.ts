/** The commands of Incus jobs, for the plan. */
import type { CatalogIncusRuntime, CatalogJob } from "../../model/catalog.ts";
import { compiledCommand, quote } from "../../model/command.ts";
import type { PlannedCommand } from "../../model/plan.ts";

/** Describes the commands that a job in an Incus instance issues. */
export function incusCommands(job: CatalogJob): readonly PlannedCommand[] {
  const { runtimeConfig, guestCommand } = job;
  if (runtimeConfig.kind !== "incus") return [];
  const command = runtimeConfig.stagedLinuxCommand?.command ??
    (guestCommand === null ? "" : compiledCommand(guestCommand).command);
  const incus = [
    ...(runtimeConfig.sudo === true ? ["sudo", "-n"] : []),
    "incus",
    ...(runtimeConfig.project === undefined
      ? []
      : ["--project", quote(runtimeConfig.project)]),
  ].join(" ");
  return [
    { phase: "create", command: `${incus} launch ${options(runtimeConfig)}` },
    {
      phase: "run",
      command: `${incus} exec <instance> -- sh -euc ${quote(command)}`,
    },
    { phase: "delete", command: `${incus} delete --force <instance>` },
  ];
}

/** What the daemon is asked for in one request, as the options of `incus launch`. */
function options(runtime: CatalogIncusRuntime): string {
  const words = [
    runtime.setup === undefined ? runtime.image : "<base>",
    "<instance>",
    ...(runtime.instance === "vm" ? ["--vm"] : []),
    ...(runtime.profiles ?? []).flatMap((name) => ["--profile", name]),
    ...option("--storage", runtime.storage),
    ...option("--network", runtime.network),
    ...option("--target", runtime.target),
    ...config("limits.cpu", runtime.cpus, ""),
    ...config("limits.memory", runtime.memoryMib, "MiB"),
    ...(runtime.rootDiskGib === undefined
      ? []
      : ["--device", `root,size=${runtime.rootDiskGib}GiB`]),
  ];
  return words.map((word) => /^<.*>$/.test(word) ? word : quote(word))
    .join(" ");
}

function option(name: string, value: string | undefined): readonly string[] {
  return value === undefined ? [] : [name, value];
}

function config(
  name: string,
  value: number | undefined,
  unit: string,
): readonly string[] {
  return value === undefined ? [] : ["--config", `${name}=${value}${unit}`];
}
