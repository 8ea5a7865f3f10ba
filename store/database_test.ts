import assert from "node:assert/strict";
import { join } from "@std/path";
import { openDatabase, transaction } from "./database.ts";
import { StoreError } from "./store_error.ts";

const steps = [
  "CREATE TABLE a (x INTEGER) STRICT",
  "ALTER TABLE a ADD COLUMN y INTEGER; UPDATE a SET y = x * 2",
  "CREATE INDEX a_by_y ON a (y)",
];

async function withPath(work: (path: string) => void): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "pikaci-db-" });
  try {
    work(join(folder, "a b's.db"));
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

Deno.test("openDatabase() migrates old databases step by step and keeps their data", async () => {
  await withPath((path) => {
    {
      using db = openDatabase(path, steps.slice(0, 1));
      db.exec("INSERT INTO a VALUES (21)");
    }
    using db = openDatabase(path, steps);
    assert.deepEqual({ ...db.prepare("SELECT x, y FROM a").get() }, {
      x: 21,
      y: 42,
    });
    assert.equal(db.prepare("PRAGMA user_version").get()?.user_version, 3);
    assert.equal(db.prepare("PRAGMA journal_mode").get()?.journal_mode, "wal");
    // 1 is NORMAL: the file stays whole through a power cut.
    assert.equal(db.prepare("PRAGMA synchronous").get()?.synchronous, 1);
  });
});

Deno.test("openDatabase() leaves a database as it was when a migration fails", async () => {
  await withPath((path) => {
    {
      using db = openDatabase(path, steps.slice(0, 1));
      db.exec("INSERT INTO a VALUES (1)");
    }
    const broken = [...steps.slice(0, 2), "CREATE TABLE a (z)"];
    assert.throws(() => openDatabase(path, broken), /already exists/);
    using db = openDatabase(path, steps.slice(0, 1));
    assert.equal(db.prepare("SELECT * FROM a").all().length, 1);
  });
});

Deno.test("openDatabase() does not migrate what it only reads", async () => {
  await withPath((path) => {
    openDatabase(path, steps.slice(0, 1)).close();
    assert.throws(
      () => openDatabase(path, steps, { readOnly: true }),
      (error) =>
        error instanceof StoreError && error.code === "read_only" &&
        /older version 1/.test(error.message),
    );
    using db = openDatabase(path, steps.slice(0, 1), { readOnly: true });
    assert.throws(() => db.exec("DELETE FROM a"), /readonly/);
  });
});

Deno.test("transaction() keeps all or nothing", async () => {
  await withPath((path) => {
    using db = openDatabase(path, steps);
    assert.throws(
      () =>
        transaction(db, () => {
          db.exec("INSERT INTO a VALUES (1, 1)");
          throw new Error("Stop");
        }),
      /Stop/,
    );
    transaction(db, () => db.exec("INSERT INTO a VALUES (2, 2)"));
    assert.deepEqual(db.prepare("SELECT x FROM a").all().map(({ x }) => x), [
      2,
    ]);
  });
});

Deno.test("openDatabase() waits for another process that makes the same file", async () => {
  const folder = await Deno.makeTempDir({ prefix: "pikaci-db-" });
  const path = join(folder, "state.db");
  const source = `
    import { DatabaseSync } from "node:sqlite";
    const db = new DatabaseSync(${JSON.stringify(path)});
    db.exec("BEGIN IMMEDIATE; CREATE TABLE other (x)");
    self.postMessage("locked");
    setTimeout(() => { db.exec("COMMIT"); db.close(); self.close(); }, 150);
  `;
  const worker = new Worker(
    `data:application/javascript,${encodeURIComponent(source)}`,
    { type: "module" },
  );
  try {
    await new Promise((resolve) => worker.addEventListener("message", resolve));
    using db = openDatabase(path, steps);
    assert.equal(db.prepare("PRAGMA journal_mode").get()?.journal_mode, "wal");
  } finally {
    worker.terminate();
    await Deno.remove(folder, { recursive: true });
  }
});
