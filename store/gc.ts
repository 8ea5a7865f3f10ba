/** Removes old runs, and what only they needed. */
import { join } from "../model/path.ts";
import {
  jobDir,
  resultDir,
  RESULTS_DIR,
  runDir,
  runJsonPath,
} from "../model/state_paths.ts";
import { exists, moveFolder, removeTree, writeJson } from "./files.ts";
import { folderNames } from "./_foreign_runs.ts";
import type { Pass, Store } from "./store.ts";
import { measure } from "./usage.ts";

/** What is kept. */
export interface GcOptions {
  /** Runs that are kept: the newest, beside all that are active. */
  readonly keepRuns: number;
  /** A remembered pass is forgotten when it served nothing for so many days; default 30. */
  readonly passDays?: number;
  /**
   * Space for what passes left after their runs were removed, in bytes; the
   * least recently used go first. Default 2 GiB.
   */
  readonly passBytes?: number;
  /** Whether nothing is removed, only told; default false. */
  readonly dryRun?: boolean;
  /** The clock; default: the system's. */
  readonly now?: () => Date;
}

/** How far ahead of the clock a time may be, in milliseconds. */
const aheadMs = 3_600_000;

/** What was removed, or would be. */
export interface GcResult {
  /** Ids of the runs, the newest first. */
  readonly removed_runs: readonly string[];
  /** Keys of the passes that were forgotten. */
  readonly forgotten_passes: readonly string[];
  /** Space on the disk, in bytes. */
  readonly freed_bytes: number;
}

/**
 * Removes all but the newest runs, never one that is active, and the passes
 * that served nothing for long. A pass that is kept outlives its run, and stays
 * as long as a run that it served.
 */
export async function collectGarbage(
  store: Store,
  options: GcOptions,
): Promise<GcResult> {
  const now = options.now?.() ?? new Date();
  const runs = await store.removable(options.keepRuns, now);
  const going = new Set(runs);
  const served = await servedKeys(store, going);
  const passes = sortPasses(store, { going, served }, options, now);
  const orphans = await orphanedResults(store, passes.forgotten);
  const freed = freedBytes(store, runs, passes.kept, orphans);
  const result: GcResult = {
    removed_runs: runs,
    forgotten_passes: passes.forgotten.map(({ key }) => key),
    freed_bytes: freed,
  };
  if (options.dryRun === true) return result;
  store.forget(result.forgotten_passes);
  const removed: string[] = [];
  for (const runId of runs) {
    // A run of that id may have begun again meanwhile: never touch it then.
    if (!store.remove(runId)) continue;
    for (const pass of passes.kept) {
      if (pass.folder === jobDir(runId, pass.job_id)) keep(store, pass);
    }
    await removeTree(join(store.stateRoot, runDir(runId)));
    removed.push(runId);
  }
  for (const folder of orphans) {
    await removeTree(join(store.stateRoot, folder));
  }
  store.compact();
  await tellEnds(store);
  return { ...result, removed_runs: removed };
}

/** Writes what a full disk kept from being written: that a run has ended. */
async function tellEnds(store: Store): Promise<void> {
  for (const { run_id, status } of (await store.runs()).runs) {
    const path = join(store.stateRoot, runJsonPath(run_id));
    if (status === "running" || !saysRunning(path)) continue;
    const record = await store.run(run_id);
    if (record !== null) writeJson(path, record);
  }
}

function saysRunning(path: string): boolean {
  try {
    return /^ {2}"status": "running",$/m.test(Deno.readTextFileSync(path));
  } catch {
    return false;
  }
}

interface SortedPasses {
  /** Those that go. */
  readonly forgotten: readonly Pass[];
  /** Those that stay though their run is gone or goes. */
  readonly kept: readonly Pass[];
}

/** Keys of the passes that runs which stay were served from: theirs are the artifacts and logs. */
async function servedKeys(
  store: Store,
  going: ReadonlySet<string>,
): Promise<ReadonlySet<string>> {
  const served = new Set<string>();
  for (const { run_id } of (await store.runs()).runs) {
    const run = going.has(run_id) ? null : await store.run(run_id);
    for (const { cause } of run?.jobs ?? []) {
      if (cause?.kind === "cached") served.add(cause.key);
    }
  }
  return served;
}

/** Decides on passes: by whether a run shows them, by age, by whether their files are there, by space. */
function sortPasses(
  store: Store,
  { going, served }: {
    /** Runs that are removed. */
    readonly going: ReadonlySet<string>;
    /** Keys of passes that other runs show. */
    readonly served: ReadonlySet<string>;
  },
  options: GcOptions,
  now: Date,
): SortedPasses {
  const { passDays = 30, passBytes = 2 * 1024 ** 3 } = options;
  const oldest = new Date(now.getTime() - passDays * 24 * 3600 * 1000)
    .toISOString();
  const forgotten: Pass[] = [];
  const kept: Pass[] = [];
  let space = passBytes;
  // A use in the future was before the clock was set back: nobody knows its
  // age, so it is kept while there is space.
  const latest = new Date(now.getTime() + aheadMs).toISOString();
  const [sure, unsure] = partition(
    store.passes().toReversed(),
    ({ last_used }) => last_used <= latest,
  );
  for (const pass of [...sure, ...unsure]) {
    const path = join(store.stateRoot, pass.folder);
    const inRun = pass.folder === jobDir(pass.run_id, pass.job_id);
    const shown = served.has(pass.key);
    if (!exists(path) || (pass.last_used < oldest && !shown)) {
      forgotten.push(pass);
    } else if (!inRun || going.has(pass.run_id)) {
      space -= measure(path).bytes;
      (space < 0 && !shown ? forgotten : kept).push(pass);
    }
  }
  return { forgotten, kept };
}

function partition<T>(
  list: readonly T[],
  belongs: (one: T) => boolean,
): readonly [readonly T[], readonly T[]] {
  return [list.filter(belongs), list.filter((one) => !belongs(one))];
}

/** Folders under `results/` that no pass has, or soon none. */
async function orphanedResults(
  store: Store,
  forgotten: readonly Pass[],
): Promise<readonly string[]> {
  const gone = new Set(forgotten.map(({ folder }) => folder));
  const wanted = new Set(
    store.passes().map(({ folder }) => folder)
      .filter((folder) => !gone.has(folder)),
  );
  const names = await folderNames(join(store.stateRoot, RESULTS_DIR));
  return names.map(resultDir).filter((folder) => !wanted.has(folder));
}

function freedBytes(
  store: Store,
  runs: readonly string[],
  kept: readonly Pass[],
  orphans: readonly string[],
): number {
  const bytes = (folder: string): number =>
    measure(join(store.stateRoot, folder)).bytes;
  const going = [...runs.map(runDir), ...orphans]
    .reduce((sum, folder) => sum + bytes(folder), 0);
  const staying = kept.filter(({ folder }) => !folder.startsWith(RESULTS_DIR))
    .reduce((sum, { folder }) => sum + bytes(folder), 0);
  return going - staying;
}

/** Moves what a pass left out of the folder of its run. */
function keep(store: Store, pass: Pass): void {
  const folder = resultDir(pass.key);
  moveFolder(
    join(store.stateRoot, pass.folder),
    join(store.stateRoot, folder),
  );
  store.movePass(pass.key, folder);
}
