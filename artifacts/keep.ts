/** What a job leaves on a host: artifacts, the content of `$ARTIFACTS` and reports. */
import type { Host } from "../hosts/host.ts";
import type { CatalogJob } from "../model/catalog.ts";
import { type Collected, joinCollected } from "./collected.ts";
import { collectFrom } from "./host_files.ts";

/** What is kept of a job, and where it goes. */
export interface KeepOptions {
  /** The host on which it ran. */
  readonly host: Host;
  /** The job: its declared artifacts and reports. */
  readonly job: CatalogJob;
  /** Absolute path of the workspace, on the host. */
  readonly workspace: string;
  /** Absolute path of the folder that was `$ARTIFACTS`, on the host. */
  readonly artifactsFolder: string;
  /** Folder of this machine for artifacts; emptied first: an attempt before may have left some. */
  readonly artifactsDir: string;
  /** Folder of this machine for reports. */
  readonly reportsDir: string;
  /** Aborted: nothing more is kept, and its reason is thrown; default: never. */
  readonly signal?: AbortSignal;
}

/** What was kept. */
export interface Kept {
  /** The artifacts. */
  readonly artifacts: Collected;
  /** Ids, or globs where there is none, of declared artifacts that no file matched. */
  readonly missing: readonly string[];
  /** The reports. */
  readonly reports: Collected;
}

/** Brings what a job leaves to this machine, all of it or nothing. */
export async function keep(options: KeepOptions): Promise<Kept> {
  const { artifactsDir } = options;
  await removeFolder(artifactsDir);
  try {
    return await keepAll(options);
  } catch (error) {
    await removeFolder(artifactsDir);
    throw error;
  }
}

async function keepAll(options: KeepOptions): Promise<Kept> {
  const { host, job, workspace, artifactsDir, signal } = options;
  const limit = signal === undefined ? {} : { signal };
  const free = await collectFrom(host, {
    root: options.artifactsFolder,
    patterns: ["**"],
    into: artifactsDir,
    maxBytes: null,
    ...limit,
  });
  const all = [free];
  const missing: string[] = [];
  for (const { id, paths, maxMib } of job.artifacts) {
    const found = await collectFrom(host, {
      root: workspace,
      patterns: paths,
      into: artifactsDir,
      maxBytes: maxMib === null ? null : maxMib * 1024 * 1024,
      ...limit,
    });
    all.push(found);
    if (found.files.length === 0 && found.overLimit === null) {
      missing.push(id ?? paths.join(", "));
    }
  }
  const reports = await collectFrom(host, {
    root: workspace,
    patterns: job.reports.junit,
    into: options.reportsDir,
    maxBytes: null,
    ...limit,
  });
  return { artifacts: joinCollected(all), missing, reports };
}

async function removeFolder(path: string): Promise<void> {
  try {
    await Deno.remove(path, { recursive: true });
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
}
