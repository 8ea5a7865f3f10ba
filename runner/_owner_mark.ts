/**
 * A file that a process keeps locked for as long as it lives, by which others
 * know that it does.
 *
 * A process id says so only among processes that see each other: containers may
 * share a home folder, and nothing else. The lock goes with the process, however
 * that ends.
 *
 * @module
 */
import { join } from "../model/path.ts";

/** The mark of this process. */
export interface OwnerMark extends Disposable {
  /** Name of its file in the folder. */
  readonly name: string;
}

/** Makes the mark of this process, and clears away those of others that are gone; null: files cannot be locked there. */
export function takeMark(folder: string): OwnerMark | null {
  const name = `${Deno.pid}-${crypto.randomUUID()}`;
  try {
    Deno.mkdirSync(folder, { recursive: true });
    const path = join(folder, name);
    // Who clears away may take it for a dead one's until it is locked.
    for (let tries = 0; tries < 100; tries++) {
      const file = lockedFile(path);
      if (file === null) continue;
      clear(folder, name);
      return {
        name,
        [Symbol.dispose]() {
          remove(path);
          file.close();
        },
      };
    }
  } catch {
    // Without it others go by the process.
  }
  return null;
}

/**
 * Whether the process with this mark is seen to live; what a dead one left is
 * cleared away. False too where that cannot be told.
 */
export function isMarked(folder: string, name: string): boolean {
  const path = join(folder, name);
  try {
    using file = Deno.openSync(path);
    if (!file.tryLockSync(false)) return true;
    Deno.removeSync(path);
  } catch {
    // It is gone, or nobody may look at it.
  }
  return false;
}

/** Null: it was cleared away before it was locked. */
function lockedFile(path: string): Deno.FsFile | null {
  const file = Deno.openSync(path, { write: true, create: true });
  try {
    if (file.tryLockSync(true) && isAt(file, path)) return file;
  } catch (error) {
    file.close();
    throw error;
  }
  file.close();
  return null;
}

function isAt(file: Deno.FsFile, path: string): boolean {
  try {
    return file.statSync().ino === Deno.statSync(path).ino;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}

function clear(folder: string, own: string): void {
  for (const { name } of Deno.readDirSync(folder)) {
    if (name !== own) isMarked(folder, name);
  }
}

/** Removes a file; what another one removed, or nobody can, is cleared away later if at all. */
function remove(path: string): void {
  try {
    Deno.removeSync(path);
  } catch {
    // It holds nobody up.
  }
}
