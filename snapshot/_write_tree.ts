/**
 * Writes trees into the private git folder without a process of git: a filtered
 * tree for every job is otherwise two of them each.
 *
 * An object is `TYPE SIZE NUL CONTENT`, named by its SHA-1 and kept deflated
 * under that name; a tree's content is `MODE NAME NUL ID` for each entry, in the
 * order of its names' bytes, folders as if they ended in a slash: git's
 * Documentation/gitformat-loose.txt and git-mktree.
 *
 * @module
 */
import { dirname, join } from "../model/path.ts";
import type { SnapshotFile } from "../model/snapshot.ts";
import { concat, encodePath } from "./_path.ts";
import type { Store } from "./_store.ts";

/** A folder on its way to become a tree. */
interface Folder {
  readonly files: { readonly name: string; readonly file: SnapshotFile }[];
  readonly folders: Map<string, Folder>;
}

/** Writes the tree of these files, whose content is stored already, and returns its id. */
export async function writeTree(
  store: Store,
  files: readonly SnapshotFile[],
): Promise<string> {
  const root: Folder = { files: [], folders: new Map() };
  for (const file of files) {
    const parts = file.path.split("/");
    const name = parts.pop() ?? "";
    let folder = root;
    for (const part of parts) {
      let inner = folder.folders.get(part);
      if (inner === undefined) {
        inner = { files: [], folders: new Map() };
        folder.folders.set(part, inner);
      }
      folder = inner;
    }
    folder.files.push({ name, file });
  }
  return await writeFolder(store, root);
}

async function writeFolder(store: Store, folder: Folder): Promise<string> {
  const entries = folder.files.map(({ name, file: { mode, oid } }) => {
    const bytes = encodePath(name);
    return { mode, id: oid, name: bytes, order: bytes };
  });
  for (const [name, inner] of folder.folders) {
    const bytes = encodePath(name);
    entries.push({
      mode: "40000",
      id: await writeFolder(store, inner),
      name: bytes,
      order: concat([bytes, SLASH]),
    });
  }
  entries.sort((a, b) => compare(a.order, b.order));
  const content = concat(entries.flatMap(({ mode, id, name }) => [
    encoder.encode(`${mode} `),
    name,
    NUL,
    Uint8Array.fromHex(id),
  ]));
  return await writeObject(store, "tree", content);
}

async function writeObject(
  store: Store,
  type: string,
  content: Uint8Array,
): Promise<string> {
  const bytes = concat([
    encoder.encode(`${type} ${content.length}\0`),
    content,
  ]);
  const hash = await crypto.subtle.digest("SHA-1", bytes);
  const id = new Uint8Array(hash).toHex();
  const objects = join(store.dir, "objects");
  const path = join(objects, id.slice(0, 2), id.slice(2));
  if (await isWritten(path)) return id;
  // Named as git names its drafts, so that what is cut off is swept as they are.
  const draft = join(objects, `tmp_obj_${crypto.randomUUID()}`);
  try {
    await Deno.writeFile(draft, await deflated(bytes), { mode: 0o444 });
    await place(draft, path);
  } catch (error) {
    await Deno.remove(draft).catch(() => {});
    throw error;
  }
  return id;
}

/** How often a folder of objects may go before something is in it. */
const TRIES = 20;

/** git removes empty folders of objects whenever it packs, also one that was just made. */
export async function place(draft: string, path: string): Promise<void> {
  for (let tries = 1;; tries++) {
    await Deno.mkdir(dirname(path), { recursive: true });
    try {
      await Deno.rename(draft, path);
      return;
    } catch (error) {
      const gone = error instanceof Deno.errors.NotFound;
      if (!gone || tries === TRIES) throw error;
    }
  }
}

/** A machine that went down can leave an empty file under an object's name. */
async function isWritten(path: string): Promise<boolean> {
  try {
    return (await Deno.lstat(path)).size > 0;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}

async function deflated(
  bytes: Uint8Array<ArrayBuffer>,
): Promise<Uint8Array> {
  const { readable, writable } = new CompressionStream("deflate");
  const writer = writable.getWriter();
  const written = writer.write(bytes).then(() => writer.close());
  const parts = await Array.fromAsync(readable);
  await written;
  return concat(parts);
}

function compare(a: Uint8Array, b: Uint8Array): number {
  const shared = Math.min(a.length, b.length);
  for (let at = 0; at < shared; at++) {
    const difference = (a[at] ?? 0) - (b[at] ?? 0);
    if (difference !== 0) return difference;
  }
  return a.length - b.length;
}

const encoder = new TextEncoder();
const SLASH = encoder.encode("/");
const NUL = new Uint8Array(1);
