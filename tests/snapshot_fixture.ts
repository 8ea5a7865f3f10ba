/** Temporary folders with and without git, for the tests of snapshots. */
import assert from "node:assert/strict";
import { dirname, join, relative } from "@std/path";
import type { Changes, Snapshot } from "../model/snapshot.ts";
import { capture } from "../snapshot/capture.ts";
import { changes, type ChangesRequest } from "../snapshot/changes.ts";
import { type Checkout, checkout } from "../snapshot/checkout.ts";
import { listTree, type TreeEntry } from "../snapshot/tree.ts";

/** Files by their paths. */
export type Files = Readonly<Record<string, string | Uint8Array>>;

/** How to make a fixture. */
export interface FixtureOptions {
  /** No repository, one without a commit, or the files committed to `main`; default "commit". */
  readonly git?: "none" | "init" | "commit";
  /** Path of the state folder, from the source folder; default ".pikaci". */
  readonly state?: string;
  /** Arguments of `git init`. */
  readonly init?: readonly string[];
}

/** A source folder and a state folder that go away with the test. */
export class Fixture implements AsyncDisposable {
  readonly root: string;
  sourceRoot: string;
  stateRoot: string;

  constructor(root: string, state: string) {
    this.root = root;
    this.sourceRoot = join(root, "source");
    this.stateRoot = join(this.sourceRoot, state);
  }

  /** Writes files below the source folder. */
  async write(files: Files): Promise<void> {
    await writeFiles(this.sourceRoot, files);
  }

  /** Runs git in the source folder. */
  async git(...args: string[]): Promise<string> {
    return await run(this.root, this.sourceRoot, "git", args);
  }

  /** Runs shell in the source folder. */
  async sh(script: string): Promise<string> {
    return await run(this.root, this.sourceRoot, "sh", ["-euc", script]);
  }

  /** Captures the source folder. */
  async capture(
    { include = [], exclude = [], ...rest }: {
      include?: string[];
      exclude?: string[];
      later?: (work: Promise<void>) => void;
    } = {},
  ): Promise<Snapshot> {
    const { sourceRoot, stateRoot } = this;
    return await capture({ sourceRoot, stateRoot, include, exclude, ...rest });
  }

  /** Captures the source folder and lists its paths, in git's order. */
  async paths(
    options?: { include?: string[]; exclude?: string[] },
  ): Promise<string[]> {
    const { tree } = await this.capture(options);
    return (await this.list(tree)).map((entry) => entry.path);
  }

  /** Lists a tree twice, by what its capture left and by git; both must say the same. */
  async list(tree: string): Promise<readonly TreeEntry[]> {
    const { stateRoot } = this;
    const files = await listTree({ stateRoot, tree });
    const memory = `${stateRoot}/git/pikaci/capture-5.json`;
    await Deno.rename(memory, `${memory}.aside`);
    assert.deepEqual(await listTree({ stateRoot, tree }), files);
    await Deno.rename(`${memory}.aside`, memory);
    return files;
  }

  /** Captures, compares with a base, and gives the changes. */
  async changes(request: ChangesRequest): Promise<Changes> {
    const { sourceRoot, stateRoot } = this;
    const snapshot = await this.capture();
    return await changes({ sourceRoot, stateRoot, snapshot, request });
  }

  /** Checks a snapshot out. */
  async checkout(
    { tree }: Snapshot,
    mode: "read-only" | "writable" = "read-only",
    name = "unit",
  ): Promise<Checkout> {
    return await checkout({ stateRoot: this.stateRoot, tree, mode, name });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Deno.remove(this.root, { recursive: true });
  }
}

/** Makes the folders. */
export async function fixture(
  files: Files = {},
  options: FixtureOptions = {},
): Promise<Fixture> {
  const { git = "commit", state = ".pikaci", init = [] } = options;
  Deno.umask(0o022);
  const root = await Deno.realPath(await Deno.makeTempDir());
  const made = new Fixture(root, state);
  await Deno.mkdir(made.sourceRoot);
  await made.write(files);
  if (git !== "none") await made.git("init", "-q", "-b", "main", ...init);
  if (git === "commit") await commit(made, "first");
  return made;
}

/** Commits everything. */
export async function commit(made: Fixture, message: string): Promise<void> {
  await made.git("add", "-A");
  await made.git("commit", "-q", "--allow-empty", "-m", message);
}

/** Writes files below a folder. */
export async function writeFiles(root: string, files: Files): Promise<void> {
  for (const [path, content] of Object.entries(files)) {
    const absolute = join(root, path);
    await Deno.mkdir(dirname(absolute), { recursive: true });
    if (typeof content === "string") {
      await Deno.writeTextFile(absolute, content);
    } else await Deno.writeFile(absolute, content);
  }
}

/** Everything below a folder: kind, permissions, and content or target. */
export async function walk(root: string): Promise<Record<string, string>> {
  const found: Record<string, string> = {};
  const visit = async (folder: string) => {
    for await (const { name } of Deno.readDir(folder)) {
      const path = join(folder, name);
      const info = await Deno.lstat(path);
      const mode = ((info.mode ?? 0) & 0o777).toString(8);
      found[relative(root, path)] = info.isSymlink
        ? `link ${await Deno.readLink(path)}`
        : info.isDirectory
        ? `folder ${mode}`
        : info.isFile
        ? `file ${mode} ${await Deno.readTextFile(path)}`
        : `special ${mode}`;
      if (info.isDirectory) await visit(path);
    }
  };
  await visit(root);
  return Object.fromEntries(
    Object.entries(found).sort(([a], [b]) => a < b ? -1 : 1),
  );
}

async function run(
  root: string,
  cwd: string,
  program: string,
  args: readonly string[],
): Promise<string> {
  const { code, stdout, stderr } = await new Deno.Command(program, {
    args: [...args],
    cwd,
    env: {
      GIT_CONFIG_NOSYSTEM: "1",
      GIT_CONFIG_GLOBAL: join(root, "gitconfig"),
      GIT_AUTHOR_NAME: "a",
      GIT_AUTHOR_EMAIL: "a@example.com",
      GIT_COMMITTER_NAME: "a",
      GIT_COMMITTER_EMAIL: "a@example.com",
      GIT_ALLOW_PROTOCOL: "file",
    },
  }).output();
  const text = new TextDecoder();
  if (code === 0) return text.decode(stdout);
  throw new Error(`${program} ${args.join(" ")}: ${text.decode(stderr)}`);
}
