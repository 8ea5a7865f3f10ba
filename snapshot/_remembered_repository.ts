/**
 * The user's repository without a process of git, while nothing has changed
 * that git reads for it.
 *
 * Only a folder with a `.git` folder of the usual form is known so: HEAD and the
 * branch it names are read as files, and what git said of all else holds as long
 * as the repository's own settings do.
 *
 * @module
 */
import { dirname, join } from "../model/path.ts";
import { refReader } from "./_refs.ts";
import { readRepository, type Repository } from "./_repository.ts";
import { readText, storeOf, writeAtomically } from "./_store.ts";

/** What git said, and the settings with which it did. */
interface Remembered {
  readonly config: string;
  readonly repository: Repository;
}

/** What stands in the files of a `.git` folder. */
interface Found {
  /** The commit that is checked out. */
  readonly head: string;
  readonly branch: string | null;
  readonly config: string;
}

/** As `readRepository`, with what is remembered in a state folder. */
export async function rememberedRepository(
  folder: string,
  stateRoot: string,
): Promise<Repository | null> {
  const found = await look(join(folder, ".git"));
  if (found === null) return await readRepository(folder);
  const { head, branch, config } = found;
  const path = join(storeOf(stateRoot).dir, "pikaci", "repository-1.json");
  const known = await remembered(path);
  if (
    known?.config === config && known.repository.folder === folder &&
    known.repository.head === head
  ) return { ...known.repository, branch };
  const repository = await readRepository(folder);
  if (repository !== null && isUsual(repository, head)) {
    const remember: Remembered = { config, repository };
    // Where there is no such folder yet, the next one asks git again.
    await writeAtomically(path, JSON.stringify(remember)).catch(() => {});
  }
  return repository;
}

async function remembered(path: string): Promise<Remembered | null> {
  try {
    const value: Remembered | null = JSON.parse(await readText(path) ?? "null");
    return value?.repository === undefined ? null : value;
  } catch {
    // Damaged: it is only a shortcut.
    return null;
  }
}

/** Whether what was read in files was what git saw. */
function isUsual(repository: Repository, head: string): boolean {
  const { folder, prefix, objects, shallow } = repository;
  return prefix === "" && !shallow && repository.head === head &&
    dirname(objects) === join(folder, ".git");
}

/** Files that say that more counts than what is looked at. */
const UNUSUAL = ["commondir", "config.worktree", "reftable", "shallow"];

/** Null: not the usual form, or no commit is checked out. */
async function look(gitDir: string): Promise<Found | null> {
  const files = entriesOf(gitDir);
  if (files?.get("HEAD") !== true || files.get("config") !== true) return null;
  if (UNUSUAL.some((name) => files.has(name))) return null;
  const [text = "", config = "", grafts] = await Promise.all([
    readText(join(gitDir, "HEAD")),
    readText(join(gitDir, "config")),
    readText(join(gitDir, "info", "grafts")),
  ]);
  // Another file may say where the working tree is.
  if (grafts !== undefined || /^\s*\[include/im.test(config)) return null;
  const branch = BRANCH.exec(text)?.[1];
  const id = branch === undefined
    ? text
    : await refReader(gitDir)(`refs/heads/${branch}`) ?? "";
  const head = ID.exec(id)?.[1];
  return head === undefined ? null : { head, branch: branch ?? null, config };
}

const BRANCH = /^ref: refs\/heads\/(\S+)\n$/;
const ID = /^([0-9a-f]{40}|[0-9a-f]{64})\n$/;

/** The entries of a folder, and whether each is a file; null: it is no folder. */
function entriesOf(folder: string): ReadonlyMap<string, boolean> | null {
  try {
    if (!Deno.lstatSync(folder).isDirectory) return null;
    return new Map(
      Array.from(
        Deno.readDirSync(folder),
        ({ name, isFile }) => [name, isFile],
      ),
    );
  } catch {
    return null;
  }
}
