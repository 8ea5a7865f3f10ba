import assert from "node:assert/strict";
import fc from "fast-check";
import type { EndStatus } from "../model/cause.ts";
import type {
  EndedNode,
  NodeEnd,
  ScheduledNode,
  SchedulerLimits,
} from "./scheduled_node.ts";
import { Scheduler } from "./scheduler.ts";

const passed: NodeEnd = {
  status: "passed",
  cause: { kind: "exit_code", code: 0 },
  message: null,
};
const failed: NodeEnd = {
  status: "failed",
  cause: { kind: "exit_code", code: 1 },
  message: null,
};

function node(id: string, more: Partial<ScheduledNode> = {}): ScheduledNode {
  return {
    id,
    host: "local",
    runtime: "host_process",
    slots: 1,
    needs: [],
    priority: 0,
    decided: null,
    ...more,
  };
}

function limits(slots: number, more: Partial<SchedulerLimits> = {}) {
  return {
    jobs: null,
    hosts: new Map([["local", slots]]),
    runtimes: new Map<string, number>(),
    ...more,
  };
}

/** Ids of everything that may start now, in the order it is taken. */
function take(scheduler: Scheduler): string[] {
  const ids: string[] = [];
  for (let n = scheduler.next(); n !== null; n = scheduler.next()) {
    ids.push(n.id);
  }
  return ids;
}

Deno.test("next() starts a node only after its needs", () => {
  const scheduler = new Scheduler(
    [node("a"), node("b", { needs: ["a"] }), node("c", { needs: ["a", "b"] })],
    limits(4),
  );
  scheduler.begin();
  assert.deepEqual(take(scheduler), ["a"]);
  scheduler.end("a", passed, true);
  assert.deepEqual(take(scheduler), ["b"]);
  scheduler.end("b", passed, true);
  assert.deepEqual(take(scheduler), ["c"]);
  scheduler.end("c", passed, true);
  assert.equal(scheduler.done, true);
});

Deno.test("end() skips the whole chain behind a failure, each with its need", () => {
  const scheduler = new Scheduler(
    [node("a"), node("b", { needs: ["a"] }), node("c", { needs: ["b"] })],
    limits(1),
  );
  scheduler.begin();
  take(scheduler);
  assert.deepEqual(
    scheduler.end("a", failed, false).map(({ id, end }) => [id, end.cause]),
    [
      ["b", { kind: "need", node_id: "a", status: "failed" }],
      ["c", { kind: "need", node_id: "b", status: "skipped" }],
    ],
  );
});

Deno.test("end() survives a chain of twenty thousand needs", () => {
  const nodes = Array.from(
    { length: 20_000 },
    (_, i) => node(`n${i}`, i === 0 ? {} : { needs: [`n${i - 1}`] }),
  );
  const scheduler = new Scheduler(nodes, limits(1));
  scheduler.begin();
  take(scheduler);
  assert.equal(scheduler.end("n0", failed, false).length, 19_999);
});

Deno.test("next() takes the longest remaining path first, then the plan's order", () => {
  const scheduler = new Scheduler(
    [node("a"), node("b", { priority: 5 }), node("c")],
    limits(3),
  );
  scheduler.begin();
  assert.deepEqual(take(scheduler), ["b", "a", "c"]);
});

Deno.test("next() keeps the slots of a host free for the most urgent node", () => {
  const scheduler = new Scheduler(
    [
      node("small"),
      node("big", { slots: 8, priority: 1, needs: ["small"] }),
      node("later"),
      node("other"),
      node("elsewhere", { host: "build-1" }),
    ],
    limits(2),
  );
  scheduler.begin();
  assert.deepEqual(take(scheduler), ["small", "later", "elsewhere"]);
  scheduler.end("small", passed, true);
  assert.deepEqual(take(scheduler), [], "big waits for both slots");
  scheduler.end("later", passed, true);
  assert.deepEqual(take(scheduler), ["big"]);
  scheduler.end("big", passed, true);
  assert.deepEqual(take(scheduler), ["other"]);
});

Deno.test("next() goes on with other runtimes when one is at its capacity", () => {
  const vm = { runtime: "tart", priority: 9 };
  const scheduler = new Scheduler(
    [node("vm1", vm), node("vm2", vm), node("vm3", vm), node("job")],
    limits(8, { runtimes: new Map([["tart", 2]]) }),
  );
  scheduler.begin();
  assert.deepEqual(take(scheduler), ["vm1", "vm2", "job"]);
  scheduler.end("vm1", passed, true);
  assert.deepEqual(take(scheduler), ["vm3"]);
});

