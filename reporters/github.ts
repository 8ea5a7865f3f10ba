/**
 * What GitHub Actions makes annotations, groups and a summary of.
 *
 * The commands are those of
 * https://docs.github.com/actions/reference/workflow-commands-for-github-actions.
 *
 * @module
 */
import { describeCause } from "../model/describe_cause.ts";
import type { FailedTest } from "../model/event.ts";
import type { JobRecord, RunRecord } from "../model/record.ts";
import { formatDuration, oneLine } from "./format.ts";
import { closingLine } from "./closing_line.ts";
import type { Output, Reporter } from "./reporter.ts";

/** How the reporter for GitHub Actions is made. */
export interface GithubOptions {
  /** Where commands are written. */
  readonly out: Output;
  /** The last lines of a log, by its path relative to the state folder. */
  readonly tail: (path: string, lines: number) => Promise<readonly string[]>;
  /** Adds Markdown to the summary of the step; null: there is none. */
  readonly summary: ((markdown: string) => Promise<void>) | null;
  /** Adds lines NAME=VALUE to the outputs of the step; null: there are none. */
  readonly outputs: ((lines: string) => Promise<void>) | null;
}

/** Lines of a failed job's log in its group. */
const groupLines = 500;
/** GitHub shows ten annotations of a kind for a step. */
const annotations = 10;

/** Makes the reporter for GitHub Actions. */
export function githubReporter(options: GithubOptions): Reporter {
  return {
    event() {},
    async finish(record) {
      for (const job of record.jobs.filter(isFailure)) {
        await showFailure(job, options);
      }
      await options.summary?.(summary(record));
      await options.outputs?.(outputs(record));
    },
  };
}

async function showFailure(
  job: JobRecord,
  { out, tail }: GithubOptions,
): Promise<void> {
  const why = job.message ??
    (job.cause === null ? job.status : describeCause(job.cause));
  const lines: string[] = [];
  if (job.host_log_path !== null) {
    // A log line that looks like a command must not become one.
    const stop = crypto.randomUUID();
    const log = await tail(job.host_log_path, groupLines);
    lines.push(
      `::group::${data(`Log of ${job.id}`)}`,
      `::stop-commands::${stop}`,
      ...log.map(oneLine),
      `::${stop}::`,
      "::endgroup::",
    );
  }
  lines.push(`::error title=${property(job.id)}::${data(why)}`);
  for (const test of (job.tests?.failures ?? []).slice(0, annotations)) {
    lines.push(testAnnotation(test, job));
  }
  await out.write(lines.map((line) => `${line}\n`).join(""));
}

function testAnnotation(test: FailedTest, job: JobRecord): string {
  const title = `title=${property(`${job.id}: ${test.name}`)}`;
  const file = test.file === null ? "" : `file=${property(test.file)},`;
  return `::error ${file}${title}::${data(test.message)}`;
}

function summary(record: RunRecord): string {
  const rows = record.jobs.map((job) => {
    const why = job.status === "passed"
      ? ""
      : job.message ?? (job.cause === null ? "" : describeCause(job.cause));
    const time = job.duration_ms === null || job.attempts.length === 0
      ? ""
      : formatDuration(job.duration_ms);
    const status = job.status.replaceAll("_", " ") +
      (job.flaky ? ", flaky" : "") +
      (job.allowed_failure ? ", allowed" : "");
    return `| ${[job.id, status, time, why].map(cell).join(" | ")} |`;
  });
  return [
    `### pikaci: ${cell(closingLine(record))}`,
    "",
    "| job | end | time | why |",
    "| --- | --- | --- | --- |",
    ...rows,
    "",
  ].join("\n");
}

/** What later steps may want to know, by the names that the original pikaci gave. */
function outputs(record: RunRecord): string {
  return [
    `run_id=${record.run_id}`,
    `run_status=${record.status}`,
    `run_duration_seconds=${Math.round((record.duration_ms ?? 0) / 1000)}`,
    "",
  ].join("\n");
}

function isFailure({ status, allowed_failure }: JobRecord): boolean {
  return !allowed_failure && status !== "passed" && status !== "cached" &&
    status !== "skipped";
}

function data(text: string): string {
  return text.replaceAll("%", "%25").replaceAll("\r", "%0D")
    .replaceAll("\n", "%0A");
}

function property(text: string): string {
  return data(text).replaceAll(":", "%3A").replaceAll(",", "%2C");
}

function cell(text: string): string {
  return oneLine(text).replaceAll("\\", "\\\\").replaceAll("|", "\\|")
    .replaceAll("<", "&lt;");
}
