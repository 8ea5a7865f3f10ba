import assert from "node:assert/strict";
import fc from "fast-check";
import { foldAll } from "../model/fold.ts";
import { RUN_ID, wholeRuns } from "../tests/run_events.ts";
import { decodeRunRecord } from "./decode.ts";

const original = await Deno.readTextFile(
  new URL("./testdata/original_run.json", import.meta.url),
);

function decoded(text: string) {
  const record = decodeRunRecord(text);
  assert(typeof record !== "string", String(record));
  return record;
}

Deno.test("decodeRunRecord() reads what this version writes, unchanged", () => {
  fc.assert(
    fc.property(wholeRuns, (events) => {
      const record = foldAll(events);
      assert.deepEqual(decoded(JSON.stringify(record)), record);
    }),
    { numRuns: 50 },
  );
});

Deno.test("decodeRunRecord() reads the original's record", () => {
  const record = decoded(original);
  assert.equal(record.schema_version, 2);
  assert.equal(record.status, "failed");
  assert.equal(record.target_id, "pre-merge-pika-rust");
  assert.equal(record.duration_ms, 600_500);
  assert.equal(
    record.plan_path,
    "runs/20260319T010203Z-deadbeef/plan.json",
  );
  const [failed, skipped] = record.jobs;
  assert.deepEqual(failed?.cause, { kind: "exit_code", code: 101 });
  assert.equal(
    failed?.host_log_path,
    "runs/20260319T010203Z-deadbeef/jobs/pika-core-lib-app-flows-tests/host.log",
  );
  assert.deepEqual(failed?.attempts[0]?.facts, {
    incus_project: "pika-managed-agents",
    incus_image_alias: "pikaci/dev",
    incus_image_fingerprint: "5f2c",
  });
  assert.equal(failed?.attempts[0]?.phases[0]?.duration_ms, 20313);
  assert.equal(skipped?.status, "skipped");
  assert.equal(skipped?.runtime, "incus");
  assert.equal(skipped?.placement, "remote_ssh");
  assert.deepEqual(skipped?.attempts, []);
});

Deno.test("decodeRunRecord() fills in what older records lack", () => {
  const least = decoded(JSON.stringify({
    run_id: RUN_ID,
    status: "running",
    created_at: "2026-03-19T01:02:03+00:00",
  }));
  assert.deepEqual(least.jobs, []);
  assert.equal(least.finished_at, null);

  const events = fc.sample(wholeRuns, { numRuns: 1, seed: 4 }).flat();
  const record = foldAll(events);
  assert(record !== null && record.jobs.length > 0);
  const old = structuredClone<Record<string, unknown>>({ ...record });
  for (const name of ["git_branch", "cancel_requested", "host_setup"]) {
    delete old[name];
  }
  const jobs = record.jobs.map(({ waiting: _, notices: __, ...job }) => job);
  const filled = decoded(JSON.stringify({ ...old, jobs, colour: "blue" }));
  assert.deepEqual(filled, {
    ...record,
    git_branch: null,
    cancel_requested: null,
    host_setup: [],
    jobs: record.jobs.map((job) => ({ ...job, waiting: null, notices: [] })),
  });
});

Deno.test("decodeRunRecord() says what is wrong with a record", () => {
  const cases: readonly (readonly [string, RegExp])[] = [
    ['{"run_id": "2026', /JSON/],
    ["[]", /expected object/],
    [
      '{"run_id": "x", "status": "passed", "created_at": ""}',
      /"run_id": not a run id/,
    ],
    [`{"run_id": "${RUN_ID}", "status": "odd"}`, /"status": .*"running"/],
    ['{"schema_version": 3}', /schema_version 3.*update pikaci/],
  ];
  for (const [text, expected] of cases) {
    const found = decodeRunRecord(text);
    assert(typeof found === "string");
    assert.match(found, expected);
  }
});
