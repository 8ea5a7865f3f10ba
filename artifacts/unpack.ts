/**
 * Unpacking tar streams that come from a guest, which is not trusted.
 *
 * The archive is read by a library; what is written, and where, is decided
 * here: owners and setuid are dropped, absolute paths, `..`, links that lead
 * outside and devices are refused by name.
 *
 * @module
 */
import { createTarDecoder, type ParsedTarEntry } from "modern-tar";
import { SafeFolder, UnsafePathError } from "./_safe_folder.ts";
import { type Collected, overLimitMessage, type Refusal } from "./collected.ts";

/** What is unpacked, and where it goes. */
export interface UnpackOptions {
  /** Absolute path of the folder that gets the files, made when needed. */
  readonly into: string;
  /** Whether a file is wanted, by its path; default: all are. */
  readonly wanted?: (path: string) => boolean;
  /** Limit of all files together, in bytes; null: none. When it is exceeded nothing is kept. */
  readonly maxBytes: number | null;
}

type Header = ParsedTarEntry["header"];

/**
 * Writes the files of a tar archive into a folder. Rejects when the archive is
 * broken or ends early.
 */
export async function unpack(
  archive: ReadableStream<Uint8Array>,
  options: UnpackOptions,
): Promise<Collected> {
  const { into, wanted = () => true, maxBytes } = options;
  await Deno.mkdir(into, { recursive: true });
  const folder = new SafeFolder(into);
  const files = new Map<string, number>();
  const refused: Refusal[] = [];
  let bytes = 0;
  for await (const entry of entries(archive)) {
    const { header, body } = entry;
    const path = plainPath(header.name);
    if (header.type !== "directory" && wanted(path)) {
      bytes += header.size;
      files.set(path, header.size);
      // The rest of an archive that is too large is not even read.
      if (maxBytes !== null && bytes > maxBytes) break;
      const why = await write(folder, path, entry);
      if (why !== null) {
        files.delete(path);
        refused.push({ path, why });
      }
    }
    // What was not read is passed over; the next entry waits for it.
    await body.cancel().catch(() => {});
  }
  if (maxBytes === null || bytes <= maxBytes) {
    return { files: [...files.keys()].sort(), bytes, refused, overLimit: null };
  }
  const all = [...files].map(([path, bytes]) => ({ path, bytes }));
  for (const { path } of all.slice(0, -1)) await Deno.remove(`${into}/${path}`);
  return {
    files: [],
    bytes: 0,
    refused,
    overLimit: overLimitMessage(all, maxBytes, "at least "),
  };
}

async function* entries(
  archive: ReadableStream<Uint8Array>,
): AsyncGenerator<ParsedTarEntry> {
  yield* archive.pipeThrough(createTarDecoder({ strict: true }));
}

/** Writes one entry; tells why it was refused, or null. */
async function write(
  folder: SafeFolder,
  path: string,
  { header, body }: ParsedTarEntry,
): Promise<string | null> {
  try {
    switch (header.type ?? "file") {
      case "file":
        await folder.file(
          path,
          header.mode ?? 0o644,
          (place) =>
            Deno.writeFile(place, body, { createNew: true, mode: 0o600 }),
        );
        return null;
      case "symlink":
        folder.link(path, header.linkname ?? "");
        return null;
      case "link":
        return await hardLink(folder, path, header);
      case "directory":
        return null;
      case "fifo":
        return "is a named pipe";
      default:
        return "is a device";
    }
  } catch (error) {
    if (error instanceof UnsafePathError) return error.message;
    throw error;
  }
}

/** A second name of a file that came before becomes a second name here too. */
async function hardLink(
  folder: SafeFolder,
  path: string,
  header: Header,
): Promise<string | null> {
  const target = plainPath(header.linkname ?? "");
  const source = folder.written(target);
  if (source === null || target === path) {
    return `is a hard link to ${
      JSON.stringify(header.linkname)
    }, which is no file that came before it`;
  }
  await folder.file(
    path,
    header.mode ?? 0o644,
    (place) => Deno.link(source, place),
  );
  return null;
}

/** `tar -C folder .` writes `./a`. */
function plainPath(name: string): string {
  let path = name;
  while (path.startsWith("./")) path = path.slice(2);
  return path;
}
