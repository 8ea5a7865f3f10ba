import { strictEqual } from "node:assert/strict";
import { join } from "@std/path";
import { DatabaseSync } from "node:sqlite";
import { Leases } from "../runner/leases.ts";
import { useWriteAheadLog } from "./write_ahead_log.ts";

/** Does something with a database that another thread is just making. */
async function whileMade(
  name: string,
  work: (folder: string) => void,
): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "pikaci-wal-" });
  const path = JSON.stringify(join(folder, name));
  const source = `
    import { DatabaseSync } from "node:sqlite";
    const db = new DatabaseSync(${path});
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
    work(folder);
  } finally {
    worker.terminate();
    await Deno.remove(folder, { recursive: true });
  }
}

Deno.test("useWriteAheadLog() waits for who makes the same file", async () => {
  await whileMade("a.db", (folder) => {
    using db = new DatabaseSync(join(folder, "a.db"), { timeout: 10_000 });
    useWriteAheadLog(db, 10_000);
    const mode = db.prepare("PRAGMA journal_mode").get()?.journal_mode;
    strictEqual(mode, "wal");
  });
});

Deno.test("Leases are opened by several processes at once", async () => {
  await whileMade("leases.db", (folder) => {
    using leases = new Leases({
      folder,
      self: { pid: Deno.pid, pidStarted: null },
      isAlive: () => Promise.resolve(true),
      now: Date.now,
    });
    strictEqual(typeof leases, "object");
  });
});
