/** What survives kills, full disks, and other processes. */
import assert from "node:assert/strict";
import { join } from "@std/path";
import { foldAll } from "../model/fold.ts";
import { runStarted } from "../tests/run_events.ts";
import { leaveOut } from "../tests/leave_out.ts";
import { repository } from "../tests/pikaci.ts";
import { mountDisk, noDisk } from "../tests/small_disk.ts";
import { openStore, type Store } from "./store.ts";
import { StoreError, type StoreErrorCode } from "./store_error.ts";

function runId(number: number): string {
  return `20260102T030405Z-${number.toString(16).padStart(8, "0")}`;
}

function writer(...args: string[]): Deno.ChildProcess {
  return new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "--quiet", "--no-check", "tests/store_writer.ts"]
      .concat(args),
    cwd: repository,
    stdin: "null",
    stdout: "piped",
    stderr: "inherit",
  }).spawn();
}

/** Reads what a writer acknowledged, and calls back after each piece. */
async function acknowledged(
  child: Deno.ChildProcess,
  heard: (last: number) => void = () => {},
): Promise<number> {
  let text = "";
  const decoder = new TextDecoder();
  for await (const bytes of child.stdout) {
    text += decoder.decode(bytes, { stream: true });
    heard(last(text));
  }
  return last(text);
}

/** Kills a writer once it has acknowledged an event; returns the last one. */
async function killedAt(
  child: Deno.ChildProcess,
  seq: number,
): Promise<number> {
  let killed = false;
  return await acknowledged(child, (last) => {
    if (killed || last < seq) return;
    killed = true;
    child.kill("SIGKILL");
  });
}

/** The last whole line: the kill may have cut one off. */
function last(text: string): number {
  return Number(text.split("\n").slice(0, -1).at(-1) ?? 0);
}

