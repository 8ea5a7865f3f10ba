/** Incus jobs under which something goes away: the connection, the daemon, pikaci itself. */
import assert from "node:assert/strict";
import type { JobRecord, RunRecord } from "../model/record.ts";
import { leftOf, noIncus, privateDaemon } from "./incus.ts";
import { leaveOut } from "./leave_out.ts";
import type { RunningCall } from "./pikaci.ts";
import { makeProject, type Project } from "./project.ts";
import { noSshd, startSshd } from "./sshd.ts";

const ignore = leaveOut("Incus that goes away", noIncus() ?? noSshd());

const unique = crypto.randomUUID();
const config = `
import { defineConfig, incusRuntime, job, sh, ssh, target } from "@pikaci/pikaci";
const base = { runtimeConfig: incusRuntime({ image: "pikaci/tiny" }) };
const far = { ...base, placement: ssh({ id: "loopback", stateRoot: Deno.env.get("REMOTE_STATE") ?? "/nonexistent" }) };
const twice = { runtimeConfig: incusRuntime({ image: "pikaci/tiny", setup: sh\`echo ${unique} > /made\` }) };
const one = job({ ...twice, id: "one", guestCommand: sh\`echo up; until test -e /go; do sleep 0.2; done\` });
const once = sh\`echo up; test "$PIKACI_ATTEMPT" = 2 || while :; do echo tick; sleep 0.2; done\`;
export default defineConfig({
  targets: [
    target({ id: "here", jobs: [job({ ...base, id: "once", guestCommand: once })] }),
    target({ id: "far", jobs: [job({ ...far, id: "far-once", guestCommand: once })] }),
    target({ id: "short", jobs: [job({ ...base, id: "short-job", guestCommand: sh\`echo up; sleep 3; echo done\` })] }),
    target({ id: "long", jobs: [job({ ...base, id: "long-job", guestCommand: sh\`sleep 300\` })] }),
    target({ id: "leaves", jobs: [job({ ...base, id: "leaves-job", artifacts: ["*.ts"], guestCommand: sh\`true\` })] }),
    target({ id: "built", jobs: [job({ id: "built-job", runtimeConfig: incusRuntime({ image: "pikaci/tiny", setup: sh\`echo ${unique}; sleep 3\` }), guestCommand: sh\`true\` })] }),
    target({ id: "bases", jobs: [
      one,
      job({ ...twice, id: "two", needs: [one], guestCommand: sh\`test "$(cat /made)" = ${unique}\` }),
    ] }),
    target({ id: "pass", jobs: [job({ ...base, id: "pass-job", guestCommand: sh\`true\` })] }),
  ],
  run: { graceSecs: 1 },
});
`;

let p: Project;
Deno.test.beforeAll(async () => {
  p = await makeProject({ "pikaci.config.ts": config });
});
Deno.test.afterAll(async () => {
  await p[Symbol.asyncDispose]();
});

interface Started {
  readonly call: RunningCall;
  readonly runId: string;
  readonly job: () => Promise<JobRecord>;
}

