import assert from "node:assert/strict";
import fc from "fast-check";
import {
  executeNode,
  jobEvents,
  plan,
  recorded,
  RUN_ID,
  runFinished,
  runStarted,
  wholeRuns,
} from "../tests/run_events.ts";
import type { RecordedEvent } from "./event.ts";
import { fold } from "./fold.ts";
import type { RunRecord } from "./record.ts";
import { type WireEvent, wireEvent } from "./wire_event.ts";

function wire(events: readonly RecordedEvent[]): WireEvent[] {
  let record: RunRecord | null = null;
  return events.flatMap((event) => {
    record = fold(record, event);
    return wireEvent(event, record) ?? [];
  });
}

Deno.test("wireEvent() keeps the original's names and fields", () => {
  const lines = wire(recorded([
    runStarted(),
    { event: "run_planned", plan: plan([executeNode("unit")]) },
    ...jobEvents("unit", "passed", { flaky: true }),
    runFinished(),
  ]));
  assert.deepEqual(lines.map(({ event }) => event), [
    "run_started",
    "run_planned",
    "job_started",
    "attempt_finished",
    "attempt_started",
    "attempt_finished",
    "job_finished",
    "run_finished",
  ]);
  const [started] = lines;
  assert(started?.event === "run_started");
  assert.equal(started.run_id, RUN_ID);
  assert.equal(started.created_at, "2026-01-02T03:04:05.000Z");
  assert.equal(started.target_id, "pre-merge");
  const jobStarted = lines.find(({ event }) => event === "job_started");
  assert(jobStarted?.event === "job_started");
  assert.equal(jobStarted.job.id, "unit");
  assert.equal(jobStarted.job.status, "running");
  const jobFinished = lines.find(({ event }) => event === "job_finished");
  assert(jobFinished?.event === "job_finished");
  assert.equal(jobFinished.job.status, "passed");
  assert.equal(jobFinished.job.attempts.length, 2);
  const finished = lines.at(-1);
  assert(finished?.event === "run_finished");
  assert.equal(finished.run.run_id, RUN_ID);
  assert.equal(finished.run.jobs.length, 1);
});

Deno.test("wireEvent() stamps every line, in order, and keeps process ids inside", () => {
  fc.assert(
    fc.property(wholeRuns, (events) => {
      const lines = wire(events);
      assert.deepEqual(
        lines.map(({ seq }) => seq),
        events.filter(({ event }) => event !== "process_started")
          .map(({ seq }) => seq),
      );
      for (const line of lines) {
        assert.equal(line.schema_version, 2);
        assert.equal(line.run_id, RUN_ID);
      }
    }),
    { numRuns: 30 },
  );
});
