import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import { join } from "@std/path";
import { Leases, type ProcessIdentity } from "./leases.ts";

const run = "20260101T000000Z-00000000";

async function withFolder(
  work: (folder: string) => Promise<void>,
): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    await work(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

function open(
  folder: string,
  self: ProcessIdentity = { pid: 1, pidStarted: "a" },
  alive: (process: ProcessIdentity) => boolean = () => true,
): Leases {
  return new Leases({
    folder,
    self,
    isAlive: (process) => Promise.resolve(alive(process)),
    now: () => Date.parse("2026-01-01T00:00:00Z"),
    pollMs: 2,
  });
}

const never = (): AbortSignal => new AbortController().signal;

Deno.test("claim() serves first who came first, across processes", async () => {
  await withFolder(async (folder) => {
    using one = open(folder);
    using two = open(folder, { pid: 2, pidStarted: "b" });
    const a = await one.claim({ name: "g", runId: run, jobId: "a" });
    assert.ok(a.lease !== null);
    const b = await two.claim({ name: "g", runId: run, jobId: "b" });
    const c = await one.claim({ name: "g", runId: run, jobId: "c" });
    const other = await one.claim({ name: "h", runId: run, jobId: "d" });
    assert.equal(b.lease, null);
    assert.deepEqual(b.holder, {
      run_id: run,
      job_id: "a",
      pid: 1,
      since: "2026-01-01T00:00:00.000Z",
    });
    assert.ok(other.lease !== null, "another name is free");
    const order: string[] = [];
    const waiting = [
      c.wait(never()).then((lease) => {
        order.push("c");
        lease?.[Symbol.dispose]();
      }),
      b.wait(never()).then((lease) => {
        order.push("b");
        lease?.[Symbol.dispose]();
      }),
    ];
    a.lease[Symbol.dispose]();
    await Promise.all(waiting);
    assert.deepEqual(order, ["b", "c"]);
    other.lease[Symbol.dispose]();
    assert.deepEqual(await one.list(), []);
  });
});

Deno.test("claim() lets so many in as there is capacity", async () => {
  await withFolder(async (folder) => {
    using leases = open(folder);
    const claims = [];
    for (const jobId of ["a", "b", "c"]) {
      claims.push(
        await leases.claim({ name: "vm", capacity: 2, runId: run, jobId }),
      );
    }
    assert.deepEqual(claims.map(({ lease }) => lease !== null), [
      true,
      true,
      false,
    ]);
    claims[1]?.lease?.[Symbol.dispose]();
    assert.ok(await claims[2]?.wait(never()) !== null);
  });
});

Deno.test("claim() counts how many of the places each takes, and passes nobody over", async () => {
  await withFolder(async (folder) => {
    using leases = open(folder);
    const claim = (jobId: string, slots: number) =>
      leases.claim({ name: "host", capacity: 4, slots, runId: run, jobId });
    const three = await claim("three", 3);
    const two = await claim("two", 2);
    const one = await claim("one", 1);
    const whole = await claim("whole", 9);
    assert.ok(three.lease !== null);
    assert.deepEqual(
      [two, one, whole].map(({ lease, holder }) => [
        lease,
        holder?.job_id,
      ]),
      [[null, "three"], [null, "three"], [null, "three"]],
    );
    const places: number[] = [];
    const last = whole.wait(never(), (_, place) => places.push(place));
    three.lease[Symbol.dispose]();
    const held = [await two.wait(never()), await one.wait(never())];
    for (const lease of held) lease?.[Symbol.dispose]();
    assert.ok(await last !== null);
    assert.equal(places[0], 3, "two and one are before it");
  });
});

Deno.test("claim() takes up the leases of an older version", async () => {
  await withFolder(async (folder) => {
    {
      using db = new DatabaseSync(join(folder, "leases.db"));
      db.exec(`create table lease (
        id integer primary key autoincrement, name text not null,
        run_id text not null, job_id text, pid integer not null,
        pid_started text, since text not null, held integer not null default 0
      ) strict;
      insert into lease (name, run_id, job_id, pid, pid_started, since, held)
        values ('g', '${run}', 'old', 9, 'x', '2026-01-01T00:00:00Z', 1)`);
    }
    using leases = open(folder);
    using _again = open(folder);
    const claim = await leases.claim({ name: "g", runId: run, jobId: "new" });
    assert.equal(claim.lease, null);
    assert.equal(claim.holder?.job_id, "old");
  });
});

Deno.test("claim() passes over processes that are gone, and other ones with their number", async () => {
  await withFolder(async (folder) => {
    const gone = { pid: 7, pidStarted: "then" };
    {
      using dead = open(folder, gone);
      await dead.claim({ name: "g", runId: run, jobId: "a" });
      await dead.claim({ name: "g", runId: run, jobId: "b" });
    }
    using leases = open(
      folder,
      { pid: 7, pidStarted: "now" },
      (process) => process.pidStarted !== "then",
    );
    const claim = await leases.claim({ name: "g", runId: run, jobId: "c" });
    assert.ok(claim.lease !== null);
    assert.deepEqual((await leases.list()).map(({ job_id }) => job_id), ["c"]);
  });
});

Deno.test("wait() gives its place up when it is told to", async () => {
  await withFolder(async (folder) => {
    using leases = open(folder);
    const a = await leases.claim({ name: "g", runId: run, jobId: "a" });
    const b = await leases.claim({ name: "g", runId: run, jobId: "b" });
    const stop = new AbortController();
    const waiting = b.wait(stop.signal);
    stop.abort();
    assert.equal(await waiting, null);
    a.lease?.[Symbol.dispose]();
    assert.deepEqual(await leases.list(), []);
  });
});

Deno.test("wait() tells of each new holder", async () => {
  await withFolder(async (folder) => {
    using leases = open(folder);
    const a = await leases.claim({ name: "g", runId: run, jobId: "a" });
    const b = await leases.claim({ name: "g", runId: run, jobId: "b" });
    const c = await leases.claim({ name: "g", runId: run, jobId: "c" });
    const seen: (string | null)[] = [];
    const served = c.wait(never(), ({ job_id }) => {
      seen.push(job_id);
      if (job_id === "a") {
        a.lease?.[Symbol.dispose]();
      } else {
        b.wait(never()).then((lease) => lease?.[Symbol.dispose]());
      }
    });
    assert.ok(await served !== null);
    assert.deepEqual(seen, ["a", "b"]);
  });
});

Deno.test("wait() of hundreds for one lease serves them in order, and tells little", async () => {
  await withFolder(async (folder) => {
    using leases = open(folder);
    const many = 300;
    const first = await leases.claim({ name: "g", runId: run, jobId: "first" });
    const order: number[] = [];
    const places = new Map<number, number[]>();
    const served = Promise.all(
      Array.from({ length: many }, async (_, at) => {
        const claim = await leases.claim({
          name: "g",
          runId: run,
          jobId: `${at}`,
        });
        const told: number[] = [];
        places.set(at, told);
        using _lease = await claim.wait(
          never(),
          (_, place) => told.push(place),
        );
        order.push(at);
      }),
    );
    first.lease?.[Symbol.dispose]();
    await served;
    assert.deepEqual(order, Array.from({ length: many }, (_, at) => at));
    for (const told of places.values()) {
      assert.ok(told.length < 15, `${told.length} times`);
      assert.deepEqual(told, told.toSorted((a, b) => b - a));
    }
    assert.deepEqual(await leases.list(), []);
  });
});

Deno.test("claim() and wait() that fail leave nothing in the queue", async () => {
  await withFolder(async (folder) => {
    using holding = open(folder, { pid: 2, pidStarted: "b" });
    const held = await holding.claim({ name: "g", runId: run, jobId: "a" });
    let broken = true;
    using leases = new Leases({
      folder,
      self: { pid: 1, pidStarted: "a" },
      isAlive: () =>
        broken ? Promise.reject(new Error("No /proc")) : Promise.resolve(true),
      now: Date.now,
      pollMs: 2,
    });
    const request = { name: "g", runId: run, jobId: "b" };
    await assert.rejects(leases.claim(request), /No \/proc/);
    broken = false;
    const claim = await leases.claim(request);
    broken = true;
    await assert.rejects(claim.wait(never()), /No \/proc/);
    const left = (await holding.list()).map(({ job_id }) => job_id);
    assert.deepEqual(left, ["a"]);
    held.lease?.[Symbol.dispose]();
  });
});

Deno.test("a lease whose end cannot be written fails nobody, and goes with the next one", async () => {
  await withFolder(async (folder) => {
    using leases = open(folder);
    const a = await leases.claim({ name: "g", runId: run, jobId: "a" });
    const b = await leases.claim({ name: "h", runId: run, jobId: "b" });
    {
      using db = new DatabaseSync(join(folder, "leases.db"));
      db.exec(
        "create trigger full before delete on lease begin select raise(abort, 'full'); end",
      );
      a.lease?.[Symbol.dispose]();
      assert.equal((await leases.list()).length, 2);
      db.exec("drop trigger full");
    }
    b.lease?.[Symbol.dispose]();
    assert.deepEqual(await leases.list(), []);
  });
});

Deno.test("leases that cannot be opened say where, why and what to do", async () => {
  await withFolder(async (folder) => {
    const file = join(folder, "file");
    await Deno.writeTextFile(file, "");
    assert.throws(
      () => open(join(file, "pikaci")),
      /^HostError: Cannot open the leases in ".*\/file\/pikaci": Not a directory.*XDG_STATE_HOME/,
    );
  });
});