Deno.test("soon() gives what waits for nothing but what runs, as far as slots are free", () => {
  const scheduler = new Scheduler(
    [
      node("a"),
      node("b"),
      node("c", { needs: ["a"] }),
      node("d", { needs: ["a", "b"], priority: 1 }),
      node("e", { needs: ["d"] }),
      node("f", { needs: ["a"], decided: failed }),
    ],
    limits(4),
  );
  const soon = () => scheduler.soon().map(({ id }) => id);
  scheduler.begin();
  assert.deepEqual(soon(), []);
  assert.deepEqual(take(scheduler), ["a", "b"]);
  assert.deepEqual(soon(), ["d", "c"]);
  scheduler.end("b", passed, true);
  assert.deepEqual(soon(), ["d", "c"]);
  scheduler.end("a", passed, true);
  assert.deepEqual(take(scheduler), ["d", "c"]);
  assert.deepEqual(soon(), ["e"]);
});

Deno.test("soon() gives nothing where no slot is to spare", () => {
  const two = [node("a"), node("b", { needs: ["a"] })];
  for (const full of [limits(1), limits(2, { jobs: 1 })]) {
    const scheduler = new Scheduler(two, full);
    scheduler.begin();
    assert.deepEqual(take(scheduler), ["a"]);
    assert.deepEqual(scheduler.soon(), []);
  }
});

Deno.test("block() frees the slots, unblock() puts the node ahead", () => {
  const scheduler = new Scheduler([node("a"), node("b"), node("c")], limits(1));
  scheduler.begin();
  assert.deepEqual(take(scheduler), ["a"]);
  scheduler.block("a");
  assert.deepEqual(take(scheduler), ["b"]);
  scheduler.unblock("a");
  assert.deepEqual(take(scheduler), []);
  scheduler.end("b", passed, true);
  assert.deepEqual(take(scheduler), ["a"]);
});

Deno.test("block() that keeps the slots of the host frees those of --jobs alone", () => {
  const far = { host: "build-1" };
  const scheduler = new Scheduler(
    [node("a", far), node("b", { ...far, priority: -1 }), node("here")],
    limits(1, { jobs: 1, hosts: new Map([["local", 1], ["build-1", 1]]) }),
  );
  scheduler.begin();
  assert.deepEqual(take(scheduler), ["a"]);
  scheduler.block("a", { keepsSlots: true });
  assert.deepEqual(take(scheduler), ["here"]);
  scheduler.end("here", passed, true);
  assert.deepEqual(take(scheduler), []);
  scheduler.unblock("a");
  assert.deepEqual(take(scheduler), ["a"]);
  scheduler.end("a", passed, true);
  assert.deepEqual(take(scheduler), ["b"]);
});

Deno.test("next() takes a node that keeps its slots before a more urgent one that wants them", () => {
  const scheduler = new Scheduler(
    [node("keeps"), node("wants", { priority: 9 })],
    limits(1),
  );
  scheduler.begin();
  assert.deepEqual(take(scheduler), ["wants"]);
  scheduler.block("wants");
  assert.deepEqual(take(scheduler), ["keeps"]);
  scheduler.block("keeps", { keepsSlots: true });
  scheduler.unblock("wants");
  scheduler.unblock("keeps");
  assert.deepEqual(take(scheduler), ["keeps"]);
  scheduler.end("keeps", passed, true);
  assert.deepEqual(take(scheduler), ["wants"]);
});

Deno.test("end() of a blocked node gives back the slots that it keeps", () => {
  const scheduler = new Scheduler([node("a"), node("b")], limits(1));
  scheduler.begin();
  assert.deepEqual(take(scheduler), ["a"]);
  scheduler.block("a", { keepsSlots: true });
  scheduler.end("a", passed, true);
  assert.deepEqual(take(scheduler), ["b"]);
});

Deno.test("begin() ends what the plan decided, and what needs a skipped node", () => {
  const skipped: NodeEnd = {
    status: "skipped",
    cause: { kind: "filter", filters: ["src/**"] },
    message: null,
  };
  const cached: NodeEnd = {
    status: "cached",
    cause: { kind: "cached", run_id: "r", key: "k" },
    message: null,
  };
  const scheduler = new Scheduler(
    [
      node("a", { decided: skipped }),
      node("b", { needs: ["a"] }),
      node("c", { decided: cached }),
      node("d", { needs: ["c"] }),
    ],
    limits(1),
  );
  assert.deepEqual(
    scheduler.begin().map(({ id, end }) => [id, end.status]),
    [["a", "skipped"], ["b", "skipped"], ["c", "cached"]],
  );
  assert.deepEqual(take(scheduler), ["d"]);
});

