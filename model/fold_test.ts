import assert from "node:assert/strict";
import fc from "fast-check";
import {
  executeNode,
  jobEvents,
  plan,
  prepareNode,
  recorded,
  RUN_ID,
  runFinished,
  runStarted,
  wholeRuns,
} from "../tests/run_events.ts";
import { fold, foldAll } from "./fold.ts";
import { interruption } from "./interruption.ts";
import type { JobRecord, RunRecord } from "./record.ts";

const ENDS = new Set([
  "passed",
  "failed",
  "skipped",
  "cached",
  "cancelled",
  "timed_out",
  "infrastructure_failed",
  "interrupted",
]);

function folded(...events: Parameters<typeof recorded>[0]): RunRecord {
  const record = foldAll(recorded(events));
  assert(record !== null);
  return record;
}

function only(record: RunRecord): JobRecord {
  const [job] = record.jobs;
  assert(job !== undefined);
  return job;
}

Deno.test("fold() takes every prefix of a run, and ends every announced node", () => {
  fc.assert(fc.property(wholeRuns, (events) => {
    let record: RunRecord | null = null;
    for (const event of events) {
      record = fold(record, event);
      assert.equal(record.run_id, RUN_ID);
      if (event.event !== "run_finished") {
        assert.equal(record.status, "running");
      }
    }
    assert(record !== null);
    assert.equal(record.status, "passed");
    for (const node of [...record.jobs, ...record.prepare_timings]) {
      assert(ENDS.has(node.status), node.status);
      assert.notEqual(node.finished_at, null);
      assert.notEqual(node.duration_ms, null);
    }
    for (const attempt of record.jobs.flatMap((job) => job.attempts)) {
      assert(ENDS.has(attempt.status), attempt.status);
    }
  }));
});

Deno.test("fold() is pure: it changes neither record nor event", () => {
  fc.assert(
    fc.property(wholeRuns, (events) => {
      let record: RunRecord | null = null;
      for (const event of events) {
        record = deepFreeze(fold(record, deepFreeze(event)));
      }
      assert.deepEqual(record, foldAll(structuredClone(events)));
    }),
    { numRuns: 30 },
  );
});

Deno.test("fold() gives records that survive JSON", () => {
  fc.assert(
    fc.property(wholeRuns, (events) => {
      const record = foldAll(events);
      assert.deepEqual(JSON.parse(JSON.stringify(record)), record);
    }),
    { numRuns: 30 },
  );
});

Deno.test("interruption() closes any prefix of a run, and nothing twice", () => {
  fc.assert(fc.property(wholeRuns, fc.nat(), (events, cut) => {
    const prefix = events.slice(0, 1 + cut % events.length);
    const record = foldAll(prefix);
    assert(record !== null);
    const closing = interruption(record, {
      now: new Date("2026-01-02T04:00:00Z"),
      lastSeen: new Date(prefix.at(-1)?.at ?? ""),
    });
    const ended = prefix.at(-1)?.event === "run_finished";
    assert.equal(closing.length === 0, ended);
    const whole = foldAll(recorded([...prefix, ...closing]));
    assert(whole !== null);
    assert.equal(whole.status, ended ? "passed" : "interrupted");
    for (const node of [...whole.jobs, ...whole.prepare_timings]) {
      assert(ENDS.has(node.status), node.status);
    }
    for (const setup of whole.host_setup) assert(setup.finished_at !== null);
    const ends = [...prefix, ...closing].flatMap((event) =>
      event.event === "job_finished"
        ? [event.job_id]
        : event.event === "prepare_finished"
        ? [event.node_id]
        : []
    );
    assert.equal(new Set(ends).size, ends.length);
    const again = { now: new Date(), lastSeen: new Date() };
    assert.deepEqual(interruption(whole, again), []);
  }));
});

