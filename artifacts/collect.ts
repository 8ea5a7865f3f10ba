/** Keeping files: what globs name, at the same paths, in another folder. */
import { join } from "../model/path.ts";
import { SafeFolder, UnsafePathError } from "./_safe_folder.ts";
import { type Found, walk } from "./_walk.ts";
import { type Collected, overLimitMessage, type Refusal } from "./collected.ts";

/** What is collected, and where it goes. */
export interface CollectOptions {
  /** Absolute path of the folder whose files are kept. */
  readonly root: string;
  /** Globs over paths in it; one that matches a folder stands for all in it. */
  readonly patterns: readonly string[];
  /** Absolute path of the folder that gets them, made when needed. */
  readonly into: string;
  /** Limit of all files together, in bytes; null: none. When it is exceeded nothing is kept. */
  readonly maxBytes: number | null;
  /** Aborted: no more files are kept, and its reason is thrown; default: never. */
  readonly signal?: AbortSignal;
}

/**
 * Copies the files that the patterns name. Modes are kept but for setuid,
 * setgid and sticky. Links are kept as links when they lead nowhere outside;
 * sockets, pipes and devices are not kept, and named.
 */
export async function collect(options: CollectOptions): Promise<Collected> {
  const { root, patterns, into, maxBytes, signal } = options;
  const { found, refused: unread } = await walk(root, patterns);
  const refused: Refusal[] = [...unread];
  const wanted = found.filter((entry) => {
    const why = specialProblem(entry.info);
    if (why !== null) refused.push({ path: entry.path, why });
    return why === null;
  });
  const bytes = wanted.reduce((sum, entry) => sum + sizeOf(entry), 0);
  if (maxBytes !== null && bytes > maxBytes) {
    const overLimit = overLimitMessage(
      wanted.map((entry) => ({ path: entry.path, bytes: sizeOf(entry) })),
      maxBytes,
    );
    return { files: [], bytes: 0, refused, overLimit };
  }
  if (wanted.length > 0) await Deno.mkdir(into, { recursive: true });
  const folder = new SafeFolder(into);
  const files: string[] = [];
  let kept = 0;
  for (const [at, entry] of wanted.entries()) {
    signal?.throwIfAborted();
    try {
      // Limits and signals get their turn while another thread copies.
      await copy(root, entry, folder, at % 32 < 31);
      files.push(entry.path);
      kept += sizeOf(entry);
    } catch (error) {
      refused.push({ path: entry.path, why: copyProblem(error) });
    }
  }
  return { files, bytes: kept, refused, overLimit: null };
}

/** Files up to this size, in bytes, are copied faster than another thread begins to. */
const smallBytes = 256 * 1024;

async function copy(
  root: string,
  { path, info }: Found,
  folder: SafeFolder,
  atOnce: boolean,
): Promise<void> {
  const source = join(root, path);
  if (info.isSymlink) folder.link(path, await Deno.readLink(source));
  else {
    await folder.file(
      path,
      info.mode ?? 0o644,
      (place) =>
        atOnce && info.size <= smallBytes
          ? Deno.copyFileSync(source, place)
          : Deno.copyFile(source, place),
    );
  }
}

function sizeOf({ info }: Found): number {
  return info.isFile ? info.size : 0;
}

function specialProblem(info: Deno.FileInfo): string | null {
  if (info.isFile || info.isSymlink) return null;
  if (info.isSocket) return "is a socket";
  if (info.isFifo) return "is a named pipe";
  return "is a device";
}

/** What is this one file's own fault; anything else, such as a full disk, is thrown on. */
function copyProblem(error: unknown): string {
  if (error instanceof UnsafePathError) return error.message;
  if (error instanceof Deno.errors.PermissionDenied) {
    return `cannot be read: ${error.message}`;
  }
  if (error instanceof Deno.errors.NotFound) return "is gone";
  throw error;
}
