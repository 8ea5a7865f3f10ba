/**
 * What pikaci left on this machine after all runs of a project have ended.
 *
 * @module
 */
import { join } from "@std/path";
import { DatabaseSync } from "node:sqlite";
import type { Project } from "../../tests/project.ts";

/** Describes everything that should not be there any more. */
export async function findLeftovers(
  project: Project,
  temporary: string,
): Promise<readonly string[]> {
  const state = project.path(".pikaci");
  return [
    ...findProcesses(project.root),
    ...findLeases(project.home),
    ...findLocks(state),
    ...findTemporary(temporary),
    ...findDrafts(state),
    ...checkDatabase(state),
    ...await findUnrecorded(project),
  ];
}

/** Processes that work in the project, or carry the marker of a run of it. */
function findProcesses(root: string): string[] {
  const found: string[] = [];
  for (const { name } of Deno.readDirSync("/proc")) {
    if (!/^\d+$/.test(name) || Number(name) === Deno.pid) continue;
    try {
      const cwd = Deno.readLinkSync(`/proc/${name}/cwd`);
      const env = Deno.readTextFileSync(`/proc/${name}/environ`);
      const command = Deno.readTextFileSync(`/proc/${name}/cmdline`)
        .replaceAll("\0", " ");
      if (cwd.startsWith(root) || env.includes(root)) {
        found.push(`Process ${name}: ${command}`);
      }
    } catch {
      // It has ended, or belongs to the kernel.
    }
  }
  return found;
}

function findTemporary(folder: string): string[] {
  return [...Deno.readDirSync(folder)].map(({ name }) =>
    `Temporary file: ${join(folder, name)}`
  );
}

function findLeases(home: string): string[] {
  const path = join(home, ".local", "state", "pikaci", "leases.db");
  using db = new DatabaseSync(path, { readOnly: true });
  return db.prepare("select * from lease").all().map((row) =>
    `Lease: ${JSON.stringify(row)}`
  );
}

/** Locks that somebody holds, by the inodes of the lock files. */
function findLocks(state: string): string[] {
  const held = Deno.readTextFileSync("/proc/locks");
  const folder = join(state, "locks");
  return [...Deno.readDirSync(folder)].flatMap(({ name, isFile }) => {
    if (!isFile) return [];
    const { ino } = Deno.statSync(join(folder, name));
    return held.split("\n").filter((line) => line.includes(`:${ino} `))
      .map((line) => `Lock ${name}: ${line}`);
  });
}

/** Files and folders that only stand while something is being written. */
function findDrafts(state: string): string[] {
  const uuid =
    /\.[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;
  const drafts = [
    /\.tmp$/,
    /[./]scratch$/,
    /\/tmp\/.+/,
    /\/index\.lock$/,
    uuid,
  ];
  const found: string[] = [];
  const walk = (folder: string): void => {
    for (const { name, isDirectory } of Deno.readDirSync(folder)) {
      const path = join(folder, name);
      if (drafts.some((draft) => draft.test(path.slice(state.length)))) {
        found.push(`Draft: ${path}`);
      } else if (isDirectory && name !== "workspace") walk(path);
    }
  };
  walk(state);
  return found;
}

function checkDatabase(state: string): string[] {
  using db = new DatabaseSync(join(state, "state.db"), { readOnly: true });
  const [check] = db.prepare("pragma integrity_check").all();
  return check?.integrity_check === "ok"
    ? []
    : [`Database: ${JSON.stringify(check)}`];
}

/** Runs without an end, and nodes of theirs without one. */
async function findUnrecorded(project: Project): Promise<readonly string[]> {
  const { stdout } = await project.pikaci(["list", "--json"]);
  const list: unknown = JSON.parse(stdout);
  const problems: string[] = [];
  const look = (value: unknown, where: string): void => {
    if (value === null || typeof value !== "object") return;
    for (const [name, inner] of Object.entries(value)) {
      const here = `${where}.${name}`;
      if (name === "status" && (inner === "running" || inner === "pending")) {
        problems.push(`Not ended: ${here} is ${inner}`);
      }
      look(inner, here);
    }
  };
  look(list, "list");
  return problems;
}
