/**
 * Locks between processes, and between the parts of one.
 *
 * A lock belongs to an open file, so a killed process frees it. Lock files are
 * never deleted: two processes would lock two files of one name.
 *
 * @module
 */
import { dirname, join } from "../model/path.ts";
import { LOCKS_DIR } from "../model/state_paths.ts";

/** A lock that is held until it is disposed of. */
export interface Lock extends AsyncDisposable {
  /** Makes an exclusive lock a shared one; false: somebody was faster, and nothing is held. */
  share(): Promise<boolean>;
}

/** Waits for a lock. */
export async function lock(
  path: string,
  mode: "shared" | "exclusive",
): Promise<Lock> {
  const file = openLock(path);
  try {
    // A lock that is free, as almost all are, is not worth another thread.
    if (!tryAtOnce(file, mode)) await file.lock(mode === "exclusive");
  } catch (error) {
    file.close();
    throw error;
  }
  return held(file);
}

/** Takes a lock that is free; undefined: it is not. */
export function tryLock(
  path: string,
  mode: "shared" | "exclusive",
): Promise<Lock | undefined> {
  return Promise.try(() => {
    const file = openLock(path);
    try {
      if (tryAtOnce(file, mode)) return held(file);
    } catch (error) {
      file.close();
      throw error;
    }
    file.close();
    return undefined;
  });
}

/** The lock that a capture holds: captures of one state folder run one after the other. */
export function captureLock(stateRoot: string): string {
  return join(stateRoot, LOCKS_DIR, "capture.lock");
}

/** The lock on the stored objects: shared by who reads or adds, exclusive for who removes. */
export function storeLock(stateRoot: string): string {
  return join(stateRoot, LOCKS_DIR, "store.lock");
}

/** The lock on the use of one checkout. */
export function checkoutLock(stateRoot: string, slot: string): string {
  return join(stateRoot, LOCKS_DIR, `checkout-${slot}.lock`);
}

/** The lock on a checkout's index and content, held while they are looked at or mended. */
export function slotLock(stateRoot: string, slot: string): string {
  return join(stateRoot, LOCKS_DIR, `content-${slot}.lock`);
}

/** The lock under which a shared checkout of a tree is chosen; few files serve all trees. */
export function poolLock(stateRoot: string, tree: string): string {
  return join(stateRoot, LOCKS_DIR, `pool-${tree.slice(0, 2)}.lock`);
}

function openLock(path: string): Deno.FsFile {
  const options = { create: true, read: true, write: true };
  try {
    return Deno.openSync(path, options);
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
    Deno.mkdirSync(dirname(path), { recursive: true });
    return Deno.openSync(path, options);
  }
}

function tryAtOnce(file: Deno.FsFile, mode: "shared" | "exclusive"): boolean {
  return file.tryLockSync(mode === "exclusive");
}

function held(file: Deno.FsFile): Lock {
  return {
    share: () => file.tryLock(false),
    [Symbol.asyncDispose]: () => {
      file.close();
      return Promise.resolve();
    },
  };
}
