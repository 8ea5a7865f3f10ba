/**
 * What belongs to a snapshot: the listing of the user's working tree.
 *
 * One `git ls-files` names tracked and untracked files that are not ignored;
 * repositories inside are asked in turn, with their own ignore rules.
 *
 * @module
 */
import { join } from "../model/path.ts";
import { expectGit, userGit } from "./_git.ts";
import { concat, decodePath, decodeRecords, isPlainPath } from "./_path.ts";
import { settle } from "./_settle.ts";
import { type Store, storeGit } from "./_store.ts";
import { SnapshotError } from "./error.ts";

/** What to list. */
export interface ListingRequest {
  /** Absolute real path of the folder. */
  readonly sourceRoot: string;
  /** Path of the state folder in it, if it lies inside. */
  readonly statePath: string | undefined;
  readonly include: readonly string[];
  readonly exclude: readonly string[];
}

/** The records of one or several `git ls-files`, not yet looked at. */
export interface Listing {
  /** Whether the folder belongs to a git repository of the user's. */
  readonly isRepository: boolean;
  /** A hash over everything listed: the same one means the same paths. */
  readonly digest: string;
  /** The records of one folder; prefix "" or ending in a slash. */
  readonly parts: readonly ListingPart[];
}

interface ListingPart {
  readonly prefix: string;
  readonly records: Uint8Array;
  /** Records of paths that `include` asks for, still to be matched. */
  readonly included: Uint8Array | undefined;
}

/** The paths of a listing. */
export interface ListedPaths {
  /** Every file of the snapshot, each once. */
  readonly paths: readonly string[];
  /** Those that a git repository tracks. */
  readonly tracked: ReadonlySet<string>;
  /** How many tracked files the sparse checkout leaves out. */
  readonly sparse: number;
}

const LIST = ["ls-files", "-z", "-o", "-s", "-t", "--exclude-standard"];

/** Lists a working tree. */
export async function list(
  store: Store,
  request: ListingRequest,
): Promise<Listing> {
  const { isRepository, parts } = await listFolder(store, request, "");
  const everything = concat([
    new TextEncoder().encode(
      JSON.stringify([request.include, request.exclude, isRepository]),
    ),
    ...parts.flatMap((part) => [
      new TextEncoder().encode(`\0${part.prefix}\0`),
      part.records,
      part.included ?? new Uint8Array(),
    ]),
  ]);
  const hash = await crypto.subtle.digest("SHA-256", everything);
  return { isRepository, parts, digest: new Uint8Array(hash).toHex() };
}

/** Reads the paths out of a listing. */
export async function readListing(
  listing: Listing,
  { statePath, include, exclude }: ListingRequest,
): Promise<ListedPaths> {
  const paths = new Set<string>();
  const tracked = new Set<string>();
  let sparse = 0;
  const included = await pathTest(include);
  for (const part of listing.parts) {
    for (const record of decodeRecords(part.records)) {
      if (record.startsWith("? ")) {
        const path = part.prefix + record.slice(2);
        if (!path.endsWith("/")) paths.add(path);
        continue;
      }
      if (record.startsWith("160000 ", 2)) continue;
      if (record.startsWith("S ")) {
        sparse += 1;
        continue;
      }
      const path = part.prefix + record.slice(record.indexOf("\t") + 1);
      paths.add(path);
      tracked.add(path);
    }
    for (const record of decodeRecords(part.included ?? new Uint8Array())) {
      const path = part.prefix + record;
      if (!path.endsWith("/") && included?.(path) === true) paths.add(path);
    }
  }
  const excluded = await pathTest(exclude);
  const state = statePath === undefined ? undefined : `${statePath}/`;
  const kept = [...paths].filter((path) =>
    (state === undefined || !path.startsWith(state)) && path !== statePath &&
    excluded?.(path) !== true
  );
  return { paths: kept, tracked, sparse };
}

/** A test for paths against globs; undefined: there are none. */
export async function pathTest(
  globs: readonly string[],
): Promise<((path: string) => boolean) | undefined> {
  if (globs.length === 0) return undefined;
  const { loadMatcher }: typeof import("../globs/pattern.ts") = await import(
    import.meta.resolve("../globs/pattern.ts")
  );
  const match = await loadMatcher(globs);
  return (path) => match(path) !== null;
}

