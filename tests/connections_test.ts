/** How often, and when, a run connects to an ssh host. */
import assert from "node:assert/strict";
import { leaveOut } from "./leave_out.ts";
import { makeProject } from "./project.ts";
import { noSshd, startSshd } from "./sshd.ts";

const ignore = leaveOut("connections of a run", noSshd());

const config = `
import { defineConfig, incusRuntime, job, sh, ssh, target } from "@pikaci/pikaci";
const connected = () => Deno.readTextFileSync(Deno.env.get("CONNECTED")).length;
if (Deno.env.get("WAITS") === "yes") {
  for (let i = 0; connected() === 0; i++) {
    if (i === 5000) throw new Error("Nothing connects while the config is read");
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
const far = ssh({ id: "loopback", stateRoot: Deno.env.get("REMOTE_STATE") });
const place = Deno.env.get("STAYS") === "yes" ? {} : { placement: far };
const runtimeConfig = incusRuntime({ image: "no-such-image", rootDiskGib: 1 });
export default defineConfig({
  targets: [
    target({ id: "far", jobs: [job({ ...place, id: "far-job", guestCommand: sh\`true\` })] }),
    target({ id: "looked-at", jobs: [job({ ...place, runtimeConfig, id: "looked-at-job", guestCommand: sh\`true\` })] }),
  ],
});
`;

Deno.test({
  name:
    "a run connects to a host once, and from the second time on while its config is read",
  ignore,
  async fn(t) {
    await using sshd = await startSshd();
    await using project = await makeProject({ "pikaci.config.ts": config });
    const bin = project.path("..", "bin");
    const log = project.path("..", "connected");
    await Deno.mkdir(bin);
    await Deno.writeTextFile(
      `${bin}/ssh`,
      `#!/bin/sh
case "$*" in *ControlMaster=yes*) echo "$$" >> ${log} ;; esac
[ "$NO_ANSWER" != yes ] || exec sleep 100000
exec /usr/bin/ssh "$@"
`,
      { mode: 0o755 },
    );
    const run = async (
      target: string,
      env: Readonly<Record<string, string>> = {},
      verb = "run",
    ) => {
      await Deno.writeTextFile(log, "");
      const result = await project.pikaci([verb, target], {
        env: {
          PATH: `${bin}:${Deno.env.get("PATH")}`,
          PIKACI_SSH_CONFIG: sshd.config,
          REMOTE_STATE: `${sshd.dir}/state`,
          CONNECTED: log,
          PIKACI_CONFIG_TIMEOUT_SECS: "300",
          ...env,
        },
      });
      const pids = (await Deno.readTextFile(log)).trim();
      return { ...result, pids: pids === "" ? [] : pids.split("\n") };
    };

    await t.step("also where a plan looks at the host", async () => {
      const { pids, stderr } = await run("looked-at");
      assert.equal(pids.length, 1, stderr);
    });

    await t.step("also a plan alone, by what the last one asked", async () => {
      for (const WAITS of ["no", "yes"]) {
        const { code, pids, stderr } = await run(
          "looked-at",
          { WAITS },
          "plan",
        );
        assert.equal(code, 0, stderr);
        assert.equal(pids.length, 1, stderr);
        await assert.rejects(
          Deno.stat(`/proc/${pids[0]}`),
          Deno.errors.NotFound,
        );
      }
      assert.equal((await run("far", {}, "plan")).pids.length, 0);
    });

    await t.step("before it knows the config", async () => {
      const first = await run("far");
      assert.equal(first.code, 0, first.stderr);
      assert.equal(first.pids.length, 1);
      const again = await run("far", { WAITS: "yes" });
      assert.equal(again.code, 0, again.stderr);
      assert.equal(again.pids.length, 1);
    });

    await t.step("and says good-bye where nobody wants it", async () => {
      for (const NO_ANSWER of ["no", "yes"]) {
        await run("far");
        const moved = await run("far", {
          ...{ NO_ANSWER, WAITS: "yes", STAYS: "yes" },
        });
        assert.equal(moved.code, 0, moved.stderr);
        assert.equal(moved.pids.length, 1);
        const [pid] = moved.pids;
        await assert.rejects(Deno.stat(`/proc/${pid}`), Deno.errors.NotFound);
      }
      assert.equal((await run("far", { STAYS: "yes" })).pids.length, 0);
    });
  },
});
