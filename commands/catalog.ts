/** `pikaci catalog`: shows everything that the config declares. */
import type { Catalog, CatalogHost } from "../model/catalog.ts";
import { makeStyle, type Style } from "../reporters/format.ts";
import { command } from "./command.ts";
import { booleanFlag } from "./flags.ts";
import { findProject, loadCatalog, type Project } from "./project.ts";

export default command({
  details: [
    "The catalog is the config in its serialised form: flat, ids for references, defaults applied. Without --json it is counted and its hosts are shown with where each value comes from.",
  ],
  flags: { json: booleanFlag("Print the catalog as JSON") },
  examples: [
    ["pikaci catalog", "Whether the config is sound, and what is in it"],
    ["pikaci catalog --json", "All of it, for a program"],
  ],
  async run({ flags }, io) {
    const project = findProject(flags, io);
    const catalog = await loadCatalog(project, io);
    await io.out(
      flags.json
        ? `${JSON.stringify(catalog, null, 2)}\n`
        : catalogText(project, catalog, makeStyle(io.colours)),
    );
    return 0;
  },
});

function catalogText(
  project: Project,
  catalog: Catalog,
  style: Style,
): string {
  const list = (name: string, entries: readonly { readonly id: string }[]) =>
    entries.length === 0
      ? []
      : [`${style.bold(name)} ${entries.map(({ id }) => id).join(", ")}`];
  const { lanes, hosts, defaultTarget } = catalog;
  return [
    `${style.bold("Config")} ${project.configPath}`,
    `${style.bold("State")} ${project.stateRoot}`,
    ...list("Targets", catalog.targets),
    ...(defaultTarget === null
      ? []
      : [`${style.bold("Default target")} ${defaultTarget}`]),
    ...list("Jobs", catalog.jobs),
    ...list("Prepared outputs", catalog.preparedOutputs),
    ...list("Caches", catalog.caches),
    ...lanes.map(({ id, target, trigger }) =>
      `${style.bold(`Lane ${id}`)} ${target}, ` +
      (trigger.kind === "nightly"
        ? `nightly at "${trigger.cron}"`
        : trigger.branches.length === 0
        ? "on every branch"
        : `on branches ${trigger.branches.join(", ")}`)
    ),
    ...hosts.map((host) =>
      `${style.bold(`Host ${host.id}`)} ${hostText(host)}`
    ),
    "",
  ].join("\n");
}

function hostText({ address, capacity, stateRoot, from }: CatalogHost): string {
  return [
    `${address} (${from.address})`,
    `${capacity ?? "its processors"} slots (${from.capacity})`,
    `state in ${stateRoot ?? "~/.local/state/pikaci"} (${from.stateRoot})`,
  ].join(", ");
}
