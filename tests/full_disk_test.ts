/** Disks that are full: of an ssh host here, of Incus instances in incus_test.ts. */
import assert from "node:assert/strict";
import { leaveOut } from "./leave_out.ts";
import { makeProject } from "./project.ts";
import { mountDisk, noDisk } from "./small_disk.ts";
import { noSshd, startSshd } from "./sshd.ts";

Deno.test({
  name: "a full disk of an ssh host is told with the step, and holds no debris",
  ignore: leaveOut("full disks", noSshd() ?? await noDisk()),
  async fn(t) {
    await using sshd = await startSshd();
    await using disk = await mountDisk("3m");
    const state = `${disk.path}/state`;
    await using p = await makeProject({
      "pikaci.config.ts": `
import { defineConfig, hostProcessRuntime, job, sh, ssh, target } from "@pikaci/pikaci";
const far = job({ id: "far", placement: ssh({ id: "loopback", stateRoot: ${
        JSON.stringify(state)
      } }), runtimeConfig: hostProcessRuntime(), guestCommand: sh\`ls\` });
export default defineConfig({ targets: [target({ id: "all", jobs: [far] })] });
`,
    });
    const run = () =>
      p.pikaci(["run"], { env: { PIKACI_SSH_CONFIG: sshd.config } });
    const noise = (kib: number) => {
      const bytes = new Uint8Array(kib * 1024);
      for (let at = 0; at < bytes.length; at += 65_536) {
        crypto.getRandomValues(bytes.subarray(at, at + 65_536));
      }
      return bytes;
    };

    await t.step("that cannot take the snapshot", async () => {
      await p.write("big", noise(4096));
      const { code, stderr, stdout } = await run();
      assert.equal(code, 4, stdout + stderr);
      assert.match(
        stdout + stderr,
        /Cannot publish snapshot on the host "loopback" \(state folder ".*No space left[^]*Free space there, or run pikaci gc --host loopback/,
      );
    });
    await t.step("that cannot take the checkout", async () => {
      await p.write("big", noise(1700));
      const { code, stderr, stdout } = await run();
      assert.equal(code, 4, stdout + stderr);
      assert.match(
        stdout + stderr,
        /Cannot check out snapshot on the host "loopback"[^]*No space left[^]*Free space there, or run pikaci gc --host loopback/,
      );
      assert.doesNotMatch(stdout + stderr, /not whole there any more/);
      for await (const slot of Deno.readDir(`${state}/checkouts`)) {
        const inside = await Array.fromAsync(
          Deno.readDir(`${state}/checkouts/${slot.name}`),
          ({ name }) => name,
        );
        assert.ok(!inside.includes("workspace"), inside.join());
        const users = Deno.readDir(`${state}/checkouts/${slot.name}/users`);
        assert.deepEqual(await Array.fromAsync(users), []);
      }
    });
    await t.step("that has room again", async () => {
      await Deno.remove(p.path("big"));
      const { code, stderr, stdout } = await run();
      assert.equal(code, 0, stdout + stderr);
    });
  },
});