Deno.test("interruption() counts durations up to the last sign of life", () => {
  const events = recorded([
    runStarted(),
    { event: "run_planned", plan: plan([executeNode("unit")]) },
    ...jobEvents("unit", "passed").slice(0, 1),
  ]);
  const record = foldAll(events);
  assert(record !== null);
  // Events are a second apart; it is closed the next day.
  const closing = interruption(record, {
    now: new Date("2026-01-03T08:00:00Z"),
    lastSeen: new Date("2026-01-02T03:04:12Z"),
  });
  const durations = closing.map((event) =>
    "duration_ms" in event ? event.duration_ms : null
  );
  assert.deepEqual(durations, [5000, 5000, 7000]);
});

Deno.test("fold() shows jobs as pending once they are planned", () => {
  const record = folded(runStarted(), {
    event: "run_planned",
    plan: plan([prepareNode("deps"), executeNode("unit", ["prepare-deps"])]),
  });
  assert.equal(only(record).status, "pending");
  assert.equal(only(record).reason, "target pre-merge");
  assert.deepEqual(record.prepare_timings.map(({ status }) => status), [
    "pending",
  ]);
  assert.equal(record.plan_path, `runs/${RUN_ID}/plan.json`);
  assert.deepEqual(record.changed_files, ["src/a.ts"]);
});

Deno.test("fold() says what a job waits for until it starts", () => {
  const waiting = [
    runStarted(),
    { event: "run_planned" as const, plan: plan([executeNode("unit")]) },
    {
      event: "node_waiting" as const,
      node_id: "execute-unit",
      what: "concurrency group",
      name: "device",
      holder: {
        run_id: "20260101T000000Z-00000000",
        job_id: "other",
        pid: 7,
        since: "2026-01-01T00:00:00Z",
      },
    },
  ];
  const job = only(folded(...waiting));
  assert.equal(job.status, "waiting");
  assert.equal(job.waiting?.holder?.job_id, "other");
  const started = only(
    folded(...waiting, ...jobEvents("unit", "passed").slice(0, 1)),
  );
  assert.equal(started.status, "running");
  assert.equal(started.waiting, null);
});

Deno.test("fold() keeps all attempts and the end of the last", () => {
  const job = only(folded(
    runStarted(),
    { event: "run_planned", plan: plan([executeNode("unit")]) },
    ...jobEvents("unit", "passed", { flaky: true }),
    runFinished(),
  ));
  assert.deepEqual(job.attempts.map(({ status }) => status), [
    "failed",
    "passed",
  ]);
  assert.equal(job.flaky, true);
  assert.equal(job.host_log_path, job.attempts[1]?.host_log_path);
});

Deno.test("fold() sums the prepare nodes that a job needs", () => {
  const record = folded(
    runStarted(),
    {
      event: "run_planned",
      plan: plan([
        prepareNode("deps"),
        prepareNode("build"),
        executeNode("unit", ["prepare-deps", "prepare-build"]),
        executeNode("lint"),
      ]),
    },
    { event: "prepare_started", node_id: "prepare-deps" },
    prepared("prepare-deps", 300),
    { event: "prepare_started", node_id: "prepare-build" },
    prepared("prepare-build", 200),
    ...jobEvents("unit", "passed"),
    ...jobEvents("lint", "passed"),
  );
  assert.deepEqual(
    record.jobs.map((job) => job.pre_execution_prepare_duration_ms),
    [500, null],
  );
});

Deno.test("fold() refuses events that no runner emits in that order", () => {
  const [start, planned] = recorded([
    runStarted(),
    { event: "run_planned", plan: plan([]) },
  ]);
  assert(start !== undefined && planned !== undefined);
  assert.throws(() => fold(null, planned), RangeError);
  const record = fold(null, start);
  assert.throws(() => fold(record, start), RangeError);
  assert.throws(
    () => folded(runStarted(), ...jobEvents("unknown", "passed")),
    /no job "unknown"/,
  );
});

function prepared(node_id: string, duration_ms: number) {
  return {
    event: "prepare_finished",
    node_id,
    status: "passed",
    cause: null,
    message: null,
    duration_ms,
    realized_path: "/nix/store/x",
  } as const;
}

function deepFreeze<T>(value: T): T {
  if (typeof value === "object" && value !== null) {
    Object.values(value).forEach(deepFreeze);
    Object.freeze(value);
  }
  return value;
}
