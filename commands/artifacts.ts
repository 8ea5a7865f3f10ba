/** `pikaci artifacts`: lists or copies the files that jobs left. */
import { join, resolve } from "../model/path.ts";
import type { JobRecord, RunRecord } from "../model/record.ts";
import { UserError } from "../model/user_error.ts";
import { formatBytes, makeStyle } from "../reporters/format.ts";
import {
  copyArtifacts,
  type JobArtifacts,
  jobArtifacts,
} from "../store/artifacts.ts";
import { didYouMean } from "./arguments.ts";
import { command } from "./command.ts";
import { booleanFlag, stringFlag } from "./flags.ts";
import type { Io } from "./io.ts";
import { findRun, openToRead } from "./state.ts";
import { alignedTable, type Cell, tabTable } from "./table_text.ts";

export default command({
  details: [
    "With --to, the files of one job are copied to DIR at their paths; those of several jobs to a folder of DIR for each job",
    "On a terminal a table; else one line a file: job, path and bytes, separated by tabs",
  ],
  positionals: {
    name: "RUN [JOB]",
    summary: "The run, a part of its id or `latest`; and one of its jobs",
    max: 2,
    complete: "runs",
  },
  flags: {
    to: stringFlag("Copy the files to this folder", { value: "DIR" }),
    json: booleanFlag("Print the files as JSON"),
  },
  examples: [
    ["pikaci artifacts latest", "What the jobs of the latest run left"],
    ["pikaci artifacts latest build --to dist", "Copy what one job left"],
  ],
  async run({ flags, positionals }, io) {
    const [reference, jobId] = positionals;
    using store = await openToRead(flags, io);
    const run = await findRun(store, reference);
    const jobs = jobId === undefined ? run.jobs : [findRecordedJob(run, jobId)];
    const found: JobArtifacts[] = [];
    for (const job of jobs) {
      const artifacts = await jobArtifacts(store, run, job);
      if (artifacts.files.length > 0) found.push(artifacts);
    }
    if (flags.to !== undefined) {
      const to = resolve(io.cwd, flags.to);
      let count = 0;
      for (const artifacts of found) {
        count += await copyArtifacts(
          artifacts,
          jobId === undefined ? join(to, artifacts.job_id) : to,
        );
      }
      await io.err(`Copied ${count} file${count === 1 ? "" : "s"} to ${to}\n`);
    } else if (flags.json) {
      const value = { schema_version: 2, run_id: run.run_id, jobs: found };
      await io.out(`${JSON.stringify(value, null, 2)}\n`);
    } else {
      await print(found, io);
    }
    return 0;
  },
});

/** The job of a run by its id; a UserError names the nearest. */
export function findRecordedJob(run: RunRecord, jobId: string): JobRecord {
  const job = run.jobs.find(({ id }) => id === jobId);
  if (job !== undefined) return job;
  const ids = run.jobs.map(({ id }) => id);
  const shown = ids.length > 20 ? [...ids.slice(0, 20), "..."] : ids;
  throw new UserError(
    `Run ${run.run_id} has no job "${jobId}"${didYouMean(jobId, ids)}` +
      (ids.length === 0 ? "" : `\n  Jobs: ${shown.join(", ")}`),
  );
}

async function print(found: readonly JobArtifacts[], io: Io): Promise<void> {
  if (found.length === 0) await io.err("No job of the run left files\n");
  const rows = found.flatMap(({ job_id, files }) =>
    files.map(({ path, bytes }) => ({ job_id, path, bytes }))
  );
  if (!io.isTerminal) {
    const text = rows.map(({ job_id, path, bytes }) => [
      job_id,
      path,
      bytes === null ? "gone" : `${bytes}`,
    ]);
    await io.out(tabTable(text));
    return;
  }
  const { dim, red } = makeStyle(io.colours);
  await io.out(alignedTable(rows.map(({ job_id, path, bytes }): Cell[] => [
    { text: job_id, paint: dim },
    { text: path },
    bytes === null
      ? { text: "gone", paint: red }
      : { text: formatBytes(bytes), right: true },
  ])));
}
