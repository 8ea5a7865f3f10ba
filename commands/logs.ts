/** `pikaci logs`: shows what jobs printed. */
import { describeCause } from "../model/describe_cause.ts";
import type { JobRecord, RunRecord } from "../model/record.ts";
import { UserError } from "../model/user_error.ts";
import {
  HOST_SETUP,
  jobLogFiles,
  type LogFile,
  runLogFiles,
} from "../store/log_files.ts";
import type { Store } from "../store/store.ts";
import { didYouMean } from "./arguments.ts";
import { findRecordedJob } from "./artifacts.ts";
import { command } from "./command.ts";
import { booleanFlag, choiceFlag, numberFlag, stringFlag } from "./flags.ts";
import { followLogs } from "./follow_logs.ts";
import { logsMetadata } from "./logs_metadata.ts";
import { printLogs } from "./print_logs.ts";
import { findRun, openToRead } from "./state.ts";

export default command({
  details: [
    "Without a job: the logs of the jobs that failed, else of all. A prepare node is asked for as `prepare-ID`, the host set-up as `host-setup`",
    "The bytes come as the job printed them; a line `== JOB KIND ==` parts them where there are several logs",
  ],
  positionals: {
    name: "RUN [JOB]",
    summary: "The run, a part of its id or `latest`; and one of its jobs",
    max: 2,
    complete: "runs",
  },
  flags: {
    job: stringFlag("Only the logs of this job", { value: "JOB" }),
    attempt: numberFlag("The N-th attempt; default: the last", { min: 1 }),
    kind: choiceFlag("What the host or the guest wrote", [
      "both",
      "host",
      "guest",
    ]),
    follow: {
      ...booleanFlag("Show what comes until the run ends"),
      short: "f",
    },
    timestamps: booleanFlag("Start each line with the time it came"),
    tail: numberFlag("Only the last N lines of each log"),
    metadataJson: booleanFlag("Print paths and sizes of the logs as JSON"),
  },
  examples: [
    ["pikaci logs", "What failed in the latest run"],
    ["pikaci logs latest unit --tail 50", "The last lines of one job"],
    ["pikaci logs latest unit --follow", "A job while it runs"],
  ],
  async run({ flags, positionals }, io) {
    const [reference, second] = positionals;
    using store = await openToRead(flags, io);
    const run = await findRun(store, reference);
    const name = wantedJob(second, flags.job);
    if (flags.metadataJson) {
      await io.out(await logsMetadata(store, run));
      return 0;
    }
    const { tail, timestamps, kind, attempt } = flags;
    const shown = { timestamps, ...(tail === undefined ? {} : { tail }) };
    if (flags.follow && attempt === undefined && goesOn(store, run, name)) {
      await followLogs(store, {
        env: io.env,
        ...shown,
        runId: run.run_id,
        kind: kind === "guest" ? "guest" : "host",
        ...(name === undefined ? {} : { job: name }),
        out: io.out,
      });
      return 0;
    }
    const files: LogFile[] = [];
    for (const file of await chosenLogs(store, run, name, attempt)) {
      if (kind === "both" || kind === file.kind) files.push(file);
    }
    const gone = files.filter(({ bytes, kind }) =>
      bytes === null && kind === "host"
    );
    for (const { name, path } of gone) {
      await io.err(`The log of ${name} is gone: ${path}\n`);
    }
    await printLogs(files, { ...shown, out: io.out });
    if (files.length === 0) await io.err(`${nothing(run, name)}\n`);
    else if (files.every(({ bytes }) => bytes === 0)) {
      await io.err(
        `Nothing was printed by ${
          [...new Set(files.map((file) => file.name))].join(", ")
        }\n`,
      );
    }
    return 0;
  },
});

function wantedJob(
  positional: string | undefined,
  flag: string | undefined,
): string | undefined {
  if (positional !== undefined && flag !== undefined && positional !== flag) {
    throw new UserError(
      `Two jobs are named, "${positional}" and --job ${flag}: leave one out`,
    );
  }
  return positional ?? flag;
}

/** Whether something may still come to the logs that are wanted. */
function goesOn(
  store: Store,
  run: RunRecord,
  name: string | undefined,
): boolean {
  if (run.status !== "running" || store.plan(run.run_id) === null) return false;
  return name === undefined || findRecordedJob(run, name).finished_at === null;
}

async function chosenLogs(
  store: Store,
  run: RunRecord,
  name: string | undefined,
  attempt: number | undefined,
): Promise<readonly LogFile[]> {
  const others = await runLogFiles(store, run);
  if (name !== undefined) {
    const job = run.jobs.find(({ id }) => id === name);
    if (job !== undefined) {
      checkAttempt(job, attempt);
      return await jobLogFiles(store, job, attempt);
    }
    const other = others.filter((file) => file.name === name);
    if (other.length > 0) return other;
    throw new UserError(unknownJob(run, name, others));
  }
  const failed = run.jobs.filter(hasFailed);
  const jobs = failed.length > 0 ? failed : run.jobs;
  const files: LogFile[] = failed.length > 0 ? [] : [...others];
  for (const job of jobs) {
    files.push(...await jobLogFiles(store, job, attempt));
  }
  return files;
}

function hasFailed(job: JobRecord): boolean {
  return job.attempts.length > 0 && !job.allowed_failure &&
    ["failed", "timed_out", "infrastructure_failed"].includes(job.status);
}

function checkAttempt(job: JobRecord, attempt: number | undefined): void {
  if (attempt === undefined || attempt <= job.attempts.length) return;
  const count = job.attempts.length;
  throw new UserError(
    `Job "${job.id}" has no attempt ${attempt}: it had ${
      count === 0 ? "none" : count
    }`,
  );
}

function unknownJob(
  run: RunRecord,
  name: string,
  others: readonly LogFile[],
): string {
  const names = [
    ...run.jobs.map(({ id }) => id),
    ...new Set(others.map((file) => file.name)),
  ];
  const shown = names.length > 20 ? [...names.slice(0, 20), "..."] : names;
  return `Run ${run.run_id} has no job "${name}"${didYouMean(name, names)}` +
    (names.length === 0 ? "" : `\n  Jobs: ${shown.join(", ")}`);
}

/** Why there is nothing to show. */
function nothing(run: RunRecord, name: string | undefined): string {
  const job = run.jobs.find(({ id }) => id === name);
  if (job !== undefined) {
    const why = job.message ??
      (job.cause === null ? "" : describeCause(job.cause));
    const status = job.status.replaceAll("_", " ");
    return `${job.id} has no log: ${status}${why === "" ? "" : `, ${why}`}`;
  }
  if (name === HOST_SETUP) return "The run had no host set-up";
  return `No job of run ${run.run_id} has a log: it is ${run.status}${
    run.message === null ? "" : `, ${run.message}`
  }`;
}
