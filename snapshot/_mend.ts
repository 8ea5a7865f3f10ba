/**
 * Notices that a capture was cut off, or that objects were lost, and makes the
 * store one that can be relied on.
 *
 * git puts an object or an index in place in one step, so a killed process
 * leaves a whole store and a few drafts. A machine that went down can leave
 * empty files under the names of objects, which git takes for stored.
 *
 * @module
 */
import { join } from "../model/path.ts";
import { bootName } from "../hosts/machine.ts";
import { settle } from "./_settle.ts";
import {
  alternatesPath,
  ensureStore,
  readText,
  removeFile,
  removeStore,
  type Store,
  storeGit,
  writeAtomically,
} from "./_store.ts";

/** What the mark of a store says that is whole; a file that stays costs less than one made anew. */
const WHOLE = "whole\n";

/** Marks the store while it is written; what stands there names the boot of the machine. */
export function beginWriting(store: Store): void {
  Deno.mkdirSync(join(store.dir, "pikaci"), { recursive: true });
  Deno.writeTextFileSync(suspectPath(store), "");
}

/** Unmarks the store: what was written is whole. */
export async function endWriting(store: Store): Promise<void> {
  const boot = await bootName();
  if (await readText(bootPath(store)) !== boot) {
    await writeAtomically(bootPath(store), boot);
  }
  // On a full disk it can still go.
  if (!markWhole(store)) await removeFile(suspectPath(store));
}

function markWhole(store: Store): boolean {
  try {
    Deno.writeTextFileSync(suspectPath(store), WHOLE);
    return true;
  } catch {
    return false;
  }
}

/** Marks the store as one to be looked at before it is written again. */
export async function suspect(store: Store): Promise<void> {
  // Without the folder there is no store: the next capture makes one.
  await Deno.writeTextFile(suspectPath(store), "").catch(() => {});
}

/** Whether the store was left in the middle of something, or by another boot of the machine. */
export async function isSuspect(store: Store): Promise<boolean> {
  const [mark, attached, boot, current] = await Promise.all([
    readText(suspectPath(store)),
    readText(alternatesPath(store)),
    readText(bootPath(store)),
    bootName(),
  ]);
  return (mark !== undefined && mark !== WHOLE) || attached !== undefined ||
    (boot !== undefined && boot !== current);
}

/** Makes the store whole again, anew if need be; the caller has it for itself. */
export async function mend(stateRoot: string): Promise<void> {
  const store = await ensureStore(stateRoot);
  // Attached: a tree may rest on objects of the user's that can go any time.
  const attached = await readText(alternatesPath(store));
  if (
    attached !== undefined && !await isDetached(store) ||
    !await isConnected(store)
  ) {
    await removeStore(store);
    await ensureStore(stateRoot);
    return;
  }
  const drafts = [
    "-type",
    "f",
    "(",
    "-name",
    "*.lock",
    "-o",
    "-name",
    "tmp_*",
    ")",
  ];
  const { find } = await finding();
  for (const draft of await find(store.dir, drafts)) {
    await removeFile(join(store.dir, draft));
  }
  if (!await isWholeIndex(store.index)) await removeFile(store.index);
  await removeFile(suspectPath(store));
  await removeFile(bootPath(store));
}

/** Whether what a capture that was cut off had borrowed could still be copied. */
async function isDetached(store: Store): Promise<boolean> {
  const { detach }: typeof import("./_attach.ts") = await import(
    import.meta.resolve("./_attach.ts")
  );
  return await detach(store).then(() => true, () => false);
}

/** Whether every tree that is kept can be read, and no object is an empty file. */
async function isConnected(store: Store): Promise<boolean> {
  const { find } = await finding();
  const [walk, empty] = await settle([
    storeGit(store, ["rev-list", "--objects", "--quiet", "--all"]),
    find(join(store.dir, "objects"), ["-type", "f", "-size", "0"]),
  ]);
  return walk.code === 0 && empty.length === 0;
}

async function finding(): Promise<typeof import("./_find.ts")> {
  return await import(import.meta.resolve("./_find.ts"));
}

async function isWholeIndex(path: string): Promise<boolean> {
  let bytes: Uint8Array<ArrayBuffer>;
  try {
    bytes = await Deno.readFile(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return true;
    throw error;
  }
  const hash = await crypto.subtle.digest("SHA-1", bytes.subarray(0, -20));
  return new Uint8Array(hash).toHex() === bytes.subarray(-20).toHex();
}

function suspectPath(store: Store): string {
  return join(store.dir, "pikaci", "writing");
}

function bootPath(store: Store): string {
  return join(store.dir, "pikaci", "boot");
}
