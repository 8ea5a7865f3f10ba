import assert from "node:assert/strict";
import { join } from "@std/path";
import { recordRun } from "../tests/recorded_runs.ts";
import { collectGarbage } from "./gc.ts";
import { openStore, type Store } from "./store.ts";

async function withStore(
  work: (store: Store, stateRoot: string) => Promise<void>,
  options: { readonly now?: () => Date } = {},
): Promise<void> {
  const stateRoot = await Deno.makeTempDir({ prefix: "pikaci-gc-" });
  try {
    using store = await openStore({ stateRoot, ...options });
    await work(store, stateRoot);
  } finally {
    await Deno.remove(stateRoot, { recursive: true });
  }
}

function runId(second: number): string {
  return `20260102T0304${`${second}`.padStart(2, "0")}Z-0badcafe`;
}

async function names(path: string): Promise<string[]> {
  const found = [];
  for await (const { name } of Deno.readDir(path)) found.push(name);
  return found.sort();
}

Deno.test("collectGarbage() keeps the newest runs and removes all of the others", async () => {
  await withStore(async (store, stateRoot) => {
    for (let n = 1; n <= 5; n++) {
      await recordRun(store, runId(n), { jobs: { unit: { log: "hello\n" } } });
    }
    const dry = await collectGarbage(store, { keepRuns: 2, dryRun: true });
    assert.deepEqual(dry.removed_runs, [runId(3), runId(2), runId(1)]);
    assert.equal((await names(join(stateRoot, "runs"))).length, 5);
    const result = await collectGarbage(store, { keepRuns: 2 });
    assert.deepEqual(result, dry);
    assert(result.freed_bytes > 0);
    assert.deepEqual(await names(join(stateRoot, "runs")), [
      runId(4),
      runId(5),
    ]);
    assert.deepEqual(
      (await store.runs()).runs.map(({ run_id }) => run_id),
      [runId(5), runId(4)],
    );
    assert.deepEqual(store.events(runId(1)), []);
  });
});

Deno.test("collectGarbage() tells the end of a run that a full disk kept out of its file", async () => {
  await withStore(async (store, stateRoot) => {
    await recordRun(store, runId(1));
    await recordRun(store, runId(2), { status: "running" });
    const path = join(stateRoot, "runs", runId(1), "run.json");
    const ended = await Deno.readTextFile(path);
    const before = ended.replace(
      /^ {2}"status": "\w+",$/m,
      '  "status": "running",',
    );
    assert.notEqual(before, ended);
    await Deno.writeTextFile(path, before);
    const active = join(stateRoot, "runs", runId(2), "run.json");
    const running = await Deno.readTextFile(active);
    await collectGarbage(store, { keepRuns: 5 });
    assert.equal(await Deno.readTextFile(path), ended);
    assert.equal(await Deno.readTextFile(active), running);
  });
});

Deno.test("collectGarbage() never touches an active run, however old", async () => {
  await withStore(async (store, stateRoot) => {
    await recordRun(store, runId(1), { status: "running" });
    for (let n = 2; n <= 4; n++) await recordRun(store, runId(n));
    assert.equal(store.remove(runId(1)), false);
    const dry = await collectGarbage(store, { keepRuns: 0, dryRun: true });
    assert.deepEqual(dry.removed_runs, [runId(4), runId(3), runId(2)]);
    const { removed_runs } = await collectGarbage(store, { keepRuns: 0 });
    assert.deepEqual(removed_runs, [runId(4), runId(3), runId(2)]);
    assert.deepEqual(await names(join(stateRoot, "runs")), [runId(1)]);
    assert.equal((await store.run(runId(1)))?.status, "running");
  });
});

Deno.test("collectGarbage() goes by the order of creation when a clock jumps back", async () => {
  await withStore(async (store) => {
    await recordRun(store, runId(30));
    await recordRun(store, runId(31));
    await recordRun(store, runId(5));
    assert.deepEqual(await store.find("latest"), {
      kind: "found",
      runId: runId(5),
    });
    const { removed_runs } = await collectGarbage(store, { keepRuns: 1 });
    assert.deepEqual(removed_runs, [runId(31), runId(30)]);
  });
});

Deno.test("collectGarbage() removes runs that only their folders tell of, unless they may go on", async () => {
  await withStore(async (store, stateRoot) => {
    await recordRun(store, runId(9));
    const write = async (id: string, text: string) => {
      await Deno.mkdir(join(stateRoot, "runs", id), { recursive: true });
      await Deno.writeTextFile(join(stateRoot, "runs", id, "run.json"), text);
    };
    const record = (id: string, status: string) =>
      JSON.stringify({
        run_id: id,
        status,
        created_at: "2026-01-01T00:00:00Z",
      });
    await write(runId(1), record(runId(1), "passed"));
    await write(runId(2), record(runId(2), "running"));
    await write(runId(3), "{ torn");
    await Deno.mkdir(join(stateRoot, "runs", "notes"));
    const { removed_runs } = await collectGarbage(store, { keepRuns: 1 });
    assert.deepEqual(removed_runs, [runId(3), runId(1)]);
    assert.deepEqual(await names(join(stateRoot, "runs")), [
      runId(2),
      runId(9),
      "notes",
    ]);
    const later = await collectGarbage(store, {
      keepRuns: 1,
      now: () => new Date(Date.now() + 2 * 24 * 3600 * 1000),
    });
    assert.deepEqual(later.removed_runs, [runId(2)]);
  });
});

