/** Which folders of a working tree are watched, and which changes in them are told. */
import { dirname, join, relative } from "../model/path.ts";
import { userGit } from "./_git.ts";
import { pathTest } from "./_listing.ts";
import { decodeRecords } from "./_path.ts";

/** What belongs to a snapshot beside and without what git says. */
export interface WatchRules {
  /** Globs of ignored files that belong to it. */
  readonly include: readonly string[];
  /** Globs of files that do not; they win. */
  readonly exclude: readonly string[];
}

/** The folders of one working tree, by its ignore rules and those of the config. */
export class WatchedFolders {
  readonly #root: string;
  readonly #state: string;
  /** Absolute paths of the outermost folders that ignore rules hide. */
  readonly #ignored: Set<string>;
  /** Paths outside which no ignored file is included. */
  #bases: readonly string[] = [];
  /** Folders with ignored files that are included, and those above them. */
  #holding: ReadonlySet<string> = new Set();
  #included: ((path: string) => boolean) | undefined;
  #excluded: ((path: string) => boolean) | undefined;

  private constructor(root: string, state: string, ignored: Set<string>) {
    this.#root = root;
    this.#state = state;
    this.#ignored = ignored;
  }

  /** Reads what git ignores; `state` is the absolute path of the state folder. */
  static async read(root: string, state: string): Promise<WatchedFolders> {
    return new WatchedFolders(root, state, new Set(await ignoredFolders(root)));
  }

  /** Takes other rules of the config. */
  async follow({ include, exclude }: WatchRules): Promise<void> {
    this.#included = await pathTest(include);
    this.#excluded = await pathTest(exclude);
    const { bases }: typeof import("../globs/pattern.ts") = await import(
      import.meta.resolve("../globs/pattern.ts")
    );
    const all = bases(include);
    this.#bases = all.filter((base) => base !== "");
    // Where such a file may be anywhere, only folders that have one are watched.
    this.#holding = all.includes("")
      ? await holding(this.#root, (path) => this.#included?.(path) === true)
      : new Set();
  }

  /** All of them, the root among them. */
  all(): Promise<readonly string[]> {
    return this.below(this.#root);
  }

  /** A folder and all below it, but what is left out; what may not be read has none. */
  async below(folder: string): Promise<readonly string[]> {
    const found = [folder];
    for (const at of found) {
      try {
        for await (const { name, isDirectory } of Deno.readDir(at)) {
          const path = join(at, name);
          if (isDirectory && !this.leftOut(path)) found.push(path);
        }
      } catch (error) {
        if (
          !(error instanceof Deno.errors.NotFound ||
            error instanceof Deno.errors.PermissionDenied)
        ) throw error;
      }
    }
    return found;
  }

  /** Whether an absolute path, and all below it, is nobody's business. */
  leftOut(path: string): boolean {
    return path === this.#state || path.endsWith("/.git") ||
      (this.isIgnored(path) && !this.#mayHold(relative(this.#root, path)));
  }

  /** A folder came: whether it is to be watched. */
  async takes(path: string): Promise<boolean> {
    const folder = join(this.#root, path);
    const ignored = (await notIgnored(this.#root, [path])).length === 0;
    if (ignored && !this.isIgnored(folder)) this.#ignored.add(folder);
    return !this.leftOut(folder);
  }

  /** The paths, of those that changed, that a snapshot holds. */
  async told(paths: readonly string[]): Promise<readonly string[]> {
    const held = new Set(await notIgnored(this.#root, paths));
    return paths.filter((path) =>
      (held.has(path) || this.#included?.(path) === true) &&
      this.#excluded?.(path) !== true
    );
  }

  /** Whether ignore rules hide an absolute path by a folder. */
  isIgnored(path: string): boolean {
    for (let at = path; at.length > this.#root.length; at = dirname(at)) {
      if (this.#ignored.has(at)) return true;
    }
    return false;
  }

  /** Whether something is included in an ignored path, at it or below it. */
  #mayHold(path: string): boolean {
    return this.#holding.has(path) || this.#included?.(path) === true ||
      this.#bases.some((base) =>
        base === path || base.startsWith(`${path}/`) ||
        path.startsWith(`${base}/`)
      );
  }
}

/** Absolute paths of the outermost folders that ignore rules hide; none outside of a repository. */
async function ignoredFolders(root: string): Promise<readonly string[]> {
  const listed = await ignoredPaths(root, ["--directory"]);
  return listed.filter((path) => path.endsWith("/"))
    .map((path) => join(root, path.slice(0, -1)));
}

/** Folders of ignored files that a test takes, and those above them. */
async function holding(
  root: string,
  test: (path: string) => boolean,
): Promise<ReadonlySet<string>> {
  const folders = new Set<string>();
  for (const path of await ignoredPaths(root, [])) {
    if (!test(path)) continue;
    for (let at = dirname(path); at !== "."; at = dirname(at)) folders.add(at);
  }
  return folders;
}

async function ignoredPaths(
  root: string,
  options: readonly string[],
): Promise<readonly string[]> {
  const { code, stdout } = await userGit(
    ["ls-files", "-z", "-o", "-i", "--exclude-standard", ...options],
    { cwd: root },
  );
  return code === 0 ? decodeRecords(stdout) : [];
}

/** The paths that no ignore rule hides: all of them outside of a repository. */
async function notIgnored(
  root: string,
  paths: readonly string[],
): Promise<readonly string[]> {
  const { code, stdout } = await userGit(["check-ignore", "-z", "--stdin"], {
    cwd: root,
    stdin: new TextEncoder().encode(paths.map((path) => `${path}\0`).join("")),
  });
  if (code !== 0) return paths;
  const ignored = new Set(decodeRecords(stdout));
  return paths.filter((path) => !ignored.has(path));
}