Deno.test("close() ends all that has not started", () => {
  const scheduler = new Scheduler(
    [node("a"), node("b"), node("c", { needs: ["a"] })],
    limits(1),
  );
  scheduler.begin();
  take(scheduler);
  assert.deepEqual(scheduler.close(() => failed).map(({ id }) => id), [
    "b",
    "c",
  ]);
  assert.equal(scheduler.done, false);
  assert.deepEqual(scheduler.end("a", failed, false), []);
  assert.equal(scheduler.done, true);
});

Deno.test("widen() gives a host the slots that it says it has", () => {
  const scheduler = new Scheduler(
    ["a", "b", "c", "d"].map((id) => node(id, { host: "far", slots: 2 })),
    limits(1),
  );
  scheduler.begin();
  assert.deepEqual(take(scheduler), ["a"]);
  scheduler.widen("far", 5);
  // What has started took what there was.
  assert.deepEqual(take(scheduler), ["b", "c"]);
  scheduler.end("a", passed, true);
  assert.deepEqual(take(scheduler), []);
  scheduler.end("b", passed, true);
  assert.deepEqual(take(scheduler), ["d"]);
});

Deno.test("apart() gives the nodes of a runtime slots of their own", () => {
  const incus = (id: string) => node(id, { runtime: "incus" });
  const scheduler = new Scheduler(
    [incus("a"), incus("b"), incus("c"), incus("d"), node("e"), node("f")],
    limits(2),
  );
  scheduler.hold("local", "incus");
  scheduler.begin();
  assert.deepEqual(take(scheduler), ["a", "e"]);
  scheduler.apart("local", "incus", 3);
  assert.deepEqual(take(scheduler), ["b", "c", "f"]);
  scheduler.end("a", passed, true);
  assert.deepEqual(take(scheduler), ["d"]);
});

Deno.test("apart() lets a runtime that has none take the host's", () => {
  const scheduler = new Scheduler(
    ["a", "b", "c", "d"].map((id) => node(id, { runtime: "incus" })),
    limits(3, { runtimes: new Map([["incus", 2]]) }),
  );
  scheduler.hold("local", "incus");
  scheduler.begin();
  assert.deepEqual(take(scheduler), ["a"]);
  scheduler.apart("local", "incus", null);
  assert.deepEqual(take(scheduler), ["b"]);
  scheduler.end("a", passed, true);
  assert.deepEqual(take(scheduler), ["c"]);
});

const hosts = ["local", "build-1"];
const runtimes = ["host_process", "incus", "tart"];

interface Sample {
  readonly nodes: readonly ScheduledNode[];
  readonly limits: SchedulerLimits;
  readonly outcomes: readonly ("passed" | "failed" | "blocked")[];
  readonly order: readonly number[];
}

const sample: fc.Arbitrary<Sample> = fc.record({
  specs: fc.array(
    fc.record({
      host: fc.constantFrom(...hosts),
      runtime: fc.constantFrom(...runtimes),
      slots: fc.integer({ min: 1, max: 5 }),
      priority: fc.integer({ min: 0, max: 3 }),
      needs: fc.array(fc.nat(), { maxLength: 4 }),
      decided: fc.constantFrom("no", "no", "no", "skipped", "cached"),
    }),
    { minLength: 1, maxLength: 30 },
  ),
  jobs: fc.option(fc.integer({ min: 1, max: 4 })),
  local: fc.integer({ min: 1, max: 4 }),
  remote: fc.integer({ min: 1, max: 4 }),
  tart: fc.integer({ min: 1, max: 2 }),
  outcomes: fc.array(
    fc.constantFrom("passed", "passed", "failed", "blocked"),
    { minLength: 1 },
  ),
  order: fc.array(fc.nat(), { minLength: 1 }),
}).map((
  { specs, jobs, local, remote, tart, outcomes, order },
): Sample => ({
  nodes: specs.map((spec, i) =>
    node(`n${i}`, {
      host: spec.host,
      runtime: spec.runtime,
      slots: spec.slots,
      priority: spec.priority,
      // Needs point backwards only: a random graph without a cycle.
      needs: i === 0 ? [] : [...new Set(spec.needs.map((n) => `n${n % i}`))],
      decided: spec.decided === "skipped"
        ? {
          status: "skipped",
          cause: { kind: "filter", filters: [] },
          message: null,
        }
        : spec.decided === "cached"
        ? {
          status: "cached",
          cause: { kind: "cached", run_id: "r", key: "k" },
          message: null,
        }
        : null,
    })
  ),
  limits: {
    jobs,
    hosts: new Map([["local", local], ["build-1", remote]]),
    runtimes: new Map([["tart", tart]]),
  },
  outcomes,
  order,
}));

