import assert from "node:assert/strict";
import fc from "fast-check";
import type { CatalogJob } from "../model/catalog.ts";
import type { ExecuteNode } from "../model/plan.ts";
import { failed, hang, passed, run, type Script } from "./_testing.ts";
import { testJob, testNode } from "./_testing_plan.ts";
import { Cancellation } from "./cancellation.ts";

function node(
  id: string,
  needs: readonly string[] = [],
  job: Partial<CatalogJob> = {},
): ExecuteNode {
  return testNode(testJob(id, job), {
    depends_on: needs.map((need) => `execute-${need}`),
  });
}

const script = (ends: Readonly<Record<string, Script>>): Script => (attempt) =>
  ends[attempt.job.id]?.(attempt) ?? passed;

Deno.test("runPlan() ends passed when every job passes", async () => {
  const { end, ended, record } = await run(
    [node("a"), node("b", ["a"])],
    () => passed,
  );
  assert.equal(end.status, "passed");
  assert.deepEqual(ended, ["a passed", "b passed"]);
  assert.equal(record.status, "passed");
});

Deno.test("runPlan() lets running jobs finish after a failure, and starts no new ones", async () => {
  const slow = Promise.withResolvers<void>();
  const { end, ended, record } = await run(
    [node("bad"), node("slow"), node("later"), node("behind", ["bad"])],
    script({
      bad: () => failed(3),
      slow: async () => {
        await slow.promise;
        return passed;
      },
    }),
    {
      onEvent: (event) => {
        if (event.event === "job_finished" && event.job_id === "later") {
          slow.resolve();
        }
      },
    },
  );
  assert.equal(end.status, "failed");
  assert.deepEqual(ended, [
    "bad failed",
    "behind skipped",
    "later skipped",
    "slow passed",
  ]);
  assert.deepEqual(record.jobs.map((job) => job.cause), [
    { kind: "exit_code", code: 3 },
    { kind: "exit_code", code: 0 },
    { kind: "fail_fast", job_id: "bad" },
    { kind: "need", node_id: "execute-bad", status: "failed" },
  ]);
});

Deno.test("runPlan() kills running jobs after a failure with fail-fast kill", async () => {
  const { end, ended, record } = await run(
    [node("bad"), node("slow")],
    script({ bad: () => failed(), slow: hang }),
    { limits: { failFast: "kill" } },
  );
  assert.equal(end.status, "failed");
  assert.deepEqual(ended, ["bad failed", "slow cancelled"]);
  assert.deepEqual(record.jobs[1]?.cause, {
    kind: "cancelled",
    by: { kind: "fail_fast", job_id: "bad" },
  });
});

Deno.test("runPlan() goes on after a failure with fail-fast continue", async () => {
  const { ended } = await run(
    [node("bad"), node("behind", ["bad"]), node("later")],
    script({ bad: () => failed() }),
    { limits: { failFast: "continue", jobs: 1 } },
  );
  assert.deepEqual(ended, ["bad failed", "behind skipped", "later passed"]);
});

Deno.test("runPlan() tries again as the policy says, and marks a flaky job", async () => {
  const { record, events } = await run(
    [node("a", [], { retry: { attempts: 3, on: ["failed"] } })],
    ({ attempt }) => attempt < 3 ? failed() : passed,
  );
  const [job] = record.jobs;
  assert.equal(job?.status, "passed");
  assert.equal(job?.flaky, true);
  assert.deepEqual(job?.attempts.map((a) => a.status), [
    "failed",
    "failed",
    "passed",
  ]);
  assert.deepEqual(
    events.flatMap((e) =>
      e.event === "attempt_finished" ? [e.retry_in_secs] : []
    ),
    [0, 0, null],
  );
});

