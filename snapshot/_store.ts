/**
 * pikaci's own git folder: objects, one ref for every tree, and the index of
 * the last capture.
 *
 * It is written by hand, so that neither a template nor the user's settings
 * have a say in it. Attributes are switched off: content is stored byte for byte.
 *
 * @module
 */
import { dirname, join } from "../model/path.ts";
import { GIT_DIR } from "../model/state_paths.ts";
import {
  expectGit,
  type GitOptions,
  type GitResult,
  privateGit,
} from "./_git.ts";

/** The private git folder of a state folder. */
export interface Store {
  readonly stateRoot: string;
  /** Absolute path of the git folder. */
  readonly dir: string;
  /** The index of the last capture. */
  readonly index: string;
}

const CONFIG = `[core]
	repositoryformatversion = 0
	bare = false
	autocrlf = false
	fileMode = true
	symlinks = true
	ignoreCase = false
	precomposeUnicode = false
	protectNTFS = false
	protectHFS = false
	hooksPath = /dev/null
	fsmonitor = false
	trustctime = true
	checkStat = default
	logAllRefUpdates = false
[gc]
	auto = 0
[maintenance]
	auto = false
[index]
	version = 2
[checkout]
	workers = 1
[advice]
	addEmbeddedRepo = false
`;

const ATTRIBUTES = "* -text -eol -filter -ident -working-tree-encoding\n";

const FILES: Readonly<Record<string, string>> = {
  "HEAD": "ref: refs/heads/none\n",
  "config": CONFIG,
  "info/attributes": ATTRIBUTES,
};

/** Names the private git folder of a state folder; whether it exists is another matter. */
export function storeOf(stateRoot: string): Store {
  const dir = join(stateRoot, GIT_DIR);
  return { stateRoot, dir, index: join(dir, "index") };
}

/** Makes the private git folder, or mends what its files say. */
export async function ensureStore(stateRoot: string): Promise<Store> {
  const store = storeOf(stateRoot);
  const whole = await Promise.all(
    Object.entries(FILES).map(async ([name, text]) =>
      await readText(join(store.dir, name)) === text
    ),
  );
  if (
    whole.every(Boolean) && isDirectory(join(store.dir, "objects")) &&
    isDirectory(join(store.dir, "refs"))
  ) return store;
  await Deno.mkdir(store.dir, { recursive: true });
  // Content that only its owner may read would be readable in here.
  await Deno.chmod(store.dir, 0o700);
  for (const folder of ["info", "objects/info", "objects/pack", "refs"]) {
    await Deno.mkdir(join(store.dir, folder), { recursive: true });
  }
  for (const [name, text] of Object.entries(FILES)) {
    await writeAtomically(join(store.dir, name), text);
  }
  const ignore = join(stateRoot, ".gitignore");
  if (await readText(ignore) === undefined) {
    await Deno.writeTextFile(ignore, "*\n");
  }
  return store;
}

/** Whether nothing was captured into the store yet. */
export function isEmpty(store: Store): boolean {
  try {
    Deno.lstatSync(join(store.dir, "refs", "pikaci"));
    return false;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return true;
    throw error;
  }
}

/** The file that names where objects are borrowed from. */
export function alternatesPath(store: Store): string {
  return join(store.dir, "objects", "info", "alternates");
}

/** Forgets everything that is stored. */
export async function removeStore(store: Store): Promise<void> {
  const doomed = `${store.dir}.${crypto.randomUUID()}`;
  try {
    await Deno.rename(store.dir, doomed);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return;
    throw error;
  }
  await Deno.remove(doomed, { recursive: true });
}

/** Runs git with the private folder; `index` and `workTree` as given. */
export async function storeGit(
  store: Store,
  args: readonly string[],
  options: Partial<GitOptions> & {
    readonly index?: string;
    readonly workTree?: string;
  } = {},
): Promise<GitResult> {
  const { index, workTree, env, stdin } = options;
  return await privateGit(args, {
    cwd: options.cwd ?? workTree ?? store.dir,
    env: {
      GIT_DIR: store.dir,
      ...(index === undefined ? {} : { GIT_INDEX_FILE: index }),
      ...(workTree === undefined ? {} : { GIT_WORK_TREE: workTree }),
      ...env,
    },
    ...(stdin === undefined ? {} : { stdin }),
  });
}

/** The standard output of a git command on the private folder that must succeed. */
export async function storeGitOk(
  store: Store,
  what: string,
  args: readonly string[],
  options: Parameters<typeof storeGit>[2] = {},
): Promise<Uint8Array> {
  return expectGit(what, await storeGit(store, args, options));
}

/** The folder of the refs that keep trees. */
export function refsDir(store: Store): string {
  return join(store.dir, "refs", "pikaci", "t");
}

/** Keeps a tree from being pruned, and notes the time at which it was wanted. */
export function keepTree(store: Store, tree: string): Promise<void> {
  return Promise.try(() => {
    const ref = join(refsDir(store), tree);
    const text = `${tree}\n`;
    if (readIfThere(ref) === text) {
      const now = new Date();
      Deno.utimeSync(ref, now, now);
      return;
    }
    Deno.mkdirSync(refsDir(store), { recursive: true });
    // A draft among the refs would be a ref.
    const draft = join(store.dir, "pikaci", `ref.${crypto.randomUUID()}`);
    Deno.mkdirSync(dirname(draft), { recursive: true });
    Deno.writeTextFileSync(draft, text);
    Deno.renameSync(draft, ref);
  });
}

/**
 * A file's text; undefined: there is none.
 *
 * Small files are read and written several times faster where not each step is
 * handed to another thread and back.
 */
export function readText(path: string): Promise<string | undefined> {
  return Promise.try(() => readIfThere(path));
}

function readIfThere(path: string): string | undefined {
  try {
    return Deno.readTextFileSync(path);
  } catch (error) {
    if (
      error instanceof Deno.errors.NotFound ||
      error instanceof Deno.errors.NotADirectory
    ) return undefined;
    throw error;
  }
}

/** Writes a file so that it is there in full or not at all. */
export function writeAtomically(
  path: string,
  content: string | Uint8Array,
): Promise<void> {
  return Promise.try(() => {
    const draft = `${path}.${crypto.randomUUID()}`;
    try {
      if (typeof content === "string") Deno.writeTextFileSync(draft, content);
      else Deno.writeFileSync(draft, content);
      Deno.renameSync(draft, path);
    } catch (error) {
      remove(draft);
      throw error;
    }
  });
}

/** Removes a file if it is there. */
export function removeFile(path: string): Promise<void> {
  return Promise.try(() => {
    const error = remove(path);
    if (error !== null && !(error instanceof Deno.errors.NotFound)) throw error;
  });
}

/** Removes a file; returns what kept it from that, null: nothing. */
function remove(path: string): unknown {
  try {
    Deno.removeSync(path);
    return null;
  } catch (error) {
    return error;
  }
}

function isDirectory(path: string): boolean {
  try {
    return Deno.lstatSync(path).isDirectory;
  } catch {
    return false;
  }
}
