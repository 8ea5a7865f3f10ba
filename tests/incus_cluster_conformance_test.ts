import assert from "node:assert/strict";
import type { RunRecord } from "../model/record.ts";
import { conformance } from "./conformance.ts";
import { clusterEnv, leftOf, noCluster } from "./incus.ts";
import { leaveOut } from "./leave_out.ts";
import { repository } from "./pikaci.ts";
import { makeProject } from "./project.ts";

conformance({
  name: "Incus on another member of a cluster",
  leaveOut: noCluster(),
  imports: "incusRuntime",
  base:
    `{ runtimeConfig: incusRuntime({ image: "pikaci/tiny", target: "b" }) }`,
  env: clusterEnv,
  left: (runId) => leftOf(runId, clusterEnv),
  root: true,
});

/** What the member "a" says of itself; "b" is on the same machine. */
async function resources(): Promise<{
  readonly cpu: { readonly total: number };
  readonly memory: { readonly total: number; readonly used: number };
}> {
  return JSON.parse(await sh("incus query '/1.0/resources?target=a'"));
}

async function sh(script: string): Promise<string> {
  const { success, stdout, stderr } = await new Deno.Command("sh", {
    args: ["-euc", script],
    env: clusterEnv,
    stdin: "null",
  }).output();
  if (!success) throw new Error(new TextDecoder().decode(stderr));
  return new TextDecoder().decode(stdout);
}

Deno.test({
  name: "as many jobs run at once as the members of the cluster have room for",
  ignore: leaveOut("the capacity of a cluster", noCluster()),
  async fn() {
    const { cpu, memory } = await resources();
    // Each member holds two such jobs.
    const mib = Math.floor((memory.total - memory.used) * 0.4 / 1024 / 1024);
    await using p = await makeProject({
      "pikaci.config.ts": `
import { defineConfig, incusRuntime, job, sh, target } from "@pikaci/pikaci";
const jobs = Array.from({ length: 6 }, (_, i) => job({ id: "j" + i, runtimeConfig: incusRuntime({ image: "pikaci/tiny", memoryMib: ${mib} }), guestCommand: sh\`sleep 4\` }));
export default defineConfig({ targets: [target({ id: "all", jobs })] });
`,
    });
    const { code, stdout, stderr } = await p.pikaci(
      ["run", "--output", "json"],
      { env: clusterEnv },
    );
    assert.equal(code, 0, stderr);
    const run: RunRecord = JSON.parse(stdout);
    const marks = run.jobs.flatMap((job) => [
      { at: Date.parse(job.started_at ?? ""), change: 1 },
      { at: Date.parse(job.finished_at ?? ""), change: -1 },
    ]).sort((a, b) => a.at - b.at || a.change - b.change);
    let now = 0;
    const most = Math.max(...marks.map(({ change }) => now += change));
    assert.equal(most, 2 * Math.min(cpu.total, 2));
  },
});

// Not beside other tests of the cluster: they would lose their member.
Deno.test({
  name: "a job whose cluster member dies is tried again on another one",
  ignore: leaveOut("the death of a cluster member", noCluster()),
  async fn() {
    await using p = await makeProject({
      "pikaci.config.ts": `
import { defineConfig, incusRuntime, job, sh, target } from "@pikaci/pikaci";
const once = job({ id: "once", runtimeConfig: incusRuntime({ image: "pikaci/tiny" }),
  guestCommand: sh\`echo up; test "$PIKACI_ATTEMPT" = 2 || sleep 300\` });
const next = job({ id: "next", runtimeConfig: incusRuntime({ image: "pikaci/tiny", target: "a" }), guestCommand: sh\`true\` });
export default defineConfig({ targets: [target({ id: "once", jobs: [once] }), target({ id: "next", jobs: [next] })] });
`,
    });
    const weights = ["weight-1", "weight-2", "weight-3"];
    // The cluster chooses the member with the fewest instances.
    for (const name of weights) {
      await sh(`incus init -q pikaci/tiny ${name} --target a </dev/null`);
    }
    try {
      await using call = p.start(["run", "once", "--output", "jsonl"], {
        env: clusterEnv,
      });
      const { run_id, job } = await call.event("job_started");
      const log = p.path(".pikaci", Object(job).host_log_path);
      while (!(await Deno.readTextFile(log).catch(() => "")).includes("up")) {
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
      await sh("kill -KILL $(cat /var/lib/pikaci-incus/incusd-b.pid)");
      const { code, stderr } = await call.result;
      const run: RunRecord = JSON.parse(
        await Deno.readTextFile(p.path(".pikaci/runs", `${run_id}/run.json`)),
      );
      const attempts = run.jobs[0]?.attempts ?? [];
      assert.deepEqual(
        attempts.map(({ status, facts }) => [status, facts.incus_location]),
        [["infrastructure_failed", "b"], ["passed", "a"]],
        stderr + JSON.stringify(attempts, null, 1),
      );
      assert.match(attempts[0]?.message ?? "", /cluster member "b" went away/);
      assert.equal(code, 0);
      await sh(`${repository}/tests/incus/setup.sh up`);
      let left: readonly string[] = [];
      // A start removes what it can reach: the cluster may take a moment to see
      // its member again.
      for (let starts = 0; starts < 5; starts++) {
        const next = await p.pikaci(["run", "next"], { env: clusterEnv });
        assert.equal(next.code, 0, next.stdout + next.stderr);
        left = await leftOf(String(run_id), clusterEnv);
        if (left.length === 0) break;
      }
      assert.deepEqual(left, []);
    } finally {
      await sh(`${repository}/tests/incus/setup.sh up`);
      await sh(`incus delete --force ${weights.join(" ")} </dev/null`);
    }
  },
});