Deno.test("runPlan() does not call a job flaky that the infrastructure failed", async () => {
  const { record } = await run(
    [node("a", [], { retry: { attempts: 2, on: ["infrastructure"] } })],
    ({ attempt }) =>
      attempt === 1
        ? { status: "infrastructure_failed", step: "boot", message: "No VM" }
        : passed,
  );
  assert.equal(record.jobs[0]?.flaky, false);
  assert.equal(record.jobs[0]?.attempts.length, 2);
});

Deno.test("runPlan() lets a job fail where the config allows it, and shows it", async () => {
  const { end, record, ended } = await run(
    [
      node("lint", [], { allowFailure: [77] }),
      node("behind", ["lint"]),
      node("other", [], { allowFailure: [77] }),
    ],
    script({ lint: () => failed(77), other: () => failed(1) }),
    { limits: { jobs: 1 } },
  );
  assert.equal(end.status, "failed");
  assert.deepEqual(ended, ["lint failed", "behind passed", "other failed"]);
  assert.deepEqual(record.jobs.map((job) => job.allowed_failure), [
    true,
    false,
    false,
  ]);
});

Deno.test("runPlan() turns what an executor throws into an infrastructure failure", async () => {
  const { end, record } = await run([node("a")], () => {
    throw new Error("No disk");
  });
  assert.equal(end.status, "infrastructure_failed");
  assert.deepEqual(record.jobs[0]?.cause, {
    kind: "infrastructure",
    step: "checkout",
    message: "No disk",
  });
});

Deno.test("runPlan() cancels what runs and what waits, each saying by whom", async () => {
  const cancellation = new Cancellation();
  const { end, record } = await run(
    [node("a"), node("b", ["a"])],
    hang,
    {
      cancellation,
      onEvent: (event) => {
        if (event.event !== "job_started") return;
        queueMicrotask(() =>
          cancellation.request({ kind: "signal", signal: "SIGINT" })
        );
      },
    },
  );
  assert.equal(end.status, "cancelled");
  for (const job of record.jobs) {
    assert.deepEqual(job.cause, {
      kind: "cancelled",
      by: { kind: "signal", signal: "SIGINT" },
    });
  }
});

Deno.test("runPlan() that was cancelled before it began starts nothing", async () => {
  const cancellation = new Cancellation();
  cancellation.request({ kind: "command", pid: 1 });
  const { started, ended } = await run([node("a")], hang, { cancellation });
  assert.deepEqual(started, []);
  assert.deepEqual(ended, ["a cancelled"]);
});

Deno.test("runPlan() is skipped, not passed, when nothing ran", async () => {
  const skip = testNode(testJob("a"), {
    decision: "skip",
    reasons: [{
      kind: "filter_miss",
      message: "no file",
      path: null,
      pattern: null,
      filters: ["src/**"],
    }],
  });
  const { end, record } = await run([skip], () => passed);
  assert.equal(end.status, "skipped");
  assert.deepEqual(record.jobs[0]?.cause, {
    kind: "filter",
    filters: ["src/**"],
  });
});

Deno.test("runPlan() runs one job of a concurrency group at a time, and says who is before", async () => {
  const leases = await Deno.makeTempDir();
  let inside = 0;
  let most = 0;
  const work: Script = async () => {
    most = Math.max(most, ++inside);
    await new Promise((resolve) => setTimeout(resolve, 5));
    inside--;
    return passed;
  };
  const group = { concurrencyGroup: "deploy" };
  const { end, events } = await run(
    [node("a", [], group), node("b", [], group), node("c", [], group)],
    work,
    { leases, limits: { hosts: new Map([["local", 8]]) } },
  );
  await Deno.remove(leases, { recursive: true });
  assert.equal(end.status, "passed");
  assert.equal(most, 1);
  const waiting = events.flatMap((e) => e.event === "node_waiting" ? [e] : []);
  assert.equal(waiting[0]?.name, "deploy");
  assert.equal(waiting[0]?.holder?.job_id, "a");
});

