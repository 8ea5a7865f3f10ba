/** Projects whose configs have not been checked yet, and what becomes of those. */
import assert from "node:assert/strict";
import { type CallOptions, type CallResult, cli } from "./pikaci.ts";
import { makeProject, type Project, type ProjectOptions } from "./project.ts";

/** A config with one job, "unit". */
export const good: string =
  `import { defineConfig, job, sh, target } from "@pikaci/pikaci";
const unit = job({ id: "unit", guestCommand: sh\`true\` });
export default defineConfig({ targets: [target({ id: "all", jobs: [unit] })] });
`;

/** A project whose config has not been checked yet. */
export function uncheckedProject(
  files: Readonly<Record<string, string>>,
  options: ProjectOptions = {},
): Promise<Project> {
  return makeProject(files, {
    ...options,
    // Half the time of a check goes into the DOM's types.
    denoFields: {
      compilerOptions: { lib: ["deno.ns"] },
      ...options.denoFields,
    },
    typeChecked: false,
  });
}

/** Checks that a config is refused, without Deno's own advice. */
export function refused(result: CallResult, stderr: RegExp): void {
  assert.match(result.stderr, stderr);
  assert.deepEqual([result.code, result.stdout], [2, ""]);
  assert.doesNotMatch(result.stderr, /backtrace|<unknown>|--no-check|bug/);
}

/** Checks that the config loads, and returns the ids of its jobs. */
export async function jobIds(
  project: Project,
  options: CallOptions = {},
): Promise<string[]> {
  const result = await project.pikaci(["catalog", "--json"], options);
  assert.equal(result.code, 0, result.stderr);
  const { jobs }: { jobs: { id: string }[] } = JSON.parse(result.stdout);
  return jobs.map(({ id }) => id);
}

/** The names in a folder, sorted. */
export async function names(folder: string): Promise<string[]> {
  const entries = await Array.fromAsync(Deno.readDir(folder));
  return entries.map(({ name }) => name).toSorted();
}

/** A pikaci that may start no process: a type-check ends it. */
export function withoutProcesses(project: Project): CallOptions {
  return {
    command: [
      Deno.execPath(),
      "run",
      "--allow-read",
      "--allow-write",
      "--allow-env",
      "--allow-sys",
      "--deny-run",
      "--config",
      project.path("deno.json"),
      cli,
    ],
  };
}
