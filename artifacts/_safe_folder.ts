/** Writing into a folder so that nothing lands outside of it. */
import { dirname, join } from "../model/path.ts";

/** Tells why a path cannot be one in a folder; null: it can. */
export function pathProblem(path: string): string | null {
  if (path === "") return "is no path";
  if (path.startsWith("/")) return "is an absolute path";
  if (path.includes("\0")) return "has a NUL character in its name";
  const parts = path.split("/");
  if (parts.includes("..")) return "leads outside";
  if (parts.includes("") || parts.includes(".")) return "is no plain path";
  return null;
}

/**
 * Tells why a link at this path cannot be kept; null: it can.
 *
 * A ".." may stand at the start alone: after a name, which may be a link itself,
 * it leads somewhere else than it seems to.
 */
export function linkProblem(path: string, target: string): string | null {
  const to = JSON.stringify(target);
  if (target === "" || target.includes("\0")) return "is a link to no path";
  if (target.startsWith("/")) {
    return `is a link to ${to}, an absolute path that leads outside`;
  }
  const parts = target.split("/").filter((part) => part !== "" && part !== ".");
  const up = parts.findIndex((part) => part !== "..");
  const ups = up < 0 ? parts.length : up;
  if (ups > path.split("/").length - 1) {
    return `is a link to ${to}, which leads outside`;
  }
  return parts.indexOf("..", ups) < 0
    ? null
    : `is a link to ${to}, whose ".." after a name may lead outside`;
}

/** A path that cannot be written; the reason ends a sentence that starts with the path. */
export class UnsafePathError extends Error {
  /** Creates the error. */
  constructor(reason: string) {
    super(reason);
    this.name = "UnsafePathError";
  }
}

/** A folder into which files are written, each at its path, never through a link. */
export class SafeFolder {
  readonly #root: string;
  readonly #folders = new Set<string>([""]);

  /** Writes into the folder `root`, an absolute path. */
  constructor(root: string) {
    this.#root = root;
  }

  /** Writes a file: `write` creates it at the path it gets. */
  async file(
    path: string,
    mode: number,
    write: (path: string) => Promise<void>,
  ): Promise<void> {
    const place = await this.#clear(path);
    await write(place);
    // No setuid; the owner can read it, so that it can be sent on.
    await Deno.chmod(place, (mode & 0o777) | 0o400);
  }

  /** Makes a symbolic link. */
  async link(path: string, target: string): Promise<void> {
    const problem = linkProblem(path, target);
    if (problem !== null) throw new UnsafePathError(problem);
    await Deno.symlink(target, await this.#clear(path));
  }

  /** The absolute path of a file that was written before; null: there is none. */
  async written(path: string): Promise<string | null> {
    if (pathProblem(path) !== null) return null;
    if (!this.#folders.has(parentOf(path))) return null;
    const info = await lstat(join(this.#root, path));
    return info?.isFile ? join(this.#root, path) : null;
  }

  /** Makes the folders above a path, removes what is there, and gives its absolute path. */
  async #clear(path: string): Promise<string> {
    const problem = pathProblem(path);
    if (problem !== null) throw new UnsafePathError(problem);
    await this.#folder(parentOf(path));
    const place = join(this.#root, path);
    const info = await lstat(place);
    if (info === null) return place;
    if (info.isDirectory) throw new UnsafePathError("is a folder there");
    await Deno.remove(place);
    return place;
  }

  async #folder(path: string): Promise<void> {
    if (this.#folders.has(path)) return;
    await this.#folder(parentOf(path));
    const place = join(this.#root, path);
    const info = await lstat(place);
    if (info === null) await Deno.mkdir(place);
    else if (!info.isDirectory) {
      throw new UnsafePathError(
        `lies below ${JSON.stringify(path)}, which is no folder there`,
      );
    }
    this.#folders.add(path);
  }
}

function parentOf(path: string): string {
  const parent = dirname(path);
  return parent === "." ? "" : parent;
}

async function lstat(path: string): Promise<Deno.FileInfo | null> {
  try {
    return await Deno.lstat(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return null;
    throw error;
  }
}
