/**
 * The file by which others know that a process lives which has leases.
 *
 * @module
 */
import { hold, isHeld } from "../hosts/hold.ts";
import { join } from "../model/path.ts";

/** The mark of this process. */
export interface OwnerMark extends Disposable {
  /** Name of its file in the folder. */
  readonly name: string;
}

/** Makes the mark of this process, and clears away those of others that are gone; null: files cannot be held there. */
export function takeMark(folder: string): OwnerMark | null {
  const name = `${Deno.pid}-${crypto.randomUUID()}`;
  const path = join(folder, name);
  try {
    Deno.mkdirSync(folder, { recursive: true });
    // Who clears away may take it for a dead one's until it is held.
    for (let tries = 0; tries < 5; tries++) {
      Deno.writeTextFileSync(path, "");
      const held = hold(path);
      if (isHeld(path)) {
        clear(folder, name);
        return {
          name,
          [Symbol.dispose]() {
            remove(path);
            held[Symbol.dispose]();
          },
        };
      }
      held[Symbol.dispose]();
    }
  } catch {
    // Without it others go by the process.
  }
  remove(path);
  return null;
}

/**
 * Whether the process with this mark is seen to live; what a dead one left is
 * cleared away. False too where that cannot be told.
 */
export function isMarked(folder: string, name: string): boolean {
  const path = join(folder, name);
  if (isHeld(path)) return true;
  remove(path);
  return false;
}

function clear(folder: string, own: string): void {
  for (const { name } of Deno.readDirSync(folder)) {
    if (name !== own) isMarked(folder, name);
  }
}

/** Removes a file; what another one removed, or nobody can, holds nobody up. */
function remove(path: string): void {
  try {
    Deno.removeSync(path);
  } catch {
    // It is gone, or stays.
  }
}
