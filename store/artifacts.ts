/** The files that jobs left, wherever they are kept. */
import { dirname, join, normalize } from "../model/path.ts";
import type { JobRecord, RunRecord } from "../model/record.ts";
import { artifactsDir } from "../model/state_paths.ts";
import { exists } from "./files.ts";
import type { Store } from "./store.ts";
import { asStoreError, StoreError } from "./store_error.ts";

/** The files that one job left. */
export interface JobArtifacts {
  readonly job_id: string;
  /** Absolute path of the folder that holds them. */
  readonly folder: string;
  readonly files: readonly ArtifactFile[];
}

/** A file that a job left. */
export interface ArtifactFile {
  /** Relative to the folder, as it was in the workspace. */
  readonly path: string;
  /** Its size in bytes; null: it is gone. */
  readonly bytes: number | null;
}

/**
 * The files of a job of a run. For a job that was served from the cache: those
 * of the pass that served it.
 */
export async function jobArtifacts(
  store: Store,
  run: RunRecord,
  job: JobRecord,
): Promise<JobArtifacts> {
  const folder = artifactFolder(store, run, job);
  const files: ArtifactFile[] = [];
  for (const path of job.artifacts) {
    if (!staysInside(path)) {
      throw new StoreError(
        "corrupt",
        folder,
        `Artifact "${path}" of job "${job.id}" in run ${run.run_id} leads out of its folder`,
      );
    }
    files.push({ path, bytes: await sizeOf(join(folder, path)) });
  }
  return { job_id: job.id, folder, files };
}

/**
 * Absolute path of the folder with the artifacts of a job. For one that was
 * served from the cache it may be that of the run that passed, or of its pass.
 */
export function artifactFolder(
  store: Store,
  run: Pick<RunRecord, "run_id">,
  { id, cause }: Pick<JobRecord, "id" | "cause">,
): string {
  const folderOf = (runId: string): string =>
    join(store.stateRoot, artifactsDir(runId, id));
  const own = folderOf(run.run_id);
  if (cause?.kind !== "cached" || exists(own)) return own;
  const passed = folderOf(cause.run_id);
  if (exists(passed)) return passed;
  const pass = store.remembered(cause.key);
  return pass === null
    ? passed
    : join(store.stateRoot, pass.folder, "artifacts");
}

/**
 * Copies the files of a job below a folder, at their paths. Returns how many;
 * one that is gone throws a StoreError that names it.
 */
export async function copyArtifacts(
  { folder, files }: JobArtifacts,
  to: string,
): Promise<number> {
  for (const { path, bytes } of files) {
    if (bytes === null) {
      throw new StoreError(
        "missing",
        join(folder, path),
        `Artifact "${path}" is gone from "${folder}"`,
      );
    }
    const from = join(folder, path);
    const target = join(to, path);
    try {
      await Deno.mkdir(dirname(target), { recursive: true });
      await copyFile(from, target);
    } catch (error) {
      throw asStoreError(target, error);
    }
  }
  return files.length;
}

/** A link is copied as a link. */
async function copyFile(from: string, to: string): Promise<void> {
  const { isSymlink } = await Deno.lstat(from);
  if (exists(to)) await Deno.remove(to);
  if (isSymlink) await Deno.symlink(await Deno.readLink(from), to);
  else await Deno.copyFile(from, to);
}

async function sizeOf(path: string): Promise<number | null> {
  try {
    return (await Deno.lstat(path)).size;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return null;
    throw asStoreError(path, error);
  }
}

function staysInside(path: string): boolean {
  const clean = normalize(path);
  return clean !== ".." && !clean.startsWith("../") && !clean.startsWith("/");
}
