/** Looking into a folder of this machine. */

/** Whether there is anything in a folder; one that is missing holds nothing. */
export function holdsAnything(folder: string): boolean {
  try {
    for (const _ of Deno.readDirSync(folder)) return true;
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
  return false;
}
