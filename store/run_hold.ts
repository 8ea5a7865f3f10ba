/**
 * A run's folder, locked by the process that carries the run out: so others know
 * that it lives where they cannot see it, as from another container.
 *
 * @module
 */

/** Locks the folder of a run until it is given up, or the process ends; it need not work everywhere. */
export function holdRun(folder: string): Disposable {
  const file = open(folder);
  try {
    file?.tryLockSync(true);
  } catch {
    // Others go by the process then.
  }
  return { [Symbol.dispose]: () => file?.close() };
}

/** Whether a process holds the folder of a run; false too where that cannot be told. */
export function isHeld(folder: string): boolean {
  const file = open(folder);
  try {
    return file?.tryLockSync(false) === false;
  } catch {
    return false;
  } finally {
    file?.close();
  }
}

function open(folder: string): Deno.FsFile | null {
  try {
    return Deno.openSync(folder);
  } catch {
    return null;
  }
}
