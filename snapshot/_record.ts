/**
 * What is kept beside a tree: the permissions that git does not hold, and how
 * the tree was captured.
 *
 * @module
 */
import { join } from "../model/path.ts";
import { readText, removeFile, type Store, writeAtomically } from "./_store.ts";

/** The permissions of a tree's files; git itself knows only 644 and 755. */
export interface Modes {
  /** Umask under which a checkout gets most of them right. */
  readonly umask: number;
  /** Every other file, and its permissions. */
  readonly exceptions: readonly (readonly [path: string, mode: number])[];
  /** User id of the files' owner, where the account is root's; absent: the account itself. */
  readonly owner?: number;
}

/** What is kept beside a tree. */
export interface TreeRecord {
  readonly modes: Modes;
  /** Globs that were kept out. */
  readonly exclude: readonly string[];
  /** Whether a sparse checkout left tracked files out. */
  readonly sparse: boolean;
}

/** The permissions that git gives files under the usual umask. */
export const PLAIN_MODES: Modes = { umask: 0o022, exceptions: [] };

const PLAIN_RECORD: TreeRecord = {
  modes: PLAIN_MODES,
  exclude: [],
  sparse: false,
};

/** Reads the record of a tree; without one, the tree holds nothing but what git knows. */
export async function readRecord(
  store: Store,
  tree: string,
): Promise<TreeRecord> {
  const text = await readText(recordPath(store, tree));
  return text === undefined ? PLAIN_RECORD : JSON.parse(text);
}

/** Keeps the record of a tree. */
export async function writeRecord(
  store: Store,
  tree: string,
  record: TreeRecord,
): Promise<void> {
  const path = recordPath(store, tree);
  const text = JSON.stringify(record);
  const old = await readText(path);
  if (old === text) return;
  if (old === undefined) {
    if (text === JSON.stringify(PLAIN_RECORD)) return;
    await Deno.mkdir(recordsDir(store), { recursive: true });
  }
  await writeAtomically(path, text);
}

/** Forgets the record of a tree. */
export async function removeRecord(store: Store, tree: string): Promise<void> {
  await removeFile(recordPath(store, tree));
}

function recordsDir(store: Store): string {
  return join(store.dir, "pikaci", "trees");
}

function recordPath(store: Store, tree: string): string {
  return join(recordsDir(store), `${tree}.json`);
}