async function listFolder(
  store: Store,
  request: ListingRequest,
  prefix: string,
): Promise<{ isRepository: boolean; parts: ListingPart[] }> {
  const cwd = join(request.sourceRoot, prefix);
  const state = request.statePath;
  const stateHere = state?.startsWith(prefix) === true
    ? state.slice(prefix.length)
    : undefined;
  const pathspec = stateHere === undefined
    ? []
    : ["--", `:(exclude,literal)${stateHere}`];
  const { isRepository, records } = await listOne(
    store,
    cwd,
    prefix,
    [...LIST, ...pathspec],
  );
  const pathspecs = await includePathspecs(request.include, prefix);
  const [included, ...nested] = await settle([
    pathspecs.length === 0 ? undefined : listOne(store, cwd, prefix, [
      "ls-files",
      "-z",
      "-o",
      "--",
      ...pathspecs,
    ]),
    ...nestedFolders(records).filter(isPlainPath).map((folder) =>
      listFolder(store, request, `${prefix}${folder}/`)
    ),
  ]);
  return {
    isRepository,
    parts: [
      { prefix, records, included: included?.records },
      ...nested.flatMap((one) => one.parts),
    ],
  };
}

async function listOne(
  store: Store,
  cwd: string,
  prefix: string,
  args: readonly string[],
): Promise<{ isRepository: boolean; records: Uint8Array }> {
  // A folder inside is named as a repository, or git would answer for the outer one.
  const env = prefix === ""
    ? undefined
    : { GIT_DIR: join(cwd, ".git"), GIT_WORK_TREE: cwd };
  if (prefix !== "" && !await exists(cwd)) {
    return { isRepository: false, records: new Uint8Array() };
  }
  if (prefix === "" || await exists(join(cwd, ".git"))) {
    const result = await userGit(args, {
      cwd,
      ...(env === undefined ? {} : { env }),
    });
    const ignored = prefix === "" && result.stdout.length === 0 &&
      await isIgnoredFolder(cwd);
    if (result.code === 0 && !ignored) {
      return { isRepository: true, records: result.stdout };
    }
    if (prefix === "" && !ignored && !isNoRepository(result.stderr)) {
      throw new SnapshotError(
        "git",
        `Cannot list the files of "${cwd}": ${result.stderr.trim()}`,
      );
    }
  }
  const plain = await storeGit(store, args, {
    workTree: cwd,
    // An index that is not there: nothing is tracked.
    index: join(store.dir, "no-index"),
  });
  return {
    isRepository: false,
    records: expectGit(`list the files of "${cwd}"`, plain),
  };
}

/** Whether git refused because there is no repository, or none with a working tree. */
export function isNoRepository(stderr: string): boolean {
  return /not a git repository|must be run in a work tree/.test(stderr);
}

/** Whether the repository around a folder ignores it, so that it stands for itself. */
export async function isIgnoredFolder(folder: string): Promise<boolean> {
  const { code } = await userGit(["check-ignore", "-q", "."], { cwd: folder });
  return code === 0;
}

/** Submodules and untracked repositories among the records, without the last slash. */
function nestedFolders(records: Uint8Array): string[] {
  // Mostly there are none, which a text tells without a look at each record.
  const text = new TextDecoder().decode(records);
  if (!text.includes("/\0") && !text.includes(" 160000 ")) return [];
  const folders = new Set<string>();
  for (let start = 0; start < records.length;) {
    const found = records.indexOf(0, start);
    const end = found === -1 ? records.length : found;
    if (records[end - 1] === SLASH) {
      folders.add(decodePath(records.subarray(start + "? ".length, end - 1)));
    } else if (records[start + 3] === SIX && records[start] !== QUESTION) {
      // Of all modes only that of a submodule, 160000, has a 6 there.
      const path = records.indexOf(TAB, start) + 1;
      folders.add(decodePath(records.subarray(path, end)));
    }
    start = end + 1;
  }
  return [...folders];
}

const TAB = 0x09;
const SLASH = 0x2f;
const SIX = 0x36;
const QUESTION = 0x3f;

/** Pathspecs, relative to the folder, of where the globs can match. */
async function includePathspecs(
  globs: readonly string[],
  prefix: string,
): Promise<readonly string[]> {
  if (globs.length === 0) return [];
  const { bases }: typeof import("../globs/pattern.ts") = await import(
    import.meta.resolve("../globs/pattern.ts")
  );
  const pathspecs = new Set<string>();
  for (const base of bases(globs)) {
    if (base === "" || prefix.startsWith(`${base}/`)) pathspecs.add(".");
    else if (base.startsWith(prefix)) {
      pathspecs.add(`:(literal)${base.slice(prefix.length)}`);
    }
  }
  return [...pathspecs];
}

async function exists(path: string): Promise<boolean> {
  try {
    await Deno.lstat(path);
    return true;
  } catch {
    return false;
  }
}
