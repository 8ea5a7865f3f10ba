/**
 * What a job gets of others: artifacts, prepared outputs, caches, variables.
 *
 * @module
 */
import { join } from "../model/path.ts";
import type { AttemptLog } from "../executors/executor.ts";
import { type Host, HostError } from "../hosts/host.ts";
import type { CatalogJob } from "../model/catalog.ts";
import type { ExecuteNode, PlanNode } from "../model/plan.ts";
import { artifactsDir } from "../model/state_paths.ts";
import type { PrepareEnd } from "./prepare.ts";

/** Files that come into a workspace, at the same paths. */
export interface Material {
  /** Absolute path of the folder they are in, on this machine. */
  readonly from: string;
  /** Globs of those that come. */
  readonly patterns: readonly string[];
}

/** A prepared output that a job uses: what its making printed. */
export interface SharedLog {
  /** Id of the output. */
  readonly outputId: string;
  /** Absolute path of the log. */
  readonly path: string;
}

/** What a job gets, ready for its attempts. */
export interface JobMaterials {
  /** Logs of prepared outputs, shown at the head of each attempt's log. */
  readonly sharedLogs: readonly SharedLog[];
  /** Files of others. */
  readonly materials: readonly Material[];
  /** Realised outputs of a staged command: id to path on the host. */
  readonly payloads: Readonly<Record<string, string>>;
  /** Folders of caches: variable to path on the host. */
  readonly caches: Readonly<Record<string, string>>;
  /** What is told at the head of each attempt's log. */
  readonly notes: readonly string[];
}

/** Where materials are found. */
export interface MaterialSources {
  readonly runId: string;
  readonly stateRoot: string;
  /** The nodes of the plan, by id. */
  readonly nodes: ReadonlyMap<string, PlanNode>;
  /** What prepare nodes have made, by their ids. */
  readonly made: ReadonlyMap<string, PrepareEnd>;
}

/** The files that a job gets of others. */
export function materialsOf(
  node: ExecuteNode,
  sources: MaterialSources,
): Pick<JobMaterials, "materials" | "payloads" | "sharedLogs"> {
  const materials: Material[] = [];
  const sharedLogs: SharedLog[] = [];
  const payloads: Record<string, string> = {};
  for (const id of node.depends_on) {
    const end = sources.made.get(id);
    const need = sources.nodes.get(id);
    if (end === undefined || end.path === null) continue;
    if (need?.kind !== "prepare") continue;
    if (end.logPath !== null) {
      sharedLogs.push({ outputId: need.output.id, path: end.logPath });
    }
    if (need.output.kind === "nix_output") payloads[need.output.id] = end.path;
    else materials.push({ from: end.path, patterns: ["**"] });
  }
  for (const need of node.job.needs) {
    if (need.kind !== "artifact") continue;
    const patterns = artifactPaths(need.id, need.job, sources);
    const from = artifactsDir(sources.runId, need.job);
    materials.push({ from: join(sources.stateRoot, from), patterns });
  }
  return { materials, payloads, sharedLogs };
}

/** The most of a prepared output's log that is shown to each job, in bytes. */
const sharedBytes = 256 * 1024;

/** Shows what the making of prepared outputs printed. */
export async function showSharedLogs(
  logs: readonly SharedLog[],
  log: AttemptLog,
): Promise<void> {
  for (const { outputId, path } of logs) {
    using file = await Deno.open(path);
    const { size } = await file.stat();
    const start = Math.max(0, size - sharedBytes);
    await log.note(
      `Prepared output ${outputId}${
        start > 0 ? `, the last ${sharedBytes} bytes of its log` : ""
      }:`,
    );
    await file.seek(start, Deno.SeekMode.Start);
    for await (const bytes of file.readable) await log.write("pikaci", bytes);
  }
}

/**
 * Copies files into a workspace of a host; returns what could not be. Where the
 * account is root's they get the owner of the checkout, so that the user of a
 * guest can change them.
 */
export async function placeMaterials(
  host: Host,
  materials: readonly Material[],
  into: string,
  owner?: number,
): Promise<readonly string[]> {
  const { placeOn }: typeof import("../artifacts/host_files.ts") = await import(
    import.meta.resolve("../artifacts/host_files.ts")
  );
  const { refusalMessages }: typeof import("../artifacts/collected.ts") =
    await import(import.meta.resolve("../artifacts/collected.ts"));
  const messages: string[] = [];
  for (const { from, patterns } of materials) {
    const placed = await placeOn(host, { from, patterns, into });
    messages.push(...refusalMessages(placed));
  }
  if (owner === undefined) return messages;
  const { code, stderr } = await host.run({
    argv: ["sh", "-c", CHOWN, "sh", into, `${owner}`],
  });
  if (code === 0) return messages;
  const why = new TextDecoder().decode(stderr).trim();
  throw new HostError(
    host.id,
    "place artifacts",
    `Cannot give the artifacts in "${into}" to user ${owner} on the host "${host.id}": ${why}`,
  );
}

/** Gives what another than $2 owns below $1 to $2. */
const CHOWN = `[ "$(id -u)" = 0 ] || exit 0
exec find "$1" ! -user "$2" -exec chown -h "$2:$2" {} +`;

/** The variables that a job declares and passes through, secrets apart. */
export function declaredEnv(
  job: CatalogJob,
  env: (name: string) => string | undefined,
): Record<string, string> {
  const all: Record<string, string> = {};
  for (const name of job.passEnv) {
    const value = env(name);
    if (value !== undefined) all[name] = value;
  }
  for (const [name, value] of Object.entries(job.env)) {
    if (typeof value === "string") all[name] = value;
  }
  return all;
}

/** The globs of an artifact that another job of the plan makes. */
function artifactPaths(
  id: string,
  jobId: string,
  { nodes }: MaterialSources,
): readonly string[] {
  for (const node of nodes.values()) {
    if (node.kind !== "execute" || node.job_id !== jobId) continue;
    return node.job.artifacts.find((artifact) => artifact.id === id)?.paths ??
      [];
  }
  return [];
}
