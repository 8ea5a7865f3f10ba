/** `pikaci status`: shows how a run and each of its jobs ended. */
import type { Cause } from "../model/cause.ts";
import {
  describeCause,
  describeEnd,
  nodeName,
} from "../model/describe_cause.ts";
import type { TestSummary } from "../model/event.ts";
import type {
  AttemptRecord,
  JobRecord,
  RunRecord,
  WaitingRecord,
} from "../model/record.ts";
import { closingLine } from "../reporters/closing_line.ts";
import {
  formatDuration,
  localTime,
  makeStyle,
  oneLine,
  type Style,
} from "../reporters/format.ts";
import { command } from "./command.ts";
import { booleanFlag } from "./flags.ts";
import { statusPaint } from "./status_text.ts";
import { findRun, openToRead, runPositional } from "./state.ts";
import { alignedTable, type Cell } from "./table_text.ts";

export default command({
  positionals: runPositional,
  flags: { json: booleanFlag("Print the run's record as JSON") },
  examples: [
    ["pikaci status", "How the latest run ended"],
    ["pikaci status 20260301T12 --json", "The record of a run, for a program"],
  ],
  async run({ flags, positionals }, io) {
    using store = await openToRead(flags, io);
    const record = await findRun(store, positionals[0]);
    await io.out(
      flags.json
        ? `${JSON.stringify(record, null, 2)}\n`
        : human(record, makeStyle(io.colours), Date.now()),
    );
    return 0;
  },
});

/** The run for people; `now` in milliseconds since 1970. */
export function human(run: RunRecord, style: Style, now: number): string {
  const parts = [
    header(run, style, now),
    ...run.prepare_timings.filter(isTold).map((node) =>
      `  ${nodeName(node.node_id)} ${words(node.status)}${preparedWhy(node)}\n`
    ),
    alignedTable(run.jobs.map((job) => jobRow(job, style, now))),
    ...run.jobs.map((job) => jobDetails(run, job, style)),
    footer(run, style),
  ];
  return parts.join("");
}

function header(run: RunRecord, style: Style, now: number): string {
  const { dim, bold } = style;
  const status = statusPaint(style, run.status)(run.status);
  const target = run.target_id ?? (run.requested.join(" ") || "-");
  const lines = [`${bold(run.run_id)} ${target} ${status}`];
  const started = Date.parse(run.created_at);
  const took = run.duration_ms !== null
    ? `took ${formatDuration(run.duration_ms)}`
    : run.status === "running"
    ? `running for ${
      formatDuration(Math.max(0, now - started))
    }, process ${run.pid}`
    : "";
  lines.push(
    dim(`  started ${localTime(run.created_at)}${took && `, ${took}`}`),
  );
  if (run.rerun_of !== null) lines.push(dim(`  again ${run.rerun_of}`));
  lines.push(...source(run).map((line) => dim(`  ${line}`)));
  if (run.message !== null || run.cause !== null) {
    lines.push(`  ${oneLine(run.message ?? causeText(run.cause))}`);
  }
  for (const notice of run.notices) {
    lines.push(`  ${style.yellow("!")} ${oneLine(notice)}`);
  }
  return lines.map((line) => `${line}\n`).join("");
}

/** What was run: the tree, the commit, what it was compared with. */
function source(run: RunRecord): readonly string[] {
  const lines: string[] = [];
  const { snapshot_tree: tree, git_head, git_dirty, git_branch } = run;
  if (tree !== null || git_head !== null) {
    const commit = git_head === null
      ? ""
      : `commit ${git_head.slice(0, 12)}${
        git_branch === null ? "" : ` of ${git_branch}`
      }${git_dirty === true ? " with changes" : ""}`;
    const snapshot = tree === null ? "" : `snapshot ${tree.slice(0, 12)}`;
    lines.push([snapshot, commit].filter((text) => text !== "").join(", "));
  }
  const changed = run.changed_files;
  const known = changed === null ? [] : [`changed_files=${changed.length}`];
  const reason = run.base === null ? [] : [oneLine(run.base.reason)];
  if (known.length + reason.length > 0) {
    lines.push([...reason, ...known].join("; "));
  }
  if (run.plan_path !== null) lines.push(`plan=${run.plan_path}`);
  return lines;
}

