/**
 * The jobs of a run as a JUnit report, for programs that show such reports.
 *
 * @module
 */
import { describeCause } from "../model/describe_cause.ts";
import type { JobRecord, RunRecord } from "../model/record.ts";
import type { Reporter } from "./reporter.ts";

/** Makes the reporter that writes a JUnit report when the run has ended. */
export function junitReporter(
  write: (xml: string) => Promise<void>,
): Reporter {
  return {
    event() {},
    finish: (record) => write(junitReport(record)),
  };
}

/** The report: a test suite for the run, a test case for each job. */
export function junitReport(record: RunRecord): string {
  const { jobs } = record;
  const count = (is: (job: JobRecord) => boolean): number =>
    jobs.filter(is).length;
  const suite = attributes({
    name: record.target_id ?? "pikaci",
    id: record.run_id,
    timestamp: record.created_at,
    time: seconds(record.duration_ms),
    tests: jobs.length,
    failures: count(isFailure),
    errors: count(isError),
    skipped: count(isSkipped),
  });
  return `<?xml version="1.0" encoding="UTF-8"?>
<testsuites>
  <testsuite ${suite}>
${jobs.map((job) => testCase(job, record)).join("\n")}
  </testsuite>
</testsuites>
`;
}

function testCase(job: JobRecord, record: RunRecord): string {
  const open = `    <testcase ${
    attributes({
      classname: record.target_id ?? "pikaci",
      name: job.id,
      time: seconds(job.duration_ms),
    })
  }`;
  const message = job.message ??
    (job.cause === null ? job.status : describeCause(job.cause));
  const type = job.cause?.kind ?? job.status;
  if (isFailure(job)) {
    const text = job.tests?.failures.map((test) =>
      `${
        test.file === null ? "" : `${test.file}: `
      }${test.name}\n${test.message}`
    ).join("\n\n") ?? "";
    return `${open}>
      <failure ${attributes({ message, type })}>${escape(text)}</failure>
    </testcase>`;
  }
  if (isError(job)) {
    return `${open}>
      <error ${attributes({ message, type })}/>
    </testcase>`;
  }
  if (isSkipped(job)) {
    return `${open}>
      <skipped ${attributes({ message })}/>
    </testcase>`;
  }
  return `${open}/>`;
}

function isFailure({ status, allowed_failure }: JobRecord): boolean {
  return !allowed_failure && (status === "failed" || status === "timed_out");
}

function isError({ status }: JobRecord): boolean {
  return status === "infrastructure_failed" || status === "cancelled" ||
    status === "interrupted";
}

function isSkipped({ status }: JobRecord): boolean {
  return status === "skipped";
}

function seconds(ms: number | null): string {
  return ((ms ?? 0) / 1000).toFixed(3);
}

function attributes(
  values: Readonly<Record<string, string | number>>,
): string {
  return Object.entries(values)
    .map(([name, value]) => `${name}="${escape(String(value))}"`).join(" ");
}

/** Characters that XML 1.0 can't hold, however they are written (2.2 Characters). */
// deno-lint-ignore no-control-regex
const forbidden = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/g;

function escape(text: string): string {
  return text.replace(forbidden, "�").replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll('"', "&quot;")
    .replaceAll("\n", "&#10;");
}
