/** Files of a run beside the database, each written whole or not at all. */
import { dirname, join } from "../model/path.ts";
import { asStoreError, guarded } from "./store_error.ts";

/**
 * Writes a file so that a reader sees the old or the new content.
 *
 * Not synced: the database is the truth, the file is for other programs.
 */
export function writeWhole(path: string, text: string): void {
  guarded(path, () => {
    const temporary = `${path}.${crypto.randomUUID().slice(0, 8)}.tmp`;
    Deno.mkdirSync(dirname(path), { recursive: true });
    try {
      Deno.writeTextFileSync(temporary, text);
      Deno.renameSync(temporary, path);
    } catch (error) {
      try {
        Deno.removeSync(temporary);
      } catch {
        // It was not made.
      }
      throw error;
    }
  });
}

/** Writes a value as a JSON file, indented by two as the original did. */
export function writeJson(path: string, value: unknown): void {
  writeWhole(path, `${JSON.stringify(value, null, 2)}\n`);
}

/** Makes the state folder, which ignores itself in git. */
export function makeStateRoot(stateRoot: string): void {
  guarded(stateRoot, () => {
    Deno.mkdirSync(stateRoot, { recursive: true });
    try {
      Deno.writeTextFileSync(join(stateRoot, ".gitignore"), "*\n", {
        createNew: true,
      });
    } catch (error) {
      if (!(error instanceof Deno.errors.AlreadyExists)) throw error;
    }
  });
}

/** Whether there is something under a path. */
export function exists(path: string): boolean {
  return guarded(path, () => {
    try {
      Deno.lstatSync(path);
      return true;
    } catch (error) {
      if (
        error instanceof Deno.errors.NotFound ||
        error instanceof Deno.errors.NotADirectory
      ) return false;
      throw error;
    }
  });
}

/** Moves a folder within the state folder; what stands at the new place goes. */
export function moveFolder(from: string, to: string): void {
  guarded(to, () => {
    Deno.mkdirSync(dirname(to), { recursive: true });
    if (exists(to)) Deno.removeSync(to, { recursive: true });
    Deno.renameSync(from, to);
  });
}

/**
 * Removes a folder with all in it, also where a job took write permission from
 * its folders; nothing there is fine.
 */
export async function removeTree(path: string): Promise<void> {
  try {
    await removeOnce(path);
  } catch (error) {
    if (!(error instanceof Deno.errors.PermissionDenied)) {
      throw asStoreError(path, error);
    }
    await openFolders(path);
    await removeOnce(path).catch((error) => {
      throw asStoreError(path, error);
    });
  }
}

async function removeOnce(path: string): Promise<void> {
  try {
    await Deno.remove(path, { recursive: true });
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
}

/** Gives the owner every permission on a folder and those in it. */
async function openFolders(path: string): Promise<void> {
  await Deno.chmod(path, 0o700);
  for await (const entry of Deno.readDir(path)) {
    if (entry.isDirectory) await openFolders(join(path, entry.name));
  }
}