/** Starts a target and waits until its job has printed "up". */
async function start(
  target: string,
  env: Readonly<Record<string, string>> = {},
): Promise<Started> {
  const state = p.path("..", `state-${target}`);
  const args = ["run", target, "--output", "jsonl", "--state-root", state];
  const call = p.start(args, { env });
  const { run_id, job } = await call.event("job_started");
  const log = `${state}/${Object(job).host_log_path}`;
  while (!/^up$/m.test(await Deno.readTextFile(log).catch(() => ""))) {
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  return {
    call,
    runId: String(run_id),
    async job() {
      const run: RunRecord = JSON.parse(
        await Deno.readTextFile(`${state}/runs/${run_id}/run.json`),
      );
      const [job] = run.jobs;
      if (job === undefined) throw new Error("No job");
      return job;
    },
  };
}

async function incus(...args: readonly string[]): Promise<void> {
  const { success, stderr } = await new Deno.Command("incus", {
    args: [...args],
    stdin: "null",
  }).output();
  if (!success) throw new Error(new TextDecoder().decode(stderr));
}

/** The first attempt was lost by the infrastructure, the second one passed. */
function assertRetried(job: JobRecord): void {
  const told = JSON.stringify(job, null, 1);
  assert.deepEqual(
    job.attempts.map(({ status }) => status),
    ["infrastructure_failed", "passed"],
    told,
  );
  assert.equal(job.status, "passed", told);
  assert.equal(job.flaky, false, told);
}

Deno.test({
  name: "a job whose ssh connection is cut is tried again, and nothing is left",
  ignore,
  async fn() {
    await using sshd = await startSshd();
    const state = await Deno.makeTempDir();
    const { call, runId, job } = await start("far", {
      PIKACI_SSH_CONFIG: sshd.config,
      REMOTE_STATE: state,
    });
    await sshd.cut();
    const { code, stderr } = await call.result;
    assert.equal(code, 0, stderr);
    assertRetried(await job());
    assert.match(
      (await job()).attempts[0]?.message ?? "",
      /connection to the host "loopback".* was lost/,
    );
    assert.deepEqual(await leftOf(runId), []);
    await Deno.remove(state, { recursive: true });
  },
});

Deno.test({
  name:
    "a daemon that is killed loses the job, one that is asked to stop waits for it",
  ignore,
  async fn(t) {
    await using daemon = await privateDaemon();
    await t.step("killed: the job is tried again", async () => {
      const { call, runId, job } = await start("here", daemon.env);
      await daemon.kill();
      await daemon.start();
      const { code, stderr } = await call.result;
      assert.equal(code, 0, stderr);
      assertRetried(await job());
      assert.deepEqual(await leftOf(runId, daemon.env), []);
    });
    await t.step("asked to stop: the job ends as it does", async () => {
      const { call, runId, job } = await start("short", daemon.env);
      const ended = daemon.terminate();
      // It goes when the job has gone; then it is started again.
      await ended;
      await daemon.start();
      const { code, stderr } = await call.result;
      assert.equal(code, 0, stderr + JSON.stringify(await job(), null, 1));
      assert.deepEqual(await leftOf(runId, daemon.env), []);
    });
  },
});

Deno.test({
  name: "a base that is removed in the middle of a run is made anew",
  ignore,
  async fn() {
    const { call, runId } = await start("bases");
    const fact = async (name: string): Promise<string> =>
      JSON.parse(await call.line(`"name":"${name}"`)).value;
    const base = await fact("incus_base");
    await incus("delete", "--force", base);
    await incus("exec", await fact("incus_instance"), "--", "touch", "/go");
    const { code, stderr } = await call.result;
    assert.equal(code, 0, stderr);
    const run: RunRecord = JSON.parse(
      await Deno.readTextFile(
        p.path("..", "state-bases", "runs", runId, "run.json"),
      ),
    );
    const two = run.jobs.find(({ id }) => id === "two");
    assert.ok(two !== undefined);
    assertRetried(two);
    assert.equal(two.attempts[1]?.facts.incus_base, base);
    await incus("delete", "--force", base);
  },
});

Deno.test({
  name: "a pikaci killed at any moment leaves nothing after the next start",
  ignore,
  async fn() {
    const state = ["--state-root", p.path("..", "killed")];
    const phase = (name: string) =>
      new RegExp(`"event":"job_phase".*"phase":"${name}"`);
    // What is under way when the line comes stands behind it.
    const moments: readonly (readonly [string, RegExp])[] = [
      ["long", /"event":"job_started"/], // checkout
      ["long", phase("checkout")], // prepare
      ["built", /Setting up the base/], // the base of others
      ["long", /"name":"incus_instance"/], // create
      ["long", phase("create")], // run
      ["leaves", phase("run")], // collect
      ["leaves", phase("collect")], // delete
      ["pass", /"event":"run_finished"/], // the end
    ];
    const ids = await Promise.all(moments.map(async ([target, moment]) => {
      await using call = p.start(
        ["run", target, "--output", "jsonl", ...state],
      );
      const { run_id, job } = await call.event("job_started");
      if (target === "built") {
        const log = p.path("..", "killed", Object(job).host_log_path);
        while (!moment.test(await Deno.readTextFile(log).catch(() => ""))) {
          await new Promise((resolve) => setTimeout(resolve, 20));
        }
      } else await call.line(moment);
      try {
        call.kill("SIGKILL");
      } catch (error) {
        // After its last event it may be faster than the signal.
        if (target !== "pass") throw error;
      }
      await call.result;
      return String(run_id);
    }));
    const next = await p.pikaci(
      ["run", "pass", "built", "--output", "json", ...state],
    );
    assert.equal(next.code, 0, next.stderr);
    for (const id of ids) assert.deepEqual(await leftOf(id), [], id);
    const run: RunRecord = JSON.parse(next.stdout);
    const built = run.jobs.find(({ id }) => id === "built-job");
    const base = built?.attempts[0]?.facts.incus_base ?? "";
    assert.match(base, /^pikaci-base-/);
    await incus("delete", "--force", base);
  },
});
