/** A project whose target "all" has jobs of one kind, and what comes of a run. */
import { join } from "@std/path";
import type { Cause } from "../model/cause.ts";
import type { JobRecord, RunRecord } from "../model/record.ts";
import type { CallResult, RunningCall } from "./pikaci.ts";
import { makeProject, type Project } from "./project.ts";

/** What the config of the project is made of. */
export interface JobProjectOptions {
  /** Each job's fields, as the rest of an object literal. */
  readonly jobs: Readonly<Record<string, string>>;
  /** Lines before the jobs; they declare `base`, which every job spreads. */
  readonly before: string;
  /** Name of the state folder. */
  readonly state: string;
  /** Further files. */
  readonly files?: Readonly<Record<string, string>>;
}

/** Makes the project, with an `input.txt`. */
export function makeJobProject(
  { jobs, before, state, files = {} }: JobProjectOptions,
): Promise<Project> {
  const all = Object.entries(jobs);
  return makeProject({
    "pikaci.config.ts": `
import { cache, defineConfig, job, orchard, secret, sh, shAsRoot, ssh, target, tartJobBase, tartRuntime } from "@pikaci/pikaci";
${before}
void [cache, orchard, sh, shAsRoot, secret, ssh, tartJobBase, tartRuntime];
${
      all.map(([id, fields], i) =>
        `const job${i} = job({ ...base, id: "${id}", ${fields} });`
      ).join("\n")
    }
export default defineConfig({
  targets: [target({ id: "all", jobs: [${
      all.map((_, i) => `job${i}`).join(", ")
    }] })],
  run: { graceSecs: 3, cleanupSecs: 30 },
});
`,
    "input.txt": "input\n",
    ...files,
  }, { stateRoot: join("..", state) });
}

/** How the project is used. */
export interface JobCalls {
  /** Runs the jobs to their end. */
  run(...args: string[]): Promise<RunResult>;
  /** Starts a run with events on standard output. */
  start(...args: string[]): RunningCall;
  /** Calls pikaci with another verb. */
  pikaci(...args: string[]): Promise<CallResult>;
}

/** Where and how jobs are run. */
export interface JobCallOptions {
  /** Ids of the jobs. */
  readonly names: readonly string[];
  /** Absolute path of the state folder. */
  readonly state: string;
  /** Added to pikaci's environment. */
  readonly env: Readonly<Record<string, string>>;
}

/** The calls of a project of such jobs. */
export function jobCalls(project: Project, options: JobCallOptions): JobCalls {
  const { state, env } = options;
  const common = ["--state-root", state];
  return {
    run: (...args) => runJobs(project, options, args),
    start: (...args) =>
      project.start(["run", "all", "--output", "jsonl", ...common, ...args], {
        env,
      }),
    pikaci: (...args) => project.pikaci([...args, ...common], { env }),
  };
}

/** The outcome of `pikaci run`. */
export interface RunResult extends CallResult {
  /** The record; the first run of the state folder. */
  readonly run: RunRecord;
  /** The log of a job's last attempt. */
  readonly log: (jobId?: string) => Promise<string>;
  /** The only job, or the one of this id. */
  readonly job: (id?: string) => JobRecord;
  /** The cause of an attempt of a job, the first one by default. */
  readonly cause: (id?: string, attempt?: number) => Cause | null;
  /** A file of a job's artifacts. */
  readonly artifact: (path: string, jobId?: string) => string;
}

/** Runs the target "all" of a project to its end, and reads what came of it. */
export async function runJobs(
  project: Project,
  { names, state, env }: JobCallOptions,
  args: readonly string[],
): Promise<RunResult> {
  const result = await project.pikaci(
    [
      ...["run", "all", "--keep-going", "--output", "json"],
      ...["--state-root", state, ...args],
    ],
    { env },
  );
  if (result.stdout === "") throw new Error(result.stderr);
  const run: RunRecord = JSON.parse(result.stdout);
  const job = (id = names[0]): JobRecord => {
    const found = run.jobs.find((job) => job.id === id);
    if (found === undefined) throw new Error(`No job ${id}`);
    return found;
  };
  return {
    ...result,
    run,
    job,
    cause: (id, attempt = 1) => job(id).attempts[attempt - 1]?.cause ?? null,
    log: async (id) =>
      await Deno.readTextFile(join(state, job(id).host_log_path ?? "")),
    artifact: (path, id) =>
      join(state, "runs", run.run_id, "jobs", job(id).id, "artifacts", path),
  };
}
