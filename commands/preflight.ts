/**
 * What runtimes know before a plan: fingerprints for its keys, and notices.
 *
 * @module
 */
import type { Preflight } from "../executors/executor.ts";
import { runtimeRow } from "../executors/table.ts";
import { HostError } from "../hosts/host.ts";
import type { CatalogHost, CatalogJob } from "../model/catalog.ts";
import type { RunHosts } from "../runner/hosts.ts";
import type { Io } from "./io.ts";
import { runHosts } from "./run_hosts.ts";

/** Where is looked. */
export interface PreflightOptions {
  readonly stateRoot: string;
  /** The hosts that are known. */
  readonly entries: readonly CatalogHost[];
  readonly io: Io;
  /** Hosts that are open for longer than the look; absent: they are opened for it alone. */
  readonly hosts?: RunHosts;
}

/** What was found, by job. */
export interface Preflights {
  /** Fingerprint of a job's image; null: unknown. */
  image(job: CatalogJob): string | null;
  /** Why a job cannot run where it is to; null: nothing is known that speaks against it. */
  refusal(job: CatalogJob): string | null;
  /** What the user should know before anything starts. */
  readonly notices: readonly string[];
  /** The ssh hosts that were asked. */
  readonly hosts: readonly CatalogHost[];
}

/** Looks once for all jobs with the same runtime on the same host. */
export async function preflight(
  jobs: readonly CatalogJob[],
  { stateRoot, entries, io, hosts }: PreflightOptions,
): Promise<Preflights> {
  await using stack = new AsyncDisposableStack();
  const opened = hosts ?? stack.use(runHosts(stateRoot, io));
  opened.add(entries);
  const byKey = new Map(jobs.map((job) => [keyOf(job), job]));
  const found = new Map<string, Preflight>();
  await Promise.all([...byKey].map(async ([key, job]) => {
    const result = await look(job, opened);
    if (result !== null) found.set(key, result);
  }));
  return {
    image: (job) => found.get(keyOf(job))?.image ?? null,
    refusal: (job) => found.get(keyOf(job))?.refusal ?? null,
    notices: [...new Set([...found.values()].flatMap((one) => one.notices))],
    hosts: entries.filter(({ id }) =>
      jobs.some(({ placement }) =>
        placement.kind === "ssh" && placement.host === id
      )
    ),
  };
}

async function look(
  { placement, runtimeConfig }: CatalogJob,
  hosts: RunHosts,
): Promise<Preflight | null> {
  const row = runtimeRow(runtimeConfig.kind);
  if (row.preflight === undefined || placement.kind === "orchard") return null;
  try {
    const host = await hosts.open(
      placement.kind === "ssh" ? placement.host : "local",
    );
    return await row.preflight(host, runtimeConfig);
  } catch (error) {
    if (!(error instanceof HostError)) throw error;
    // The job itself will fail by this, if it comes to that.
    return { image: null, notices: [error.message], refusal: null };
  }
}

function keyOf({ placement, runtimeConfig }: CatalogJob): string {
  return JSON.stringify([placement, runtimeConfig]);
}
