/** What the state folder takes on the disk, part by part. */
import { join } from "../model/path.ts";
import {
  CACHE_DIR,
  CHECKOUTS_DIR,
  GIT_DIR,
  PREPARED_DIR,
  RESULTS_DIR,
  RUNS_DIR,
  STATE_DB,
  TMP_DIR,
} from "../model/state_paths.ts";
import { guarded } from "./store_error.ts";

/** Space that files take. */
export interface Usage {
  /** Space on the disk, in bytes; a file with several names counts once. */
  readonly bytes: number;
  /** Number of files. */
  readonly files: number;
}

/** A part of the state folder. */
export interface UsagePart extends Usage {
  /** What it is: "runs", "results", "caches", "prepared", "checkouts", "git", "database", "temporary", "other". */
  readonly name: string;
  /** Its path, relative to the state folder; several by spaces. */
  readonly path: string;
}

const parts: readonly { readonly name: string; readonly path: string }[] = [
  { name: "runs", path: RUNS_DIR },
  { name: "results", path: RESULTS_DIR },
  { name: "caches", path: CACHE_DIR },
  { name: "prepared", path: PREPARED_DIR },
  { name: "checkouts", path: CHECKOUTS_DIR },
  { name: "git", path: GIT_DIR },
  { name: "temporary", path: TMP_DIR },
];

/** Measures each part of a state folder; one that does not exist takes nothing. */
export function stateUsage(stateRoot: string): readonly UsagePart[] {
  const seen = new Set<string>();
  const known = parts.map(({ name, path }) => ({
    name,
    path,
    ...measure(join(stateRoot, path), seen),
  }));
  const database: Usage[] = [];
  const other: Usage[] = [];
  const names = new Set(parts.map(({ path }) => path));
  for (const { name } of entries(stateRoot)) {
    if (names.has(name)) continue;
    const target = name.startsWith(STATE_DB) ? database : other;
    target.push(measure(join(stateRoot, name), seen));
  }
  return [
    ...known,
    { name: "database", path: `${STATE_DB}*`, ...sum(database) },
    { name: "other", path: "*", ...sum(other) },
  ];
}

/**
 * Measures a file, or a folder with all in it; 0 for what does not exist, and
 * for what goes while it is measured. `seen` holds the files that were counted.
 */
export function measure(path: string, seen: Set<string> = new Set()): Usage {
  let bytes = 0;
  let files = 0;
  const open = [path];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const info = statOrNull(next);
    if (info === null) continue;
    if (info.isDirectory) {
      for (const { name } of entries(next)) open.push(join(next, name));
    } else {
      const id = `${info.dev}:${info.ino}`;
      if ((info.nlink ?? 1) > 1 && seen.has(id)) continue;
      seen.add(id);
      files++;
    }
    bytes += info.blocks === null ? info.size : info.blocks * 512;
  }
  return { bytes, files };
}

function sum(usages: readonly Usage[]): Usage {
  return {
    bytes: usages.reduce((total, { bytes }) => total + bytes, 0),
    files: usages.reduce((total, { files }) => total + files, 0),
  };
}

function statOrNull(path: string): Deno.FileInfo | null {
  try {
    return Deno.lstatSync(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return null;
    throw error;
  }
}

function entries(path: string): readonly Deno.DirEntry[] {
  return guarded(path, () => {
    try {
      return [...Deno.readDirSync(path)];
    } catch (error) {
      if (error instanceof Deno.errors.NotFound) return [];
      throw error;
    }
  });
}
