import assert from "node:assert/strict";
import { apart, noApart } from "../tests/apart.ts";
import { leaveOut } from "../tests/leave_out.ts";
import { openLeases } from "./open_leases.ts";

/** A process that takes the lease "g", says so, and does as it is told. */
function holder(home: string, then: string, before: readonly string[] = []) {
  const module = new URL("./open_leases.ts", import.meta.url).href;
  const table = new URL("../hosts/process_table.ts", import.meta.url).href;
  const script = `const { openLeases } = await import(${
    JSON.stringify(module)
  });
    const env = (name) => name === "HOME" ? ${JSON.stringify(home)} : undefined;
    const { processStartTime } = await import(${JSON.stringify(table)});
    const pidStarted = await processStartTime(Deno.pid);
    const leases = openLeases(env, { pid: Deno.pid, pidStarted });
    await leases.claim({ name: "g", runId: "r", jobId: "holder" });
    console.log("held");
    ${then}`;
  const argv = [...before, Deno.execPath(), "eval", "--no-lock", script];
  const [program = "", ...args] = argv;
  return new Deno.Command(program, { args, stdout: "piped" }).spawn();
}

async function said(child: Deno.ChildProcess): Promise<void> {
  const reader = child.stdout.getReader();
  const text = new TextDecoder().decode((await reader.read()).value);
  reader.releaseLock();
  assert.equal(text, "held\n");
}

async function withHome(work: (home: string) => Promise<void>): Promise<void> {
  const home = await Deno.makeTempDir();
  try {
    await work(home);
  } finally {
    await Deno.remove(home, { recursive: true });
  }
}

const self = { pid: Deno.pid, pidStarted: null };
const wish = { name: "g", runId: "r", jobId: "own" };
const sleeps = "await new Promise((done) => setTimeout(done, 60_000));";

Deno.test("openLeases() frees what a process held that is gone", () =>
  withHome(async (home) => {
    const dead = holder(home, "Deno.exit(0);");
    await said(dead);
    await dead.status;
    await dead.stdout.cancel();
    using leases = openLeases(
      (name) => name === "HOME" ? home : undefined,
      self,
    );
    const { lease } = await leases.claim(wish);
    assert.ok(lease !== null);
    const left = (await leases.list()).map(({ job_id }) => job_id);
    assert.deepEqual(left, ["own"]);
    lease[Symbol.dispose]();
  }));

Deno.test({
  name: "openLeases() knows a holder to live whose process it cannot see",
  ignore: leaveOut("leases among containers", await noApart()),
  fn: () =>
    withHome(async (home) => {
      const child = holder(home, sleeps, apart);
      await said(child);
      using leases = openLeases(
        (name) => name === "HOME" ? home : undefined,
        self,
      );
      const claim = await leases.claim(wish);
      assert.equal(claim.lease, null);
      assert.equal(claim.holder?.job_id, "holder");
      child.kill("SIGKILL");
      await child.status;
      await child.stdout.cancel();
      const lease = await claim.wait(AbortSignal.timeout(20_000));
      assert.ok(lease !== null);
      lease[Symbol.dispose]();
    }),
});