Deno.test("runPlan() frees the slots of a job that waits for a lease", async () => {
  const leases = await Deno.makeTempDir();
  const other = Promise.withResolvers<void>();
  const group = { concurrencyGroup: "deploy" };
  const { end } = await run(
    [node("a", [], group), node("b", [], group), node("free")],
    script({
      a: async () => {
        await other.promise;
        return passed;
      },
      free: () => {
        other.resolve();
        return passed;
      },
    }),
    { leases, limits: { hosts: new Map([["local", 2]]) } },
  );
  await Deno.remove(leases, { recursive: true });
  assert.equal(end.status, "passed");
});

Deno.test("runPlan() ends a job that waits too long, by its own limit", async () => {
  const leases = await Deno.makeTempDir();
  const waited = Promise.withResolvers<void>();
  const { end, record } = await run(
    [
      node("a", [], { concurrencyGroup: "g" }),
      node("b", [], { concurrencyGroup: "g", waitTimeoutSecs: 0.01 }),
    ],
    async () => {
      await waited.promise;
      return passed;
    },
    {
      leases,
      onEvent: (event) => {
        if (event.event === "job_finished" && event.job_id === "b") {
          waited.resolve();
        }
      },
    },
  );
  await Deno.remove(leases, { recursive: true });
  assert.equal(end.status, "failed");
  assert.deepEqual(record.jobs[1]?.cause, {
    kind: "timeout",
    limit: "waiting",
    secs: 0.01,
  });
  assert.equal(record.jobs[1]?.attempts.length, 0);
});

Deno.test("runPlan() keeps leases, limits and durations under a clock that jumps to and fro", async () => {
  const day = 24 * 3_600_000;
  let calls = 0;
  const now = (): number =>
    Date.parse("2026-01-01T00:00:00Z") + (calls++ % 2 === 0 ? 7 : -7) * day;
  const group = { concurrencyGroup: "deploy", waitTimeoutSecs: 3600 };
  let inside = 0;
  const work: Script = (attempt) =>
    attempt.phase("run", async () => {
      assert.equal(++inside, 1);
      await new Promise((resolve) => setTimeout(resolve, 5));
      inside--;
      return passed;
    });
  const { end, record } = await run(
    ["a", "b", "c", "d"].map((id) => node(id, [], group)),
    work,
    { now, limits: { hosts: new Map([["local", 8]]) } },
  );
  assert.equal(end.status, "passed");
  for (const { duration_ms, attempts } of record.jobs) {
    assert.ok((duration_ms ?? -1) >= 0 && (duration_ms ?? 0) < day / 2);
    const phases = attempts.flatMap(({ phases }) => phases);
    assert.deepEqual(phases.map(({ phase }) => phase), ["checkout", "run"]);
    for (const { duration_ms, started_at, finished_at } of phases) {
      assert.ok(duration_ms >= 0 && duration_ms < day / 2);
      assert.ok(started_at <= finished_at);
    }
  }
});

Deno.test("runPlan() ends a job alone that something breaks outside of its attempts", async () => {
  const { end, record } = await run(
    [{ ...node("a"), cache_key: "key" }, node("b")],
    () => passed,
    {
      limits: { failFast: "continue" },
      passes: {
        find: () => Promise.reject(new Error("No disk")),
        remember: () => {},
        settle: () => Promise.resolve(),
      },
    },
  );
  assert.equal(end.status, "infrastructure_failed");
  assert.deepEqual(record.jobs.map((job) => [job.status, job.message]), [
    ["infrastructure_failed", "No disk"],
    ["passed", null],
  ]);
});

Deno.test("runPlan() takes a pass that came to be after the plan was made", async () => {
  const pass = {
    runId: "earlier",
    key: "key",
    artifactsFolder: "/nonexistent",
    artifacts: [],
  };
  const { started, record } = await run(
    [{ ...node("a"), cache_key: "key" }, node("b", ["a"])],
    () => passed,
    {
      passes: {
        find: () => Promise.resolve(pass),
        remember: () => {},
        settle: () => Promise.resolve(),
      },
    },
  );
  assert.deepEqual(started, ["b"]);
  assert.deepEqual(record.jobs[0]?.cause, {
    kind: "cached",
    run_id: "earlier",
    key: "key",
  });
});

