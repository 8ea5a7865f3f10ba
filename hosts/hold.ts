/**
 * Files and folders that a process keeps locked for as long as it lives, by which
 * others know that it does.
 *
 * A process id says so only among processes that see each other: containers may
 * share a folder, and nothing else. A lock goes with its process, however that
 * ends.
 *
 * @module
 */

/** Locks what is at a path until it is given up, or the process ends; it need not work everywhere. */
export function hold(path: string): Disposable {
  const file = open(path);
  try {
    file?.tryLockSync(true);
  } catch {
    // Others go by the process then.
  }
  return { [Symbol.dispose]: () => file?.close() };
}

/** Whether a process holds what is at a path; false too where that cannot be told. */
export function isHeld(path: string): boolean {
  const file = open(path);
  try {
    return file?.tryLockSync(false) === false;
  } catch {
    return false;
  } finally {
    file?.close();
  }
}

function open(path: string): Deno.FsFile | null {
  try {
    return Deno.openSync(path);
  } catch {
    return null;
  }
}
