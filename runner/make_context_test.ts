import assert from "node:assert/strict";
import { openLeases } from "./open_leases.ts";

Deno.test("openLeases() frees what a process of unknown start time held, once it is gone", async () => {
  const home = await Deno.makeTempDir();
  const env = (name: string) => name === "HOME" ? home : undefined;
  try {
    const gone = new Deno.Command("true").spawn();
    await gone.status;
    {
      using dead = openLeases(env, { pid: gone.pid, pidStarted: null });
      await dead.claim({ name: "g", runId: "r", jobId: "a" });
    }
    using leases = openLeases(env, { pid: Deno.pid, pidStarted: null });
    const { lease } = await leases.claim({ name: "g", runId: "r", jobId: "b" });
    assert.ok(lease !== null);
    const left = (await leases.list()).map(({ job_id }) => job_id);
    assert.deepEqual(left, ["b"]);
  } finally {
    await Deno.remove(home, { recursive: true });
  }
});
