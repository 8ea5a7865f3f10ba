/** A connection that breaks while a job runs on an ssh host. */
import assert from "node:assert/strict";
import type { RunRecord } from "../model/record.ts";
import { processesOf } from "./conformance.ts";
import { leaveOut } from "./leave_out.ts";
import { makeProject } from "./project.ts";
import { noSshd, startSshd } from "./sshd.ts";

Deno.test({
  name:
    "a job whose connection is lost has failed by the infrastructure, and runs again over a new one",
  ignore: leaveOut("lost connections", noSshd()),
  async fn() {
    await using sshd = await startSshd();
    await using p = await makeProject({
      "pikaci.config.ts": `
import { defineConfig, job, sh, ssh, target } from "@pikaci/pikaci";
const far = job({
  id: "far",
  placement: ssh({ id: "loopback", stateRoot: "${sshd.dir}/state" }),
  artifacts: ["input.txt"],
  guestCommand: sh\`echo up; if test "$PIKACI_ATTEMPT" = 1; then setsid sleep 300 & sleep 300; fi; cat input.txt\`,
});
export default defineConfig({ targets: [target({ id: "all", jobs: [far] })] });
`,
      "input.txt": "input\n",
    });
    await using call = p.start(["run", "--output", "jsonl"], {
      env: { PIKACI_SSH_CONFIG: sshd.config },
    });
    const { run_id, job } = await call.event("job_started");
    const log = p.path(".pikaci", Object(job).host_log_path);
    while (!(await Deno.readTextFile(log).catch(() => "")).includes("up")) {
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    await sshd.cut();
    const { code, stderr } = await call.result;
    assert.equal(code, 0, stderr);
    const { run } = await call.event("run_finished");
    const [far]: RunRecord["jobs"] = Object(run).jobs;
    assert.equal(far?.status, "passed");
    assert.equal(far?.flaky, false);
    assert.deepEqual(far?.artifacts, ["input.txt"]);
    const [first, second] = far?.attempts ?? [];
    assert.equal(first?.status, "infrastructure_failed");
    assert.match(
      String(first?.message),
      /connection to the host "loopback" .* was lost/,
    );
    assert.match(
      await Deno.readTextFile(log),
      /^.pikaci. Failed: The connection/m,
    );
    assert.equal(second?.status, "passed");
    // The keeper of the lost connection ends what it had started.
    while ((await processesOf(String(run_id))).length > 0) {
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  },
});

Deno.test({
  name:
    "a forced end does not wait for a host that is slow to take the snapshot",
  ignore: leaveOut("slow hosts", noSshd()),
  async fn() {
    const bin = await Deno.makeTempDir();
    await Deno.writeTextFile(
      `${bin}/git-receive-pack`,
      `#!/bin/sh\n: > '${bin}/asked'\nexec sleep 300\n`,
      { mode: 0o755 },
    );
    await using sshd = await startSshd({ path: `${bin}:/usr/bin:/bin` });
    await using p = await makeProject({
      "pikaci.config.ts": `
import { defineConfig, job, sh, ssh, target } from "@pikaci/pikaci";
const far = job({ id: "far", placement: ssh({ id: "loopback", stateRoot: "${sshd.dir}/state" }), guestCommand: sh\`true\` });
export default defineConfig({ targets: [target({ id: "all", jobs: [far] })] });
`,
    });
    await using call = p.start(["run", "--output", "jsonl"], {
      env: { PIKACI_SSH_CONFIG: sshd.config },
    });
    await call.event("job_started");
    while (!await Deno.stat(`${bin}/asked`).then(() => true, () => false)) {
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    call.kill("SIGINT");
    await call.event("cancel_requested");
    call.kill("SIGINT");
    const { code, stderr } = await call.result;
    assert.equal(code, 130, stderr);
    const { run } = await call.event("run_finished");
    assert.equal(Object(run).cancel_requested.forced, true);
    assert.equal(Object(run).jobs[0].status, "cancelled");
    await Deno.remove(bin, { recursive: true });
  },
});
