/**
 * Runs that stand in `runs/` but not in the database: those of the original
 * pikaci, and those of a database that was moved aside.
 */
import { join } from "../model/path.ts";
import type { RunRecord } from "../model/record.ts";
import { isRunId } from "../model/run_id.ts";
import { runJsonPath, RUNS_DIR } from "../model/state_paths.ts";
import { suggestion } from "../model/suggest.ts";
import { label } from "./_tables.ts";
import type {
  FoundRun,
  RunFilter,
  RunList,
  RunSummary,
  UnreadableRun,
} from "./store.ts";
import { asStoreError, StoreError } from "./store_error.ts";

/** The record of such a run; null: there is none. */
export async function readForeignRun(
  stateRoot: string,
  runId: string,
): Promise<RunRecord | null> {
  const path = join(stateRoot, runJsonPath(runId));
  let text;
  try {
    text = await Deno.readTextFile(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return null;
    throw asStoreError(path, error);
  }
  return await decodeStored(path, runId, text);
}

/** Decodes a record of any form; a StoreError tells what is wrong with it. */
export async function decodeStored(
  path: string,
  runId: string,
  content: string,
): Promise<RunRecord> {
  // Computed: Deno would read zod at every start for a literal.
  const { decodeRunRecord }: typeof import("./decode.ts") = await import(
    import.meta.resolve("./decode.ts")
  );
  const decoded = decodeRunRecord(content);
  if (typeof decoded !== "string") return decoded;
  throw new StoreError(
    "corrupt",
    path,
    `Record of run "${runId}" in "${path}" cannot be read: ${decoded}`,
  );
}

/** Adds such runs to a list, after those of the database. */
export async function addForeignRuns(
  stateRoot: string,
  runs: readonly RunSummary[],
  known: ReadonlySet<string>,
  filter: RunFilter,
): Promise<RunList> {
  const found = [...runs];
  const unreadable: UnreadableRun[] = [];
  const all = await allRuns(stateRoot, [...known]);
  const foreign = all.slice(known.size);
  for (const runId of foreign) {
    if (filter.limit !== undefined && found.length >= filter.limit) break;
    try {
      const record = await readForeignRun(stateRoot, runId);
      if (record !== null && matches(record, filter)) {
        found.push(summary(record));
      }
    } catch (error) {
      if (!(error instanceof StoreError)) throw error;
      unreadable.push({ run_id: runId, message: error.message });
    }
  }
  return { runs: found, unreadable };
}

/** Finds the run that a person means. */
export async function findRun(
  stateRoot: string,
  known: readonly string[],
  reference: string,
): Promise<FoundRun> {
  const all = await allRuns(stateRoot, known);
  const [newest] = all;
  if (reference === "latest" && newest !== undefined) {
    return { kind: "found", runId: newest };
  }
  if (all.includes(reference)) return { kind: "found", runId: reference };
  const hits = reference === ""
    ? []
    : all.filter((runId) =>
      runId.startsWith(reference) || tail(runId).startsWith(reference)
    );
  const [first, ...more] = hits;
  if (first !== undefined && more.length === 0) {
    return { kind: "found", runId: first };
  }
  if (first !== undefined) return { kind: "ambiguous", runIds: hits };
  const meant = suggestion(reference, all) ??
    suggestion(reference, all.map(tail));
  const similar = meant === undefined
    ? []
    : all.filter((runId) => runId === meant || tail(runId) === meant);
  return { kind: "unknown", similar, newest: all.slice(0, 3) };
}

/** Which runs may be removed. */
export interface RemovableOptions {
  /** Runs of the database, the newest first. */
  readonly known: readonly string[];
  /** Those of them that have not ended. */
  readonly active: readonly string[];
  /** How many of the newest stay. */
  readonly keep: number;
  readonly now: Date;
}

/** So long a record without a database is believed that its run goes on, in milliseconds. */
const foreignRunMs = 24 * 3600 * 1000;

/** Runs beyond the newest that may be removed, the newest first. */
export async function removableRuns(
  stateRoot: string,
  { known, active, keep, now }: RemovableOptions,
): Promise<readonly string[]> {
  const all = await allRuns(stateRoot, known);
  const ours = new Set(known);
  const ended: string[] = [];
  for (const runId of all.slice(keep)) {
    const stays = ours.has(runId)
      ? active.includes(runId)
      : await mayGoOn(stateRoot, runId, now);
    if (!stays) ended.push(runId);
  }
  return ended;
}

/** Whether a run of another program may still go on. */
async function mayGoOn(
  stateRoot: string,
  runId: string,
  now: Date,
): Promise<boolean> {
  try {
    const record = await readForeignRun(stateRoot, runId);
    if (record?.status !== "running") return false;
  } catch (error) {
    if (error instanceof StoreError) return false;
    throw error;
  }
  const { mtime } = await Deno.stat(join(stateRoot, runJsonPath(runId)));
  return mtime !== null && now.getTime() - mtime.getTime() < foreignRunMs;
}

/** The random part of a run id, which people type. */
function tail(runId: string): string {
  return runId.slice(runId.indexOf("-") + 1);
}

/** Runs of the database, then the others, each the newest first. */
async function allRuns(
  stateRoot: string,
  known: readonly string[],
): Promise<readonly string[]> {
  const set = new Set(known);
  const names = await folderNames(join(stateRoot, RUNS_DIR));
  return [
    ...known,
    ...names.toReversed().filter((id) => isRunId(id) && !set.has(id)),
  ];
}

/** The folders in a folder, sorted; none when it does not exist. */
export async function folderNames(path: string): Promise<readonly string[]> {
  const names: string[] = [];
  try {
    for await (const entry of Deno.readDir(path)) {
      if (entry.isDirectory) names.push(entry.name);
    }
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return [];
    throw asStoreError(path, error);
  }
  return names.sort();
}

function matches(record: RunRecord, filter: RunFilter): boolean {
  return (filter.status === undefined || filter.status === record.status) &&
    (filter.target === undefined || filter.target === label(record));
}

function summary(record: RunRecord): RunSummary {
  const jobs: Record<string, number> = {};
  for (const job of record.jobs) jobs[job.status] = (jobs[job.status] ?? 0) + 1;
  return {
    run_id: record.run_id,
    status: record.status,
    target_id: record.target_id,
    target: label(record),
    created_at: record.created_at,
    finished_at: record.finished_at,
    duration_ms: record.duration_ms,
    rerun_of: record.rerun_of,
    jobs,
    flaky: record.jobs.filter((job) => job.flaky).length,
  };
}
