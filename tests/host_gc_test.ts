/** What pikaci shows and frees of an ssh host: a real sshd on loopback. */
import assert from "node:assert/strict";
import { processStartTime } from "../hosts/process_table.ts";
import { openLeases } from "../runner/open_leases.ts";
import { leaveOut } from "./leave_out.ts";
import { makeProject } from "./project.ts";
import { noSshd, startSshd } from "./sshd.ts";

const day = 24 * 3_600_000;

Deno.test({
  name:
    "gc --host frees caches, the least recently used first, and du --host shows what is there",
  ignore: leaveOut("gc and du on an ssh host", noSshd()),
  async fn() {
    await using sshd = await startSshd();
    const state = await Deno.makeTempDir({ prefix: "it's far " });
    await using p = await makeProject({
      "pikaci.config.ts": `
import { defineConfig, job, sh, ssh, target } from "@pikaci/pikaci";
const far = job({ id: "far", placement: ssh({ id: "far-host", address: "loopback", stateRoot: ${
        JSON.stringify(state)
      } }), guestCommand: sh\`true\` });
export default defineConfig({ targets: [target({ id: "all", jobs: [far] })] });
`,
    });
    const call = async (...args: string[]) => {
      const { code, stdout, stderr } = await p.pikaci(
        [...args, "--host", "far-host", "--json"],
        { env: { PIKACI_SSH_CONFIG: sshd.config } },
      );
      assert.equal(code, 0, stderr);
      return JSON.parse(stdout);
    };
    const cache = (name: string) => `${state}/cache/repository/${name}`;
    const ages = { "used/k1": 9, "old/k1": 8, "old/k2": 7, "new/k1": 0 };
    for (const [name, days] of Object.entries(ages)) {
      await Deno.mkdir(`${cache(name)}/data`, { recursive: true });
      await Deno.writeTextFile(`${cache(name)}/data/x`, "x".repeat(600_000));
      await Deno.writeTextFile(`${cache(name)}/entry`, "1");
      const used = new Date(Date.now() - days * day);
      await Deno.utime(`${cache(name)}/entry`, used, used);
    }
    await Deno.mkdir(cache("torn/k1"), { recursive: true });
    const long = new Date(Date.now() - 3 * day);
    await Deno.utime(cache("torn/k1"), long, long);

    const { parts, total_bytes, state_root } = await call("du");
    assert.equal(state_root, state);
    const caches = parts.find((part: { name: string }) =>
      part.name === "caches"
    );
    assert.equal(caches.files, 8);
    assert.ok(caches.bytes >= 2_400_000 && caches.bytes <= total_bytes);

    using leases = openLeases((name) => name === "HOME" ? p.home : undefined, {
      pid: Deno.pid,
      pidStarted: await processStartTime(Deno.pid),
    });
    const { lease } = await leases.claim({
      name: `cache:loopback:${cache("used")}`,
      runId: "20260101T000000Z-00000000",
      jobId: "far",
    });
    assert.ok(lease !== null);
    const some = await call("gc", "--cache-mib", "2");
    assert.deepEqual(some.removed, [
      "cache cache/repository/torn/k1",
      "cache cache/repository/old/k1",
    ]);
    const rest = await call("gc", "--cache-mib", "0");
    assert.deepEqual(rest.removed, ["cache cache/repository/old/k2"]);
    lease[Symbol.dispose]();
    const free = await call("gc", "--cache-mib", "0");
    assert.deepEqual(free.removed, ["cache cache/repository/used/k1"]);
    await Deno.stat(`${cache("new/k1")}/data/x`);
    await Deno.remove(state, { recursive: true });
  },
});
