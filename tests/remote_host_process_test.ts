/** Jobs as processes of another machine: a real sshd on loopback. */
import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { testAttempt } from "../executors/_testing.ts";
import { hostProcessExecutor } from "../executors/host_process.ts";
import { listProcesses } from "../hosts/process_table.ts";
import { sshHost } from "../hosts/ssh.ts";
import { leaveOut } from "./leave_out.ts";
import { noSshd, startSshd } from "./sshd.ts";

const ignore = leaveOut("host processes over ssh", noSshd());

Deno.test({
  name: "host process over ssh",
  ignore,
  async fn(t) {
    await using sshd = await startSshd();
    await using host = await sshHost({
      id: "loopback",
      address: "loopback",
      stateRoot: `${sshd.dir}/state`,
      config: sshd.config,
    });
    const executor = hostProcessExecutor();
    const job = {
      artifacts: [{ id: "site", paths: ["dist"], maxMib: null }],
      reports: { junit: ["*.xml"] },
    };

    await t.step(
      "runs with env and secrets, and brings files home",
      async () => {
        await using test = await testAttempt(
          'cat "$KEY"; echo "$VALUE"; echo err >&2; mkdir dist; echo 1 >dist/a; echo 2 >"$ARTIFACTS/b"; echo "<x/>" >r.xml; exit 3',
          {
            job,
            env: { VALUE: "it's" },
            secretFiles: { KEY: new TextEncoder().encode("key\n") },
          },
        );
        const outcome = await executor.execute({ ...test.attempt, host });
        ok(outcome.status === "failed");
        strictEqual(outcome.exit_code, 3);
        strictEqual(test.text("stdout"), "key\nit's\n");
        strictEqual(test.text("stderr"), "err\n");
        deepStrictEqual(
          test.kept,
          ["b", "dist/a", "r.xml"],
          test.notices.join("\n"),
        );
        strictEqual(
          await Deno.readTextFile(`${test.root}/artifacts/dist/a`),
          "1\n",
        );
        const scratch = `${sshd.dir}/state/scratch/${test.attempt.runId}`;
        deepStrictEqual(
          await Array.fromAsync(Deno.readDir(scratch)).catch(() => []),
          [],
        );
      },
    );

    await t.step("ends the whole tree at a timeout", async () => {
      await using test = await testAttempt(
        "setsid sh -c 'trap \"\" TERM; while :; do sleep 1; done' & echo ready; sleep 60",
        { limits: { timeoutSecs: 2, graceSecs: 0.5 } },
      );
      const outcome = await executor.execute({ ...test.attempt, host });
      strictEqual(outcome.status, "timed_out");
      deepStrictEqual(await leftOf(test.attempt.runId), []);
    });

    await t.step("ends what was left in the background", async () => {
      await using test = await testAttempt("sleep 60 & echo done");
      const outcome = await executor.execute({ ...test.attempt, host });
      strictEqual(outcome.status, "passed");
      strictEqual(test.text("stdout"), "done\n");
      deepStrictEqual(await leftOf(test.attempt.runId), []);
    });
  },
});

async function leftOf(runId: string): Promise<number[]> {
  return (await listProcesses()).filter(({ marker }) => marker?.runId === runId)
    .map(({ pid }) => pid);
}
