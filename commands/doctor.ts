/** `pikaci doctor`: looks at the hosts of the config for what jobs need there. */
import { runtimeRow, runtimes } from "../executors/table.ts";
import type { Check, ExecutorOptions } from "../executors/executor.ts";
import { type Host, HostError } from "../hosts/host.ts";
import { openHost } from "../hosts/open_host.ts";
import type {
  Catalog,
  CatalogHost,
  CatalogJob,
  CatalogRuntime,
} from "../model/catalog.ts";
import { makeStyle, oneLine } from "../reporters/format.ts";
import { command } from "./command.ts";
import { executorOptions } from "./executor_options.ts";
import { booleanFlag } from "./flags.ts";
import type { Io } from "./io.ts";
import { findProject, loadCatalog, type Project } from "./project.ts";
import { workspacesCheck } from "./workspaces_check.ts";

/** What was found on one host. */
interface HostChecks {
  /** "local", the id of the ssh placement, or the address of a fleet. */
  readonly host: string;
  readonly checks: readonly Check[];
}

export default command({
  details: [
    "Looks at this machine and at every host and fleet that a job of the config runs on, and says what to do about what is missing. Ends with 4 when a job could not run",
  ],
  flags: { json: booleanFlag("Print the checks as JSON") },
  examples: [
    ["pikaci doctor", "Before the first run on a new machine"],
    ["pikaci doctor --json", "The same for a program"],
  ],
  async run({ flags }, io) {
    const project = findProject(flags, io);
    const catalog = await loadCatalog(project, io);
    const found: HostChecks[] = [];
    const local = { entry: "local", jobs: jobsOn(catalog, null) } as const;
    const remote = catalog.hosts.map((entry) => ({
      entry,
      jobs: jobsOn(catalog, entry.id),
    }));
    for (const { entry, jobs } of [local, ...remote]) {
      const host = entry === "local" ? entry : entry.id;
      found.push({
        host,
        checks: await checkHost(entry, jobs, project, io),
      });
    }
    const options = executorOptions({ env: io.env, cwd: project.root });
    found.push(...await checkFleets(catalog, options));
    await io.out(
      flags.json
        ? `${JSON.stringify({ schema_version: 1, hosts: found }, null, 2)}\n`
        : text(found, io),
    );
    const failed = found.some(({ checks }) =>
      checks.some(({ status }) => status === "failed")
    );
    return failed ? 4 : 0;
  },
});

/** The runtimes of the jobs on a host; null: this machine. */
function jobsOn(
  { jobs }: Catalog,
  host: string | null,
): readonly CatalogRuntime[] {
  return jobs.flatMap(({ placement, runtimeConfig }) =>
    (placement.kind === "local" && host === null) ||
      (placement.kind === "ssh" && placement.host === host)
      ? [runtimeConfig]
      : []
  );
}

async function checkHost(
  entry: CatalogHost | "local",
  wanted: readonly CatalogRuntime[],
  { root, stateRoot }: Pick<Project, "root" | "stateRoot">,
  io: Io,
): Promise<readonly Check[]> {
  const sshConfig = io.env("PIKACI_SSH_CONFIG") ?? "";
  let opened: Host;
  try {
    opened = await openHost(entry, {
      stateRoot,
      ...(sshConfig === "" ? {} : { sshConfig }),
    });
  } catch (error) {
    if (!(error instanceof HostError)) throw error;
    const remedy =
      "reach it by hand first: ssh must get in without asking for anything";
    return [{ name: "ssh", status: "failed", found: error.message, remedy }];
  }
  await using host = opened;
  const options = executorOptions({ env: io.env, cwd: root });
  const checks: Check[] = [];
  for (const tool of tools) checks.push(await toolCheck(host, tool));
  const workspaces = entry === "local" ? workspacesCheck(root) : null;
  if (workspaces !== null) checks.push(workspaces);
  for (const { runtime } of runtimes) {
    const own = wanted.filter(({ kind }) => kind === runtime);
    const { doctor } = runtimeRow(runtime);
    if (own.length === 0 || doctor === undefined) continue;
    checks.push(...await doctor(host, own, options));
  }
  return checks;
}

/** Looks once at each fleet that jobs ask for in the same way. */
async function checkFleets(
  { jobs }: Catalog,
  options: ExecutorOptions,
): Promise<readonly HostChecks[]> {
  const asked = new Map<string, CatalogJob>();
  for (const job of jobs) {
    if (job.placement.kind !== "orchard") continue;
    const key = JSON.stringify([job.placement, job.runtimeConfig.kind]);
    asked.set(key, asked.get(key) ?? job);
  }
  return await Promise.all(
    [...asked.values()].flatMap(({ placement, runtimeConfig }) => {
      const { fleetDoctor } = runtimeRow(runtimeConfig.kind);
      if (placement.kind !== "orchard" || fleetDoctor === undefined) return [];
      return [
        fleetDoctor(placement, options)
          .then((checks) => ({ host: placement.url, checks })),
      ];
    }),
  );
}

/** A program that jobs need on every host. */
interface Tool {
  readonly name: string;
  readonly argv: readonly [string, ...string[]];
  readonly remedy: string;
}

const tools: readonly Tool[] = [
  {
    name: "git",
    argv: ["git", "--version"],
    remedy:
      "snapshots are made with git: install it (on a Mac by xcode-select --install)",
  },
  {
    name: "tar",
    argv: ["tar", "--version"],
    remedy: "files travel as tar: install it",
  },
  {
    name: "ssh",
    argv: ["/bin/sh", "-c", "ssh -V 2>&1"],
    remedy: "hosts are reached by OpenSSH: install its client",
  },
];

async function toolCheck(
  host: Host,
  { name, argv, remedy }: Tool,
): Promise<Check> {
  let found = "not found";
  try {
    const { code, stdout } = await host.run({ argv });
    const line = new TextDecoder().decode(stdout).split("\n")[0] ?? "";
    if (code === 0) return { name, status: "ok", found: line, remedy: null };
    if (line !== "") found = line;
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
  return { name, status: "failed", found, remedy };
}

function text(found: readonly HostChecks[], io: Io): string {
  const style = makeStyle(io.colours);
  const colour = {
    ok: style.green,
    warning: style.yellow,
    failed: style.red,
  };
  const all = found.flatMap(({ checks }) => checks);
  const width = Math.max(0, ...all.map(({ name }) => name.length));
  return found.flatMap(({ host, checks }) => [
    style.bold(host),
    ...checks.flatMap(({ name, status, found, remedy }) => [
      `  ${colour[status](status.padEnd(7))}  ${name.padEnd(width)}  ${
        oneLine(found)
      }`,
      ...(remedy === null ? [] : [`${" ".repeat(width + 13)}${remedy}`]),
    ]),
  ]).map((line) => `${line}\n`).join("");
}
