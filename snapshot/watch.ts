/**
 * Watches a working tree for changes of what a snapshot of it would hold.
 *
 * Only folders that no ignore rule hides are watched, and those that the config
 * includes all the same: a `node_modules` costs nothing. What git keeps for
 * itself, and the state folder, are not told of.
 *
 * @module
 */
import { join, relative } from "../model/path.ts";
import { WatchedFolders, type WatchRules } from "./_watched_folders.ts";
import { SnapshotError } from "./error.ts";

export type { WatchRules } from "./_watched_folders.ts";

/** A working tree to watch. */
export interface WatchOptions {
  /** The folder, in a git repository or not. */
  readonly sourceRoot: string;
  /** pikaci's state folder; it need not be there yet. */
  readonly stateRoot: string;
  /** How long nothing must have changed before changes are told, in milliseconds; default 100. */
  readonly quietMs?: number;
}

/** A working tree that is watched. */
export interface TreeWatch extends Disposable {
  /**
   * Waits for changes since the last call and returns the paths, relative to
   * the folder and sorted. What a save does in several steps comes at once.
   */
  changes(): Promise<readonly string[]>;
  /** Takes the config's rules for what belongs to a snapshot; at first there are none. */
  follow(rules: WatchRules): Promise<void>;
}

/** Starts to watch; rejects with a `SnapshotError` where the system allows no more watching. */
export async function watchTree(options: WatchOptions): Promise<TreeWatch> {
  const { sourceRoot, stateRoot } = options;
  const root = await Deno.realPath(sourceRoot);
  // Changes are told by real paths, and the state folder may not be there yet.
  const path = relative(sourceRoot, stateRoot);
  const state = path.startsWith("..") ? stateRoot : join(root, path);
  const folders = await WatchedFolders.read(root, state);
  const watch = new Watch(root, folders, options.quietMs ?? 100);
  watch.add(await folders.all());
  return watch;
}

class Watch implements TreeWatch {
  readonly #root: string;
  readonly #quietMs: number;
  readonly #watchers: Deno.FsWatcher[] = [];
  readonly #changed = new Set<string>();
  readonly #folders: WatchedFolders;
  readonly #watched = new Set<string>();
  #wake = Promise.withResolvers<void>();

  constructor(root: string, folders: WatchedFolders, quietMs: number) {
    this.#root = root;
    this.#folders = folders;
    this.#quietMs = quietMs;
  }

  async follow(rules: WatchRules): Promise<void> {
    await this.#folders.follow(rules);
    const all = await this.#folders.all();
    this.add(all.filter((folder) => !this.#watched.has(folder)));
  }

  /** Watches folders, each for itself. */
  add(folders: readonly string[]): void {
    if (folders.length === 0) return;
    let watcher: Deno.FsWatcher;
    try {
      watcher = Deno.watchFs([...folders], { recursive: false });
    } catch (cause) {
      // A folder that just came may be gone already.
      if (cause instanceof Deno.errors.NotFound) return;
      const reason = cause instanceof Error ? cause.message : String(cause);
      throw new SnapshotError(
        "usage",
        `Cannot watch ${folders.length} folders of "${this.#root}": ${reason}\n` +
          "  On Linux, fs.inotify.max_user_watches says how many there may be",
        { cause },
      );
    }
    this.#watchers.push(watcher);
    for (const folder of folders) this.#watched.add(folder);
    this.#read(watcher);
  }

  async changes(): Promise<readonly string[]> {
    for (;;) {
      await this.#wake.promise;
      await this.#quiet();
      const paths = [...this.#changed].sort();
      this.#changed.clear();
      this.#wake = Promise.withResolvers();
      const inside: string[] = [];
      for (const path of paths) inside.push(...await this.#addNew(path));
      const told = await this.#folders.told([...paths, ...inside]);
      if (told.length > 0) return told;
    }
  }

  [Symbol.dispose](): void {
    for (const watcher of this.#watchers.splice(0)) watcher.close();
  }

  /** Ends with its watcher. */
  async #read(watcher: Deno.FsWatcher): Promise<void> {
    for await (const { kind, paths } of watcher) {
      if (kind === "access") continue;
      for (const path of paths) {
        if (path === this.#root || this.#folders.leftOut(path)) continue;
        this.#changed.add(relative(this.#root, path));
        this.#wake.resolve();
      }
    }
  }

  /** Settles when nothing has come for a while. */
  async #quiet(): Promise<void> {
    for (let size = -1; size !== this.#changed.size;) {
      size = this.#changed.size;
      await new Promise((resolve) => setTimeout(resolve, this.#quietMs));
    }
  }

  /** Watches a folder that came; returns the files that an ignored one came with. */
  async #addNew(path: string): Promise<readonly string[]> {
    const folder = join(this.#root, path);
    const info = await Deno.lstat(folder).catch(() => null);
    if (info?.isDirectory !== true) return [];
    if (!await this.#folders.takes(path)) return [];
    const all = await this.#folders.below(folder);
    this.add(all);
    // It is not told of itself, as one is that no rule hides.
    return this.#folders.isIgnored(folder)
      ? (await filesIn(all)).map((file) => relative(this.#root, file))
      : [];
  }
}

/** The files in folders; one that is gone again has none. */
async function filesIn(folders: readonly string[]): Promise<readonly string[]> {
  const files: string[] = [];
  for (const folder of folders) {
    try {
      for await (const { name, isDirectory } of Deno.readDir(folder)) {
        if (!isDirectory) files.push(join(folder, name));
      }
    } catch (error) {
      if (!(error instanceof Deno.errors.NotFound)) throw error;
    }
  }
  return files;
}
