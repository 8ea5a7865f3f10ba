/** `pikaci targets`: lists the targets and jobs of the config. */
import { findJob } from "../catalog.ts";
import type { Catalog, CatalogJob } from "../model/catalog.ts";
import { makeStyle, oneLine, type Style } from "../reporters/format.ts";
import { command } from "./command.ts";
import { booleanFlag } from "./flags.ts";
import { findProject, loadCatalog } from "./project.ts";

export default command({
  flags: { json: booleanFlag("Print targets and jobs as JSON") },
  examples: [
    ["pikaci targets", "What `pikaci run` can be asked for"],
    ["pikaci targets --json", "The same for a program"],
  ],
  async run({ flags }, io) {
    const project = findProject(flags, io);
    const catalog = await loadCatalog(project, io);
    const { targets, jobs, defaultTarget } = catalog;
    await io.out(
      flags.json
        ? `${JSON.stringify({ defaultTarget, targets, jobs }, null, 2)}\n`
        : targetsText(catalog, makeStyle(io.colours)),
    );
    return 0;
  },
});

function targetsText(catalog: Catalog, style: Style): string {
  const { targets, jobs, defaultTarget } = catalog;
  const width = Math.max(0, ...jobs.map(({ id }) => id.length));
  const line = (job: CatalogJob): string =>
    `  ${job.id.padEnd(width)}  ${oneLine(job.description)} ${
      style.dim(`(${place(job)})`)
    }`;
  const lines: string[] = [];
  for (const { id, description, filters, jobs } of targets) {
    const notes = [
      ...(id === defaultTarget ? ["default"] : []),
      ...(filters.length > 0 ? [`filters: ${filters.join(", ")}`] : []),
    ];
    lines.push(
      style.bold(id) +
        (description === id ? "" : `  ${oneLine(description)}`) +
        (notes.length === 0 ? "" : style.dim(`  [${notes.join("; ")}]`)),
    );
    for (const jobId of jobs) {
      const job = findJob(catalog, jobId);
      if (job !== undefined) lines.push(line(job));
    }
    lines.push("");
  }
  const inTargets = new Set(targets.flatMap((target) => target.jobs));
  const others = jobs.filter(({ id }) => !inTargets.has(id));
  if (others.length > 0) {
    lines.push(style.dim("In no target"), ...others.map(line), "");
  }
  if (lines.length === 0) {
    lines.push("The config declares no targets and jobs", "");
  }
  return lines.join("\n");
}

/** Where a job runs, and in what: "host_process", "incus on build-1". */
function place({ placement, runtimeConfig }: CatalogJob): string {
  const runtime = runtimeConfig.kind === "custom"
    ? runtimeConfig.name
    : runtimeConfig.kind;
  switch (placement.kind) {
    case "local":
      return runtime;
    case "ssh":
      return `${runtime} on ${placement.host}`;
    case "orchard":
      return `${runtime} on ${placement.url}`;
  }
}
