/** Jobs in VMs of Tart on a Mac behind ssh: the same executor over another host. */
import assert from "node:assert/strict";
import { leaveOut } from "./leave_out.ts";
import { noSshd, startSshd } from "./sshd.ts";
import { noFakeTart, tartRig } from "./tart.ts";

Deno.test({
  name: "a VM on another Mac runs a job, and nothing of it is left there",
  ignore: leaveOut("Tart over ssh", noFakeTart() ?? noSshd()),
  async fn(t) {
    const remote = await Deno.realPath(await Deno.makeTempDir());
    await using rig = await tartRig(
      {
        unit:
          `env: { TOKEN: secret.env("TOKEN") }, workspace: "writable", artifacts: ["out/**"], guestCommand: sh\`
          mkdir out; cat input.txt > out/copy; ln -s copy out/link; test -n "$TOKEN"; uname -s\``,
        seven: `guestCommand: sh\`exit 7\``,
        killed: `guestCommand: sh\`echo up; sleep 300 & sleep 300\``,
      },
      {
        base: `placement: ssh({ id: "loopback", stateRoot: ${
          JSON.stringify(`${remote}/state`)
        } }),`,
        env: { TOKEN: "not-to-be-seen" },
      },
    );
    await using sshd = await startSshd({ path: rig.fake.path });
    const env = {
      TOKEN: "not-to-be-seen",
      PIKACI_SSH_CONFIG: sshd.config,
      // Tart is there, and not here.
      PATH: Deno.env.get("PATH"),
    };
    const common = ["--state-root", rig.project.path("..", "state")];
    const step = (name: string, fn: () => Promise<void>) =>
      t.step({ name, fn, sanitizeOps: false, sanitizeResources: false });
    await step("verdicts and artifacts", async () => {
      const { code, stdout, stderr } = await rig.project.pikaci(
        ["run", "unit", "seven", "--keep-going", "--output", "json", ...common],
        { env },
      );
      assert.equal(code, 1, stderr);
      const run = JSON.parse(stdout);
      const [unit, seven] = run.jobs;
      assert.equal(unit.status, "passed", JSON.stringify(unit, null, 1));
      assert.deepEqual(unit.artifacts, ["out/copy", "out/link"]);
      assert.equal(seven.exit_code, 7);
      assert.equal(unit.executor, "remote_ssh_tart");
      assert.ok(!JSON.stringify(rig.fake.calls()).includes("not-to-be-seen"));
      assert.deepEqual(await rig.left(), []);
    });
    await step(
      "what a killed pikaci leaves goes with the next job",
      async () => {
        const call = rig.project.start(
          ["run", "killed", "--output", "jsonl", ...common],
          { env },
        );
        const { job } = await call.event("job_started");
        const log = rig.project.path("..", "state", Object(job).host_log_path);
        let over = false;
        call.result.finally(() => over = true);
        while (!/^up$/m.test(await Deno.readTextFile(log).catch(() => ""))) {
          if (over) assert.fail(`${call.stdout}\n${call.stderr}`);
          await new Promise((resolve) => setTimeout(resolve, 20));
        }
        call.kill("SIGKILL");
        await call.result;
        const next = await rig.project.pikaci(["run", "unit", ...common], {
          env,
        });
        assert.equal(next.code, 0, next.stdout + next.stderr);
        assert.deepEqual(await rig.left(), []);
        for await (const { name } of Deno.readDir(`${remote}/state/tart/vms`)) {
          assert.fail(`record ${name}`);
        }
      },
    );
    await Deno.remove(remote, { recursive: true });
  },
});
