import assert from "node:assert/strict";
import type { CatalogJob } from "../model/catalog.ts";
import type { ExecuteNode } from "../model/plan.ts";
import { passed, run, type Script } from "./_testing.ts";
import { testJob, testNode } from "./_testing_plan.ts";
import { machineOf } from "./_host_slots.ts";
import type { RunLimits } from "./context.ts";

const far = (id: string, job: Partial<CatalogJob> = {}): ExecuteNode =>
  testNode(testJob(id, job), { host: "build-1" });

const limits = (slots: number): Partial<RunLimits> => ({
  hosts: new Map([["local", 2], ["build-1", slots]]),
});

/** Does something with a folder of leases that runs share. */
async function withLeases(
  work: (leases: string) => Promise<void>,
): Promise<void> {
  const leases = await Deno.makeTempDir();
  try {
    await work(leases);
  } finally {
    await Deno.remove(leases, { recursive: true });
  }
}

Deno.test("runs share the slots of an ssh host, and say for whom they wait", async () => {
  await withLeases(async (leases) => {
    const begun = Promise.withResolvers<void>();
    const waits = Promise.withResolvers<void>();
    const started: string[] = [];
    const work: Script = async ({ job }) => {
      started.push(job.id);
      if (job.id === "first") {
        begun.resolve();
        await waits.promise;
      }
      return passed;
    };
    const one = run([far("first")], work, {
      ...{ leases, runId: "one", limits: limits(1) },
    });
    await begun.promise;
    const two = run(
      [far("second"), far("third"), testNode(testJob("here"))],
      work,
      {
        ...{ leases, runId: "two", limits: limits(1) },
        // What runs here goes on meanwhile.
        onEvent: (event) => {
          if (event.event === "job_finished" && event.job_id === "here") {
            waits.resolve();
          }
        },
      },
    );
    const { events, end } = await two;
    assert.equal((await one).end.status, "passed");
    assert.equal(end.status, "passed");
    assert.deepEqual(started, ["first", "here", "second", "third"]);
    const waiting = events.flatMap((e) =>
      e.event === "node_waiting" ? [e] : []
    );
    assert.deepEqual(
      waiting.map(({ node_id, what, name, holder }) => [
        node_id,
        what,
        name,
        holder?.run_id,
        holder?.job_id,
      ]),
      [["execute-second", "host slot", "build-1", "one", "first"]],
      "only so many of a run wait as there are slots: the queue stays fair",
    );
  });
});

Deno.test("a job of several slots waits until the runs of all leave them free", async () => {
  await withLeases(async (leases) => {
    let used = 0;
    let most = 0;
    const work: Script = async ({ job }) => {
      const slots = Math.min(job.slots, 3);
      used += slots;
      most = Math.max(most, used);
      await new Promise((resolve) => setTimeout(resolve, 2));
      used -= slots;
      return passed;
    };
    const nodes = [1, 3, 2, 1, 9].map((slots, at) =>
      far(`job-${at}`, { slots })
    );
    const ends = await Promise.all(
      ["one", "two", "three"].map((runId) =>
        run(nodes, work, { leases, runId, limits: limits(3) })
      ),
    );
    assert.deepEqual(ends.map(({ end }) => end.status), [
      "passed",
      "passed",
      "passed",
    ]);
    assert.ok(most <= 3, `${most} of 3 slots`);
  });
});

Deno.test("a job that waits for a host can end by its limit, and leaves the queue", async () => {
  await withLeases(async (leases) => {
    const begun = Promise.withResolvers<void>();
    const over = Promise.withResolvers<void>();
    const one = run([far("first")], async () => {
      begun.resolve();
      await over.promise;
      return passed;
    }, { leases, runId: "one", limits: limits(1) });
    await begun.promise;
    const two = await run(
      [far("late", { waitTimeoutSecs: 0.01 })],
      () => passed,
      { leases, runId: "two", limits: limits(1) },
    );
    assert.deepEqual(two.ended, ["late timed_out"]);
    over.resolve();
    assert.equal((await one).end.status, "passed");
    const three = await run([far("next")], () => passed, {
      ...{ leases, runId: "three", limits: limits(1) },
    });
    assert.deepEqual(three.ended, ["next passed"]);
    assert.deepEqual(
      three.events.filter(({ event }) => event === "node_waiting"),
      [],
    );
  });
});

Deno.test("machineOf() is the same for ids and users of one machine", () => {
  const machines = ["build-1", "ci@build-1", "localhost", null].map((known) =>
    machineOf("id", { address: () => known })
  );
  assert.deepEqual(machines, ["build-1", "build-1", "local", "id"]);
});