Deno.test("runPlan() fails what the plan takes from a pass whose files are gone, and runs nothing that needs it", async () => {
  const cached = testNode(testJob("a"), {
    decision: "cached",
    cached_from: "earlier",
    cache_key: "k",
  });
  const passes = {
    find: () => Promise.resolve(null),
    remember: () => {},
    settle: () => Promise.resolve(),
  };
  const { end, ended, started, record } = await run(
    [cached, node("b", ["a"])],
    () => passed,
    { passes },
  );
  assert.equal(end.status, "infrastructure_failed");
  assert.deepEqual(ended, ["a infrastructure_failed", "b skipped"]);
  assert.deepEqual(started, []);
  assert.match(
    record.jobs[0]?.message ?? "",
    /pass of "a" from run earlier has lost its files.*start a new run/,
  );
});

Deno.test("runPlan() on any graph: each job ends once, with a cause, after its needs", async () => {
  const outcome = fc.constantFrom<Script>(
    () => passed,
    () => passed,
    () => failed(2),
    () => {
      throw new Error("Broken");
    },
    async () => {
      await Promise.resolve();
      return passed;
    },
  );
  await fc.assert(
    fc.asyncProperty(
      fc.array(
        fc.record({
          needs: fc.array(fc.nat(), { maxLength: 3 }),
          outcome,
          attempts: fc.integer({ min: 1, max: 2 }),
          allowed: fc.boolean(),
          group: fc.constantFrom(null, null, "g", "h"),
          decision: fc.constantFrom("run", "run", "run", "skip", "cached"),
        }),
        { minLength: 1, maxLength: 12 },
      ),
      fc.constantFrom("no-new", "kill", "continue"),
      fc.integer({ min: 1, max: 3 }),
      fc.option(fc.nat({ max: 10 })),
      async (specs, failFast, slots, cancelAt) => {
        const cancellation = new Cancellation();
        const nodes = specs.map((spec, i) => ({
          ...node(
            `j${i}`,
            i === 0 ? [] : [...new Set(spec.needs.map((n) => `j${n % i}`))],
            {
              retry: { attempts: spec.attempts, on: ["failed"] },
              allowFailure: spec.allowed,
              concurrencyGroup: spec.group,
            },
          ),
          decision: spec.decision,
        }));
        let seen = 0;
        const { events, end, record } = await run(
          nodes,
          (attempt) =>
            specs[Number(attempt.job.id.slice(1))]?.outcome(attempt) ?? passed,
          {
            cancellation,
            limits: { failFast, hosts: new Map([["local", slots]]) },
            onEvent: () => {
              if (++seen === cancelAt) {
                queueMicrotask(() =>
                  cancellation.request({ kind: "signal", signal: "SIGTERM" })
                );
              }
            },
          },
        );
        const ends = new Map<string, string>();
        for (const event of events) {
          if (event.event === "job_started") {
            assert.ok(!ends.has(event.job_id), "started after its end");
            const needs = nodes.find((n) => n.job_id === event.job_id)
              ?.depends_on ?? [];
            for (const need of needs) {
              assert.ok(ends.has(need.slice("execute-".length)));
            }
          }
          if (event.event !== "job_finished") continue;
          assert.ok(!ends.has(event.job_id), `${event.job_id} ended twice`);
          assert.ok(event.cause !== null, `${event.job_id} has no cause`);
          ends.set(event.job_id, event.status);
        }
        assert.equal(ends.size, nodes.length);
        for (const job of record.jobs) {
          assert.equal(job.status, ends.get(job.id));
          assert.ok(job.attempts.every((a) => a.finished_at !== null));
        }
        assert.equal(record.status, end.status);
      },
    ),
    { numRuns: 80 },
  );
});
