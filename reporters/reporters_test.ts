import assert from "node:assert/strict";
import { XMLParser, XMLValidator } from "fast-xml-parser";
import type { JobRecord, RunRecord } from "../model/record.ts";
import { closingLine } from "./closing_line.ts";
import { oneLine } from "./format.ts";
import { githubReporter } from "./github.ts";
import { junitReport } from "./junit.ts";
import { combine, type Reporter } from "./reporter.ts";

function job(id: string, more: Partial<JobRecord> = {}): JobRecord {
  return {
    id,
    description: id,
    status: "passed",
    executor: "host_local",
    placement: "local",
    host: "local",
    runtime: "host_process",
    plan_node_id: `execute-${id}`,
    depends_on: [],
    timeout_secs: 60,
    workspace: "read-only",
    host_log_path: `runs/r/jobs/${id}/attempt-1/host.log`,
    guest_log_path: null,
    started_at: null,
    finished_at: null,
    duration_ms: 1234,
    exit_code: 0,
    cause: { kind: "exit_code", code: 0 },
    message: null,
    waiting: null,
    reason: "",
    allowed_failure: false,
    flaky: false,
    cache_key: null,
    matrix: null,
    attempts: [],
    artifacts: [],
    tests: null,
    notices: [],
    pre_execution_prepare_duration_ms: null,
    ...more,
  };
}

const hostile = 'a "<b>" & \u0001 ]]> %0A ::error::x\nsecond | line';

const failed = job("bad", {
  status: "failed",
  message: hostile,
  tests: {
    passed: 1,
    failed: 1,
    skipped: 0,
    failures: [{
      name: "adds, well: yes",
      classname: null,
      file: "src/a.ts",
      message: hostile,
      duration_ms: 1,
    }],
  },
});

const record: RunRecord = {
  schema_version: 2,
  run_id: "20260101T000000Z-00000000",
  status: "failed",
  cause: null,
  message: null,
  rerun_of: null,
  target_id: "all",
  target_description: null,
  requested: ["all"],
  source_root: "/",
  pikaci_version: "0",
  pid: 1,
  pid_started: null,
  snapshot_tree: null,
  git_head: null,
  git_dirty: null,
  git_branch: null,
  created_at: "2026-01-01T00:00:00.000Z",
  finished_at: null,
  duration_ms: 4200,
  plan_path: null,
  base: null,
  changed_files: null,
  filters: [],
  notices: [],
  cancel_requested: null,
  host_setup: [],
  prepare_timings: [],
  jobs: [
    job("good", { flaky: true }),
    failed,
    job("lost", {
      status: "infrastructure_failed",
      cause: { kind: "infrastructure", step: "boot", message: "No VM" },
    }),
    job("left", {
      status: "skipped",
      cause: { kind: "need", node_id: "execute-bad", status: "failed" },
    }),
    job("known", { status: "cached" }),
    job("may", { status: "failed", allowed_failure: true }),
  ],
};

Deno.test("closingLine() counts every kind of end, and gives the time", () => {
  assert.equal(
    closingLine(record),
    "1 passed, 2 failed, 1 infrastructure failed, 1 cached, 1 skipped, 1 flaky, 1 allowed to fail in 4.2 s",
  );
});

Deno.test("closingLine() says when what jobs needed could not be made", () => {
  const output = {
    node_id: "prepare-modules",
    status: "failed",
    started_at: null,
    finished_at: null,
    realized_path: null,
    cause: { kind: "exit_code", code: 1 },
    message: "Exited with 1",
    duration_ms: 5,
  } as const;
  assert.equal(
    closingLine({
      ...record,
      prepare_timings: [output],
      jobs: [job("left", { status: "skipped" })],
    }),
    "1 prepared output failed, 1 skipped in 4.2 s",
  );
});

Deno.test("junitReport() is XML whatever stands in messages, with right counts", () => {
  const xml = junitReport(record);
  assert.equal(XMLValidator.validate(xml), true);
  const parsed = new XMLParser({
    ignoreAttributes: false,
    attributeNamePrefix: "@",
  }).parse(xml);
  const suite = parsed.testsuites.testsuite;
  assert.deepEqual(
    [suite["@tests"], suite["@failures"], suite["@errors"], suite["@skipped"]],
    ["6", "1", "1", "1"],
  );
  assert.equal(suite.testcase[1]["@name"], "bad");
  assert.ok(suite.testcase[1].failure["@message"].includes('a "<b>" &'));
  assert.ok(suite.testcase[1].failure["#text"].includes("src/a.ts"));
});

Deno.test("githubReporter() writes one command a line, and no log line becomes one", async () => {
  let text = "";
  let markdown = "";
  const reporter = githubReporter({
    out: { write: (more) => Promise.resolve(void (text += more)) },
    tail: () => Promise.resolve(["::set-env name=A::b", "plain"]),
    outputs: null,
    summary: (more) => Promise.resolve(void (markdown += more)),
  });
  await reporter.finish(record);
  const lines = text.trimEnd().split("\n");
  assert.equal(lines[0], "::group::Log of bad");
  const stop = /^::stop-commands::(\S+)$/.exec(lines[1] ?? "")?.[1];
  assert.deepEqual(lines.slice(2, 6), [
    "::set-env name=A::b",
    "plain",
    `::${stop}::`,
    "::endgroup::",
  ]);
  assert.equal(
    lines[6],
    '::error title=bad::a "<b>" & \u0001 ]]> %250A ::error::x%0Asecond | line',
  );
  assert.match(
    lines[7] ?? "",
    /^::error file=src\/a\.ts,title=bad%3A adds%2C well%3A yes::/,
  );
  assert.match(text, /::error title=lost::boot: No VM\n/);
  assert.doesNotMatch(text, /title=may|title=left/);
  assert.match(markdown, /\| bad \| failed \|/);
  assert.match(markdown, /second \\\| line/);
});

Deno.test("combine() goes on with the others when one reporter breaks", async () => {
  const heard: string[] = [];
  const broken: Reporter = {
    event() {
      throw new Error("Broken");
    },
    finish: () => Promise.reject(new Error("Not heard of again")),
  };
  const working: Reporter = {
    event: ({ event }) => void heard.push(event),
    finish: () => Promise.resolve(void heard.push("finish")),
  };
  const failures: unknown[] = [];
  const all = combine([broken, working], (error) => failures.push(error));
  all.event({
    event: "notice",
    level: "info",
    job_id: null,
    message: "",
    seq: 1,
    at: "",
    run_id: "",
  }, () => record);
  await all.finish(record);
  assert.deepEqual(heard, ["notice", "finish"]);
  assert.equal(failures.length, 1);
});

Deno.test("oneLine() drops what steers a terminal, and keeps the text", () => {
  assert.equal(
    oneLine(
      "\x1b[1m\x1b[31mred\x1b[0m \x1b]8;;http://x\x07link\x1b]8;;\x1b\\ a\n b\x07",
    ),
    "red link a b�",
  );
});