/** Runs a sample to its end, checks every step, and returns what happened. */
function simulate({ nodes, limits, outcomes, order }: Sample): string[] {
  const trace: string[] = [];
  const ends = new Map<string, EndStatus>();
  const well = new Set<string>();
  const running = new Map<string, ScheduledNode>();
  const blocked: string[] = [];
  /** Nodes that wait and keep their slots. */
  const keeping = new Map<string, ScheduledNode>();
  const blockedOnce = new Set<string>();
  const scheduler = new Scheduler(nodes, limits);
  let step = 0;
  const pick = (n: number) => (order[step % order.length] ?? 0) % n;
  const note = (ended: readonly EndedNode[]) => {
    for (const { id, end } of ended) {
      assert.ok(!ends.has(id), `${id} ended twice`);
      ends.set(id, end.status);
      if (end.status === "cached") well.add(id);
      trace.push(`${id} ${end.status} ${JSON.stringify(end.cause)}`);
    }
  };
  note(scheduler.begin());
  while (!scheduler.done) {
    for (let n = scheduler.next(); n !== null; n = scheduler.next()) {
      for (const need of n.needs) {
        assert.ok(well.has(need), `${n.id} started before ${need}`);
      }
      assert.ok(!ends.has(n.id) && !running.has(n.id), `${n.id} started twice`);
      running.set(n.id, n);
      keeping.delete(n.id);
      trace.push(`${n.id} start`);
      assert.ok(running.size <= (limits.jobs ?? Infinity), "--jobs exceeded");
      for (const host of hosts) {
        const capacity = limits.hosts.get(host) ?? 1;
        const here = [...running.values()].filter((r) => r.host === host);
        const kept = [...keeping.values()].filter((k) => k.host === host);
        const used = [...here, ...kept].reduce(
          (sum, r) => sum + Math.min(r.slots, capacity),
          0,
        );
        assert.ok(used <= capacity, `slots of ${host} exceeded`);
        for (const [runtime, most] of limits.runtimes) {
          const same = here.filter((r) => r.runtime === runtime).length;
          assert.ok(same <= most, `capacity of ${runtime} exceeded`);
        }
      }
    }
    assert.equal(scheduler.running, running.size);
    const soon = scheduler.soon();
    trace.push(`soon ${soon.map(({ id }) => id)}`);
    assert.ok(
      running.size + soon.length <= (limits.jobs ?? Infinity),
      "more to come than --jobs lets run",
    );
    for (const { id, needs, decided } of soon) {
      assert.ok(decided === null && !ends.has(id) && !blockedOnce.has(id));
      assert.ok(needs.every((need) => well.has(need) || running.has(need)));
      assert.ok(needs.some((need) => running.has(need)), `${id} may start now`);
    }
    for (const host of hosts) {
      const capacity = limits.hosts.get(host) ?? 1;
      const used = [...running.values(), ...keeping.values(), ...soon]
        .filter((it) => it.host === host)
        .reduce((sum, it) => sum + Math.min(it.slots, capacity), 0);
      assert.ok(used <= capacity, `more to come than ${host} has slots for`);
    }
    assert.ok(running.size + blocked.length > 0, "nothing can go on");
    step++;
    const ids = [...running.keys()];
    if (ids.length === 0 || (blocked.length > 0 && pick(2) === 0)) {
      const id = blocked.splice(pick(blocked.length), 1)[0];
      if (id !== undefined) scheduler.unblock(id);
      continue;
    }
    const id = ids[pick(ids.length)] ?? "";
    let outcome = outcomes[step % outcomes.length] ?? "passed";
    if (outcome === "blocked" && blockedOnce.has(id)) outcome = "passed";
    const left = running.get(id);
    running.delete(id);
    if (outcome === "blocked") {
      blockedOnce.add(id);
      blocked.push(id);
      const keepsSlots = pick(2) === 0;
      scheduler.block(id, { keepsSlots });
      if (keepsSlots && left !== undefined) keeping.set(id, left);
      trace.push(`${id} blocked`);
      continue;
    }
    const good = outcome === "passed";
    if (good) well.add(id);
    note([{ id, end: good ? passed : failed }]);
    note(scheduler.end(id, good ? passed : failed, good));
  }
  assert.equal(ends.size, nodes.length, "every node ends");
  return trace;
}

Deno.test("any graph and outcomes: needs first, slots kept, one end each", () => {
  fc.assert(
    fc.property(sample, (s) => {
      simulate(s);
    }),
    { numRuns: 300 },
  );
});

Deno.test("the same graph and outcomes give the same schedule", () => {
  fc.assert(
    fc.property(sample, (s) => {
      assert.deepEqual(simulate(s), simulate(s));
    }),
    { numRuns: 50 },
  );
});
