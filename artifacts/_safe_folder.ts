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

/**
 * A folder into which files are written, each at its path, never through a link.
 *
 * What it looks at and makes for a file takes less time at once than it takes to
 * wait for another thread that does it.
 */
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
    write: (path: string) => Promise<void> | void,
  ): Promise<void> {
    const place = this.#clear(path);
    await write(place);
    permit(place, mode);
  }

  /** Makes a symbolic link. */
  link(path: string, target: string): void {
    const problem = linkProblem(path, target);
    if (problem !== null) throw new UnsafePathError(problem);
    Deno.symlinkSync(target, this.#clear(path));
  }

  /** The absolute path of a file that was written before; null: there is none. */
  written(path: string): string | null {
    if (pathProblem(path) !== null) return null;
    if (!this.#folders.has(parentOf(path))) return null;
    const info = lstat(join(this.#root, path));
    return info?.isFile ? join(this.#root, path) : null;
  }

  /** Makes the folders above a path, removes what is there, and gives its absolute path. */
  #clear(path: string): string {
    const problem = pathProblem(path);
    if (problem !== null) throw new UnsafePathError(problem);
    this.#folder(parentOf(path));
    const place = join(this.#root, path);
    const info = lstat(place);
    if (info === null) return place;
    if (info.isDirectory) throw new UnsafePathError("is a folder there");
    Deno.removeSync(place);
    return place;
  }

  #folder(path: string): void {
    if (this.#folders.has(path)) return;
    this.#folder(parentOf(path));
    const place = join(this.#root, path);
    const info = lstat(place);
    if (info === null) Deno.mkdirSync(place);
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

/** No setuid; the owner can read it, so that it can be sent on. */
function permit(path: string, mode: number): void {
  Deno.chmodSync(path, (mode & 0o777) | 0o400);
}

function lstat(path: string): Deno.FileInfo | null {
  try {
    return Deno.lstatSync(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return null;
    throw error;
  }
}