async function withFolder(
  work: (folder: string) => Promise<void>,
): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "pikaci-durable-" });
  try {
    await work(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

function isStoreError(code: StoreErrorCode, text: RegExp) {
  return (error: unknown): boolean => {
    assert(error instanceof StoreError, String(error));
    assert.equal(error.code, code);
    assert.match(error.message, text);
    assert.match(error.message, /^[A-Z].*[^.]$/s);
    return true;
  };
}

function note(store: Store, id: string, message: string): void {
  store.append(id, { event: "notice", level: "info", job_id: null, message });
}

Deno.test("append() loses nothing that it acknowledged when the process is killed", async () => {
  await withFolder(async (stateRoot) => {
    // The moments differ: the first event, a checkpoint of the log (1,000 pages), any.
    const moments = [1, 40, 300, 1500, 60 + Math.floor(Math.random() * 900)];
    for (const [index, moment] of moments.entries()) {
      const child = writer(stateRoot, runId(index), "0");
      const seq = await killedAt(child, moment);
      await child.status;
      using store = await openStore({ stateRoot });
      const events = store.events(runId(index));
      assert(seq >= moment && events.length >= seq, `${events.length} ${seq}`);
      assert.deepEqual(
        events.map(({ seq }) => seq),
        Array.from({ length: events.length }, (_, n) => n + 1),
      );
      assert.equal(foldAll(events)?.status, "running");
    }
  });
});

Deno.test("openStore() and append() work for several processes at once, from the first moment on", async () => {
  await withFolder(async (stateRoot) => {
    const shared = runId(99);
    const children = [1, 2, 3].map((n) => writer(stateRoot, runId(n), "150"));
    const seqs = await Promise.all(
      children.map((child) => acknowledged(child)),
    );
    assert.deepEqual(seqs, [151, 151, 151]);
    for (const child of children) assert.equal((await child.status).code, 0);

    using store = await openStore({ stateRoot });
    store.begin(shared, runStarted());
    const both = [1, 2].map(() => writer(stateRoot, shared, "150", "join"));
    await Promise.all(both.map((child) => acknowledged(child)));
    for (const child of both) assert.equal((await child.status).code, 0);
    const events = store.events(shared);
    assert.deepEqual(
      events.map(({ seq }) => seq),
      Array.from({ length: 301 }, (_, n) => n + 1),
    );
    note(store, shared, "mine");
    assert.deepEqual(store.record(shared), foldAll(store.events(shared)));
    assert.equal(store.record(shared).notices.length, 301);
  });
});

Deno.test("openStore() refuses a database of a newer pikaci and leaves it alone", async () => {
  await withFolder(async (stateRoot) => {
    const path = join(stateRoot, "state.db");
    const { DatabaseSync } = await import("node:sqlite");
    const db = new DatabaseSync(path);
    db.exec("CREATE TABLE later (x); PRAGMA user_version = 99");
    db.close();
    const before = await Deno.readFile(path);
    for (const readOnly of [false, true]) {
      await assert.rejects(
        openStore({ stateRoot, readOnly }),
        isStoreError("newer", /written by a newer pikaci: it has version 99/),
      );
    }
    assert.deepEqual(await Deno.readFile(path), before);
  });
});

Deno.test("openStore() refuses a damaged database, keeps it, and says what to do", async () => {
  await withFolder(async (stateRoot) => {
    const path = join(stateRoot, "state.db");
    const garbage = "this is no database\n".repeat(500);
    await Deno.writeTextFile(path, garbage);
    for (const readOnly of [false, true]) {
      await assert.rejects(
        openStore({ stateRoot, readOnly }),
        isStoreError("corrupt", /is damaged: .*mv '.*state\.db' '/),
      );
    }
    assert.equal(await Deno.readTextFile(path), garbage);
  });
});

Deno.test("run() reads run.json when the database was moved aside", async () => {
  await withFolder(async (stateRoot) => {
    {
      using store = await openStore({ stateRoot });
      store.begin(runId(1), runStarted());
      store.append(runId(1), {
        event: "run_finished",
        status: "passed",
        cause: null,
        message: null,
        finished_at: "2026-01-02T03:05:00Z",
        duration_ms: 5,
      });
    }
    await Deno.rename(
      join(stateRoot, "state.db"),
      join(stateRoot, "state.db.damaged"),
    );
    using store = await openStore({ stateRoot });
    assert.equal((await store.run(runId(1)))?.status, "passed");
    const { runs } = await store.runs();
    assert.deepEqual(runs.map(({ run_id }) => run_id), [runId(1)]);
  });
});

Deno.test("run() reports a damaged page, other runs stay readable", async () => {
  await withFolder(async (stateRoot) => {
    {
      using store = await openStore({ stateRoot });
      for (const n of [1, 2]) {
        store.begin(runId(n), runStarted());
        for (let i = 0; i < 200; i++) {
          note(store, runId(n), `${n} ${i} ${"x".repeat(200)}`);
        }
      }
      store.compact();
    }
    const path = join(stateRoot, "state.db");
    const bytes = await Deno.readFile(path);
    const text = new TextEncoder().encode('"message":"2 100 xxx');
    const at = indexOf(bytes, text);
    const page = Math.floor(at / 4096) * 4096;
    bytes.fill(0xff, page, page + 4096);
    await Deno.writeFile(path, bytes);
    using store = await openStore({ stateRoot, readOnly: true });
    assert.equal(store.events(runId(1)).length, 201);
    assert.throws(
      () => store.events(runId(2)),
      isStoreError("corrupt", /is damaged/),
    );
    assert.equal((await store.runs()).runs.length, 2);
  });
});

Deno.test("append() waits for a lock, and says so when it lasts", async () => {
  await withFolder(async (stateRoot) => {
    using store = await openStore({ stateRoot, busyTimeoutMs: 50 });
    store.begin(runId(1), runStarted());
    const { DatabaseSync } = await import("node:sqlite");
    using other = new DatabaseSync(join(stateRoot, "state.db"));
    other.exec("BEGIN IMMEDIATE");
    assert.throws(
      () => note(store, runId(1), "too late"),
      isStoreError("locked", /locked by another process/),
    );
    other.exec("ROLLBACK");
    note(store, runId(1), "again");
    assert.deepEqual(store.record(runId(1)).notices, ["again"]);
    assert.deepEqual(store.record(runId(1)), foldAll(store.events(runId(1))));
  });
});

const leftOut = leaveOut("full disks", await noDisk());

Deno.test({
  name: "append() on a full disk loses nothing old and names the way out",
  ignore: leftOut,
  async fn() {
    await using disk = await mountDisk("512k");
    const stateRoot = join(disk.path, "state");
    {
      using store = await openStore({ stateRoot });
      store.begin(runId(1), runStarted());
      note(store, runId(1), "old");
      let written = 2;
      assert.throws(() => {
        // The disk has room for far fewer.
        for (; written < 1000; written++) {
          note(store, runId(1), "x".repeat(2000));
        }
      }, isStoreError("full", /the disk is full\. Free some space.*pikaci gc/));
      assert.equal(store.events(runId(1)).length, written);
      assert.throws(
        () =>
          store.begin(runId(2), runStarted({ source_root: "x".repeat(5000) })),
        isStoreError("full", /the disk is full/),
      );
      assert.equal(await store.run(runId(2)), null);
    }
    using reader = await openStore({ stateRoot, readOnly: true });
    assert.equal((await reader.run(runId(1)))?.notices[0], "old");
    await disk.remount("size=4m");
    using store = await openStore({ stateRoot });
    note(store, runId(1), "goes on");
    assert.equal((await store.run(runId(1)))?.notices.at(-1), "goes on");
  },
});

Deno.test({
  name: "openStore() reads a state folder that cannot be written",
  ignore: leftOut,
  async fn() {
    await using disk = await mountDisk("4m");
    const stateRoot = join(disk.path, "state");
    {
      using store = await openStore({ stateRoot });
      store.begin(runId(1), runStarted());
    }
    await disk.remount("ro");
    using store = await openStore({ stateRoot, readOnly: true });
    assert.equal((await store.run(runId(1)))?.status, "running");
    await assert.rejects(
      openStore({ stateRoot }),
      isStoreError("read_only", /Cannot write to .*--state-root/),
    );
    await assert.rejects(
      openStore({ stateRoot: join(disk.path, "other") }),
      isStoreError("read_only", /Cannot write to .*other/),
    );
  },
});

Deno.test({
  name:
    "openStore() reads what a killed process left in a folder that cannot be written",
  ignore: leftOut,
  async fn() {
    await using disk = await mountDisk("8m");
    const stateRoot = join(disk.path, "state");
    const child = writer(stateRoot, runId(1), "0");
    await killedAt(child, 20);
    await child.status;
    await disk.remount("ro");
    using store = await openStore({ stateRoot, readOnly: true });
    assert(store.events(runId(1)).length >= 20);
  },
});

function indexOf(bytes: Uint8Array, part: Uint8Array): number {
  const at = bytes.findIndex((_, start) =>
    part.every((byte, offset) => bytes[start + offset] === byte)
  );
  assert(at >= 0);
  return at;
}
