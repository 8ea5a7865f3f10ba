import assert from "node:assert/strict";
import type { RunEvent, RunStarted } from "../model/event.ts";
import { fold } from "../model/fold.ts";
import type { Plan } from "../model/plan.ts";
import type { RunRecord } from "../model/record.ts";
import { UserError } from "../model/user_error.ts";
import { Cancellation } from "./cancellation.ts";
import { RunEndError } from "./outcome.ts";
import { runSession, type SessionResult } from "./session.ts";

const start: RunStarted = {
  event: "run_started",
  created_at: "2026-01-01T00:00:00.000Z",
  rerun_of: null,
  target_id: null,
  target_description: null,
  requested: [],
  source_root: "/",
  pikaci_version: "0",
  pid: Deno.pid,
  pid_started: null,
};

interface Tried extends SessionResult {
  readonly events: readonly string[];
}

async function session(
  plan: () => Promise<Plan | null>,
  { cancellation = new Cancellation(), breakAt = Infinity } = {},
): Promise<Tried> {
  const events: string[] = [];
  let record: RunRecord | null = null;
  const emit = (event: RunEvent): void => {
    if (events.length >= breakAt) throw new Error("The disk is full");
    events.push(event.event);
    record = fold(record, {
      ...event,
      seq: events.length,
      at: "2026-01-01T00:00:00.000Z",
      run_id: "20260101T000000Z-00000000",
    });
  };
  const result = await runSession({
    start,
    cancellation,
    plan,
    sink: {
      begin: emit,
      emit,
      record() {
        if (record === null) throw new Error("No record");
        return record;
      },
    },
    context() {
      throw new Error("Not in this test");
    },
  });
  return { ...result, events };
}

Deno.test("runSession() ends a run whose plan can't be made, and tells why", async () => {
  const mistake = new UserError("No such base");
  const { record, error, events } = await session(() =>
    Promise.reject(mistake)
  );
  assert.deepEqual(events, ["run_started", "run_finished"]);
  assert.equal(record.status, "failed");
  assert.equal(record.message, "No such base");
  assert.equal(error, mistake);
});

Deno.test("runSession() takes what else goes wrong for a failure of the infrastructure", async () => {
  const { record } = await session(() => Promise.reject(new Error("No disk")));
  assert.equal(record.status, "infrastructure_failed");
  assert.deepEqual(record.cause, {
    kind: "infrastructure",
    step: "plan",
    message: "No disk",
  });
});

Deno.test("runSession() ends a run as a RunEndError says", async () => {
  const { record } = await session(() =>
    Promise.reject(
      new RunEndError({
        status: "infrastructure_failed",
        cause: { kind: "timeout", limit: "host_setup", secs: 3 },
        message: "Too slow",
      }),
    )
  );
  assert.deepEqual(record.cause, {
    kind: "timeout",
    limit: "host_setup",
    secs: 3,
  });
});

Deno.test("runSession() that is cancelled before the plan is made starts nothing", async () => {
  const cancellation = new Cancellation();
  const by = { kind: "signal", signal: "SIGINT" } as const;
  const { record, events } = await session(() => {
    cancellation.request(by);
    return Promise.resolve(null);
  }, { cancellation });
  assert.deepEqual(events, [
    "run_started",
    "cancel_requested",
    "run_finished",
  ]);
  assert.equal(record.status, "cancelled");
  assert.deepEqual(record.cause, { kind: "cancelled", by });
});

Deno.test("runSession() does not wait for the plan when the end is forced", async () => {
  const cancellation = new Cancellation();
  const by = { kind: "signal", signal: "SIGINT" } as const;
  const { record } = await session(() => {
    cancellation.request(by);
    cancellation.request(by);
    return new Promise(() => {});
  }, { cancellation });
  assert.equal(record.status, "cancelled");
  assert.equal(record.cancel_requested?.forced, true);
});

Deno.test("runSession() tells what broke first when the end can't be recorded", async () => {
  await assert.rejects(
    session(() => Promise.reject(new Error("First")), { breakAt: 1 }),
    /First/,
  );
});