Deno.test("collectGarbage() lets a remembered pass outlive its run", async () => {
  await withStore(async (store, stateRoot) => {
    const artifacts = { "dist/a.js": "1" };
    await recordRun(store, runId(1), {
      jobs: { build: { log: "built\n", artifacts } },
    });
    store.remember({
      key: "k1",
      job_id: "build",
      run_id: runId(1),
      host_log: "attempt-1/host.log",
      manifest: {},
      artifacts: ["dist/a.js"],
      bytes: 1,
    });
    await recordRun(store, runId(2));
    await collectGarbage(store, { keepRuns: 1 });
    const pass = store.remembered("k1");
    assert.equal(pass?.folder, "results/k1");
    assert.equal(
      await Deno.readTextFile(
        join(stateRoot, "results/k1/artifacts/dist/a.js"),
      ),
      "1",
    );
    assert.equal(
      await Deno.readTextFile(join(stateRoot, "results/k1/attempt-1/host.log")),
      "built\n",
    );
    const old = await collectGarbage(store, {
      keepRuns: 1,
      passDays: 7,
      now: () => new Date(Date.now() + 8 * 24 * 3600 * 1000),
    });
    assert.deepEqual(old.forgotten_passes, ["k1"]);
    assert.deepEqual(await names(join(stateRoot, "results")), []);
    assert.equal(store.remembered("k1"), null);
  });
});

/** Remembers the passes "k1", "k2" and "k3", of 100 kB each. */
async function rememberThree(store: Store): Promise<void> {
  for (const [n, key] of ["k1", "k2", "k3"].entries()) {
    await recordRun(store, runId(n), {
      jobs: { build: { artifacts: { big: "x".repeat(100_000) } } },
    });
    store.remember({
      key,
      job_id: "build",
      run_id: runId(n),
      host_log: null,
      manifest: null,
      artifacts: ["big"],
      bytes: 100_000,
    });
  }
}

Deno.test("collectGarbage() forgets the least recently used passes beyond the space", async () => {
  let time = Date.parse("2026-01-02T03:04:05Z");
  const now = () => new Date(time += 1000);
  await withStore(async (store, stateRoot) => {
    await rememberThree(store);
    store.used(["k1"]);
    const { forgotten_passes } = await collectGarbage(store, {
      keepRuns: 0,
      passBytes: 250_000,
      now,
    });
    assert.deepEqual(forgotten_passes, ["k2"]);
    assert.deepEqual(await names(join(stateRoot, "results")), ["k1", "k3"]);
  }, { now });
});

Deno.test("collectGarbage() keeps the pass that a run shows which stays", async () => {
  const longAgo = () => new Date("2020-01-02T03:04:05Z");
  await withStore(async (store, stateRoot) => {
    await rememberThree(store);
    await recordRun(store, runId(4), {
      jobs: { build: { status: "cached", cachedFrom: [runId(0), "k1"] } },
    });
    const tight = { passBytes: 0, passDays: 1 };
    const some = await collectGarbage(store, { keepRuns: 1, ...tight });
    assert.deepEqual(some.forgotten_passes.toSorted(), ["k2", "k3"]);
    assert.deepEqual(await names(join(stateRoot, "results")), ["k1"]);
    const all = await collectGarbage(store, { keepRuns: 0, ...tight });
    assert.deepEqual(all.forgotten_passes, ["k1"]);
    assert.deepEqual(await names(join(stateRoot, "results")), []);
  }, { now: longAgo });
});

Deno.test("collectGarbage() forgets what was used in a future that the clock left before all else, and for its age never", async () => {
  let time = Date.parse("2029-01-02T03:04:05Z");
  const now = () => new Date(time += 1000);
  await withStore(async (store, stateRoot) => {
    await rememberThree(store);
    // Back by three years; then all but "k3" are used again.
    time -= 3 * 365 * 24 * 3_600_000;
    store.used(["k1", "k2"]);
    const kept = await collectGarbage(store, { keepRuns: 0, now });
    assert.deepEqual(kept.forgotten_passes, []);
    const tight = await collectGarbage(store, {
      keepRuns: 0,
      passBytes: 250_000,
      now,
    });
    assert.deepEqual(tight.forgotten_passes, ["k3"]);
    assert.deepEqual(await names(join(stateRoot, "results")), ["k1", "k2"]);
  }, { now });
});

Deno.test("collectGarbage() forgets a pass whose files are gone", async () => {
  await withStore(async (store, stateRoot) => {
    await recordRun(store, runId(1), { jobs: { build: { log: "x" } } });
    store.remember({
      key: "k1",
      job_id: "build",
      run_id: runId(1),
      host_log: null,
      manifest: null,
      artifacts: [],
      bytes: 0,
    });
    await Deno.remove(join(stateRoot, "runs", runId(1)), { recursive: true });
    await collectGarbage(store, { keepRuns: 10 });
    assert.equal(store.remembered("k1"), null);
  });
});