function jobRow(job: JobRecord, style: Style, now: number): Cell[] {
  const time = job.duration_ms ??
    (job.status === "running" && job.started_at !== null
      ? Math.max(0, now - Date.parse(job.started_at))
      : null);
  const ran = job.attempts.length > 0 || time !== null && time > 0;
  return [
    { text: mark(job), paint: statusPaint(style, job.status) },
    { text: job.id },
    {
      text: words(job.status),
      paint: job.allowed_failure
        ? style.yellow
        : statusPaint(style, job.status),
    },
    {
      text: time === null || !ran ? "" : formatDuration(time),
      right: true,
    },
    { text: oneLine(remark(job)), paint: style.dim },
  ];
}

function mark(job: JobRecord): string {
  switch (job.status) {
    case "passed":
      return "✓";
    case "cached":
    case "skipped":
      return "-";
    case "pending":
    case "waiting":
      return "·";
    case "running":
      return "▶";
    case "failed":
    case "timed_out":
    case "cancelled":
    case "infrastructure_failed":
    case "interrupted":
      return "✗";
  }
}

/** What stands behind a job's time. */
function remark(job: JobRecord): string {
  if (job.waiting !== null) return waitingText(job.waiting);
  const texts: string[] = [];
  if (job.status === "pending") texts.push(job.reason);
  else if (job.status !== "passed" && job.status !== "running") {
    texts.push(describeEnd(job));
  }
  if (job.allowed_failure) texts.push("which is allowed");
  if (job.flaky) {
    texts.push(`flaky: passed in attempt ${job.attempts.length}`);
  } else if (job.attempts.length > 1) {
    texts.push(`${job.attempts.length} attempts`);
  }
  return texts.filter((text) => text !== "").join(", ");
}

function waitingText({ what, name, holder, since }: WaitingRecord): string {
  const who = holder === null
    ? ""
    : `, held by ${
      holder.job_id === null ? "" : `${holder.job_id} of `
    }${holder.run_id}`;
  return `for ${what} ${name} since ${localTime(since)}${who}`;
}

/** What a person needs of a job that did not simply pass. */
function jobDetails(run: RunRecord, job: JobRecord, style: Style): string {
  const lines: string[] = [];
  const { dim, red, yellow } = style;
  const earlier = job.attempts.length > 1 ? job.attempts.slice(0, -1) : [];
  for (const attempt of earlier) lines.push(attemptText(attempt));
  for (const test of failedTests(job.tests)) lines.push(`${red("✗")} ${test}`);
  for (const notice of job.notices) {
    lines.push(`${yellow("!")} ${oneLine(notice)}`);
  }
  const failed = mark(job) === "✗" && job.attempts.length > 0;
  if (failed || job.flaky) {
    lines.push(dim(`pikaci logs ${run.run_id} ${job.id}`));
  }
  if (lines.length === 0) return "";
  return [job.id, ...lines.map((line) => `  ${line}`)]
    .map((line) => `${line}\n`).join("");
}

function attemptText(attempt: AttemptRecord): string {
  const time = attempt.duration_ms === null
    ? ""
    : ` after ${formatDuration(attempt.duration_ms)}`;
  const why = describeEnd(attempt);
  return oneLine(
    `attempt ${attempt.attempt} ${words(attempt.status)}${time}${
      why === "" ? "" : `: ${why}`
    }`,
  );
}

function failedTests(tests: TestSummary | null): readonly string[] {
  return (tests?.failures ?? []).map((test) => {
    const file = test.file === null ? "" : `${test.file}: `;
    const message = test.message.split("\n")[0] ?? "";
    const time = test.duration_ms === null
      ? ""
      : ` (${formatDuration(test.duration_ms)})`;
    return oneLine(
      `${file}${test.name}${message === "" ? "" : `: ${message}`}${time}`,
    );
  });
}

function footer(run: RunRecord, style: Style): string {
  if (run.status === "running") {
    const count = (status: string): number =>
      run.jobs.filter((job) => job.status === status).length;
    const ended = run.jobs.filter((job) => job.finished_at !== null).length;
    return `${
      style.bold(
        `${ended} of ${run.jobs.length} jobs ended, ${
          count("running")
        } running, ${count("waiting")} waiting`,
      )
    }\n`;
  }
  const paint = statusPaint(style, run.status);
  return `${style.bold(paint(closingLine(run)))}\n`;
}

/** Prepare nodes that did more than pass. */
function isTold(node: RunRecord["prepare_timings"][number]): boolean {
  return !["passed", "cached", "pending"].includes(node.status);
}

function preparedWhy(node: RunRecord["prepare_timings"][number]): string {
  const text = describeEnd(node);
  return text === "" ? "" : `: ${oneLine(text)}`;
}

function causeText(cause: Cause | null): string {
  return cause === null ? "" : describeCause(cause);
}

function words(status: string): string {
  return status.replaceAll("_", " ");
}
