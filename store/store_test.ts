import assert from "node:assert/strict";
import { join } from "@std/path";
import fc from "fast-check";
import type { RunEvent } from "../model/event.ts";
import { foldAll } from "../model/fold.ts";
import {
  executeNode,
  jobEvents,
  plan,
  RUN_ID,
  runFinished,
  runStarted,
  wholeRuns,
} from "../tests/run_events.ts";
import { closeInterrupted } from "./interrupted.ts";
import { openStore, type Store } from "./store.ts";
import { StoreError } from "./store_error.ts";

/** How many events are appended at once, by where they begin. */
const sizes = fc.func(fc.integer({ min: 1, max: 4 }));

async function withStore(
  work: (store: Store, stateRoot: string) => void | Promise<void>,
): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "pikaci-store-" });
  try {
    const stateRoot = join(folder, ".pikaci");
    using store = await openStore({ stateRoot });
    await work(store, stateRoot);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

function runPassed(store: Store, runId: string): void {
  store.begin(runId, runStarted());
  store.append(runId, {
    event: "run_planned",
    plan: plan([executeNode("unit")]),
  });
  for (const event of jobEvents("unit", "passed", { runId })) {
    store.append(runId, event);
  }
  store.append(runId, runFinished());
}

Deno.test("begin() makes the run known, as running, in database and file", async () => {
  await withStore(async (store, stateRoot) => {
    const event = store.begin(RUN_ID, runStarted());
    assert.equal(event.seq, 1);
    const file = JSON.parse(
      await Deno.readTextFile(join(stateRoot, "runs", RUN_ID, "run.json")),
    );
    assert.equal(file.status, "running");
    assert.deepEqual(file, await store.run(RUN_ID));
    assert.equal(
      await Deno.readTextFile(join(stateRoot, ".gitignore")),
      "*\n",
    );
  });
});

Deno.test("begin() refuses an id that is taken and leaves its run alone", async () => {
  await withStore(async (store) => {
    runPassed(store, RUN_ID);
    assert.throws(
      () => store.begin(RUN_ID, runStarted({ target_id: "other" })),
      (error) => error instanceof StoreError && error.code === "exists",
    );
    assert.equal((await store.run(RUN_ID))?.target_id, "pre-merge");
    assert.equal(store.record(RUN_ID).status, "passed");
  });
});

Deno.test("append() replaces run.json as a whole when the run ends", async () => {
  await withStore(async (store, stateRoot) => {
    store.begin(RUN_ID, runStarted());
    const folder = join(stateRoot, "runs", RUN_ID);
    using before = await Deno.open(join(folder, "run.json"));
    store.append(RUN_ID, runFinished());
    // Whoever has it open reads the old record to its end.
    assert.equal(
      (await new Response(before.readable).json()).status,
      "running",
    );
    const after = await Deno.readTextFile(join(folder, "run.json"));
    assert.equal(JSON.parse(after).status, "passed");
    const names = await Array.fromAsync(Deno.readDir(folder));
    assert.deepEqual(names.map(({ name }) => name), ["run.json"]);
  });
});

Deno.test("append() and appendTogether() keep events whose fold is the record, in memory, database and file", async () => {
  await withStore(async (store, stateRoot) => {
    let n = 0;
    await fc.assert(
      fc.asyncProperty(wholeRuns, sizes, async (events, size) => {
        const runId = `20260102T030405Z-${(n++).toString(16).padStart(8, "0")}`;
        const rest: RunEvent[] = [];
        for (const { seq: _, at: __, run_id: ___, ...event } of events) {
          if (event.event === "run_started") store.begin(runId, event);
          else rest.push(event);
        }
        for (let at = 0; at < rest.length;) {
          const some = rest.slice(at, at + size(at));
          const [first] = some;
          if (some.length > 1) store.appendTogether(runId, some);
          else if (first !== undefined) store.append(runId, first);
          at += some.length;
        }
        const record = foldAll(store.events(runId));
        assert.deepEqual(record, store.record(runId));
        assert.deepEqual(record, await store.run(runId));
        assert.deepEqual(
          record,
          JSON.parse(
            await Deno.readTextFile(join(stateRoot, "runs", runId, "run.json")),
          ),
        );
        assert.deepEqual(
          store.events(runId).map(({ seq }) => seq),
          events.map(({ seq }) => seq),
        );
      }),
      { numRuns: 15 },
    );
  });
});

Deno.test("append() refuses a run that has ended or never was", async () => {
  await withStore((store) => {
    runPassed(store, RUN_ID);
    assert.throws(
      () => store.append(RUN_ID, runFinished()),
      (error) => error instanceof StoreError && error.code === "finished",
    );
    assert.throws(
      () => store.append("20260102T030405Z-00000000", runFinished()),
      (error) => error instanceof StoreError && error.code === "missing",
    );
  });
});

Deno.test("appendTogether() keeps all events or none", async () => {
  await withStore((store) => {
    store.begin(RUN_ID, runStarted());
    const notice = { event: "notice", level: "info", job_id: null } as const;
    const before = store.record(RUN_ID);
    assert.throws(
      () =>
        store.appendTogether(RUN_ID, [
          { ...notice, message: "one" },
          runFinished(),
          { ...notice, message: "too late" },
        ]),
      (error) => error instanceof StoreError && error.code === "finished",
    );
    assert.equal(store.events(RUN_ID).length, 1);
    assert.deepEqual(store.record(RUN_ID), before);
    const kept = store.appendTogether(RUN_ID, [
      { ...notice, message: "one" },
      { ...notice, message: "two" },
    ]);
    assert.deepEqual(kept, store.events(RUN_ID).slice(1));
    assert.deepEqual(kept.map(({ seq }) => seq), [2, 3]);
  });
});

Deno.test("append() of two stores numbers one run without gap, and both know all", async () => {
  await withStore(async (store, stateRoot) => {
    using other = await openStore({ stateRoot });
    store.begin(RUN_ID, runStarted());
    for (let n = 0; n < 20; n++) {
      (n % 2 === 0 ? store : other).append(RUN_ID, {
        event: "notice",
        level: "info",
        job_id: null,
        message: `notice ${n}`,
      });
    }
    store.append(RUN_ID, runFinished());
    const events = store.events(RUN_ID);
    assert.deepEqual(
      events.map(({ seq }) => seq),
      Array.from({ length: 22 }, (_, index) => index + 1),
    );
    assert.deepEqual(store.record(RUN_ID), foldAll(events));
    assert.equal(store.record(RUN_ID).notices.length, 20);
  });
});

Deno.test("events() gives those after a sequence number", async () => {
  await withStore((store) => {
    runPassed(store, RUN_ID);
    assert.deepEqual(
      store.events(RUN_ID, 4).map(({ event }) => event),
      ["job_finished", "run_finished"],
    );
  });
});

Deno.test("active() lists unfinished runs with the processes that may still run", async () => {
  await withStore((store) => {
    runPassed(store, "20260102T030405Z-00000001");
    store.begin(RUN_ID, runStarted());
    store.append(RUN_ID, {
      event: "run_planned",
      plan: plan([executeNode("unit"), executeNode("lint")]),
    });
    for (const job_id of ["unit", "lint"]) {
      const [started, ...rest] = jobEvents(job_id, "passed");
      assert(started !== undefined);
      store.append(RUN_ID, started);
      store.append(RUN_ID, {
        event: "process_started",
        job_id,
        attempt: 1,
        host: "local",
        pid: job_id.length,
        pid_started: "9",
      });
      if (job_id === "unit") {
        for (const event of rest) store.append(RUN_ID, event);
      }
    }
    assert.deepEqual(store.active(), [
      { run_id: RUN_ID, pid: 4242, pid_started: "123456" },
    ]);
    const active = store.activeRun(RUN_ID);
    assert.deepEqual(active?.processes.map((p) => p.job_id), ["lint"]);
    assert.equal(store.activeRun("20260102T030405Z-00000001"), null);
  });
});

Deno.test("closeInterrupted() closes runs whose process is gone, after reaping them", async () => {
  await withStore(async (store, stateRoot) => {
    const dead = "20260102T030405Z-00000001";
    const alive = "20260102T030405Z-00000002";
    store.begin(dead, runStarted({ pid: 11 }));
    store.append(dead, {
      event: "run_planned",
      plan: plan([executeNode("unit"), executeNode("lint")]),
    });
    for (const event of jobEvents("unit", "passed").slice(0, 1)) {
      store.append(dead, event);
    }
    store.begin(alive, runStarted({ pid: 22 }));
    const order: string[] = [];
    using later = await openStore({ stateRoot });
    const closed = await closeInterrupted(later, {
      isAlive: ({ pid, pid_started }) => {
        assert.equal(pid_started, "123456");
        return pid === 22;
      },
      reap: (run) => {
        order.push(`reap ${run.record.run_id}`);
        assert.equal(run.record.status, "running");
      },
    });
    assert.deepEqual(closed, [dead]);
    assert.deepEqual(order, [`reap ${dead}`]);
    const record = await later.run(dead);
    assert.equal(record?.status, "interrupted");
    assert.deepEqual(record?.jobs.map(({ status }) => status), [
      "interrupted",
      "interrupted",
    ]);
    assert.equal(record?.jobs[0]?.attempts[0]?.status, "interrupted");
    assert.equal((await later.run(alive))?.status, "running");
    // The owner, should it live after all, is told at its next event.
    assert.throws(
      () => store.append(dead, runFinished()),
      (error) => error instanceof StoreError && error.code === "finished",
    );
    assert.deepEqual(
      await closeInterrupted(later, { isAlive: () => true }),
      [],
    );
  });
});

Deno.test("durations() remembers how long passed jobs took", async () => {
  await withStore((store) => {
    const times = [1000, 3000, 3000];
    for (const [n, durationMs] of times.entries()) {
      const runId = `20260102T030405Z-0000000${n}`;
      store.begin(runId, runStarted());
      store.append(runId, {
        event: "run_planned",
        plan: plan([executeNode("unit"), executeNode("lint")]),
      });
      for (
        const event of [
          ...jobEvents("unit", "passed", { durationMs }),
          ...jobEvents("lint", "failed", { durationMs }),
        ]
      ) store.append(runId, event);
      store.append(runId, runFinished());
      store.remove(runId);
    }
    assert.deepEqual(
      [...store.durations(["unit", "lint", "unknown"])],
      [["unit", 2500]],
    );
  });
});

Deno.test("remember() keeps a pass until it is forgotten", async () => {
  await withStore(async (store, stateRoot) => {
    const pass = {
      key: "k1",
      job_id: "unit",
      run_id: RUN_ID,
      host_log: "attempt-1/host.log",
      manifest: { files: { "a.ts": "1" } },
      artifacts: ["dist/a.js"],
      bytes: 10,
    };
    assert.equal(store.remembered("k1"), null);
    store.remember(pass);
    assert.equal(store.remembered("k1"), null);
    for (const folder of [`runs/${RUN_ID}/jobs/unit`, "results/k2"]) {
      const dist = join(stateRoot, folder, "artifacts/dist");
      await Deno.mkdir(dist, { recursive: true });
    }
    assert.equal(store.remembered("k1"), null, "a file is gone");
    for (const folder of [`runs/${RUN_ID}/jobs/unit`, "results/k2"]) {
      const path = join(stateRoot, folder, "artifacts/dist/a.js");
      await Deno.writeTextFile(path, "");
    }
    store.remember({ ...pass, key: "k2", manifest: { files: {} } });
    const found = store.remembered("k1");
    assert.deepEqual({ ...found }, {
      ...pass,
      folder: `runs/${RUN_ID}/jobs/unit`,
      created_at: found?.created_at,
      last_used: found?.last_used,
    });
    assert.equal(store.lastPass("unit")?.key, "k2");
    store.movePass("k2", "results/k2");
    assert.equal(store.remembered("k2")?.folder, "results/k2");
    store.forget(["k2"]);
    assert.equal(store.lastPass("unit")?.key, "k1");
  });
});
