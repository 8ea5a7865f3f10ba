/** Ends that are asked for: by a signal, by `pikaci cancel`, once and twice. */
import assert from "node:assert/strict";
import type { RunRecord } from "../model/record.ts";
import { makeProject, type Project } from "./project.ts";

const config = `
import { defineConfig, job, sh, target } from "@pikaci/pikaci";

const polite = job({
  id: "polite",
  concurrencyGroup: "cancel-test",
  workspace: "writable",
  artifacts: ["left/**"],
  guestCommand: sh\`mkdir -p left/sub; echo x >left/x; trap 'echo bye; echo y >left/sub/y; exit 0' TERM; echo up; while :; do sleep 0.05; done\`,
});
const stubborn = job({ id: "stubborn", guestCommand: sh\`trap '' TERM; (trap '' TERM; exec sleep 300) & while :; do sleep 1; done\` });
const later = job({ id: "later", needs: [polite], guestCommand: sh\`true\` });
const quick = job({ id: "quick", concurrencyGroup: "cancel-test", guestCommand: sh\`true\` });

export default defineConfig({
  targets: [
    target({ id: "polite", jobs: [polite, later] }),
    target({ id: "stubborn", jobs: [stubborn] }),
    target({ id: "quick", jobs: [quick] }),
  ],
  run: { graceSecs: 60 },
});
`;

let p: Project;
let states = 0;
Deno.test.beforeAll(async () => {
  p = await makeProject({ "pikaci.config.ts": config });
});
Deno.test.afterAll(async () => {
  await p[Symbol.asyncDispose]();
});

function start(target: string) {
  const state = p.path("..", `state-${++states}`);
  const call = p.start([
    "run",
    target,
    "--output",
    "jsonl",
    "--state-root",
    state,
  ]);
  return { state, call };
}

/** Waits until the job of a run has printed a line. */
async function up(call: ReturnType<typeof start>["call"], state: string) {
  const { job } = await call.event("job_started");
  const path = `${state}/${Object(job).host_log_path}`;
  await call.event("job_phase");
  while (!(await Deno.readTextFile(path)).includes("up")) {
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  return path;
}

async function finished(
  call: ReturnType<typeof start>["call"],
): Promise<{ readonly code: number; readonly run: RunRecord }> {
  const { code } = await call.result;
  const { run } = await call.event("run_finished");
  return { code, run: Object(run) };
}

for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
  Deno.test(`${signal} ends what runs, cleans up, and exits with 130`, async () => {
    const { call, state } = start("polite");
    const log = await up(call, state);
    call.kill(signal);
    const { code, run } = await finished(call);
    assert.equal(code, 130);
    const by = { kind: "signal", signal };
    assert.equal(run.status, "cancelled");
    assert.deepEqual(run.cause, { kind: "cancelled", by });
    assert.deepEqual(run.cancel_requested?.by, by);
    for (const job of run.jobs) {
      assert.equal(job.status, "cancelled");
      assert.deepEqual(job.cause, { kind: "cancelled", by });
    }
    assert.match(await Deno.readTextFile(log), /bye/);
    // What it left is kept at its paths, as of a job that passed.
    assert.deepEqual(run.jobs[0]?.artifacts, ["left/sub/y", "left/x"]);
    const kept = `${state}/runs/${run.run_id}/jobs/polite/artifacts`;
    assert.equal(await Deno.readTextFile(`${kept}/left/x`), "x\n");
    assert.equal(await Deno.readTextFile(`${kept}/left/sub/y`), "y\n");
    // No lease is left: whoever comes next need not wait.
    const next = await p.pikaci(["run", "quick", "--state-root", state]);
    assert.equal(next.code, 0);
    assert.doesNotMatch(next.stdout, /waits for/);
  });
}

Deno.test("a second signal kills what ignores the first one", async () => {
  const { call, state } = start("stubborn");
  const started = await call.event("job_started");
  await call.event("job_phase");
  call.kill("SIGINT");
  await call.event("cancel_requested");
  call.kill("SIGINT");
  const { code, run } = await finished(call);
  assert.equal(code, 130);
  assert.equal(run.cancel_requested?.forced, true);
  const attempt = `${state}/runs/${run.run_id}/jobs/stubborn/attempt-1`;
  const kept = await Array.fromAsync(Deno.readDir(attempt), (e) => e.name);
  assert.ok(!kept.includes("scratch"), kept.join());
  assert.equal(run.jobs[0]?.status, "cancelled");
  const left = await new Deno.Command("sh", {
    args: [
      "-c",
      'grep -l "PIKACI_RUN_ID=$1" /proc/[0-9]*/environ 2>/dev/null; true',
      "sh",
      String(started.run_id),
    ],
  }).output();
  assert.equal(new TextDecoder().decode(left.stdout), "");
});

Deno.test("a signal after the end of a run does not change its verdict", async () => {
  const gate = await Deno.makeTempDir();
  await Deno.writeTextFile(
    `${gate}/reporter.ts`,
    `export const reporterInterface = 1;
export const createReporter = () => ({
  event() {},
  async finish() {
    await Deno.writeTextFile(${JSON.stringify(`${gate}/finishing`)}, "");
    while (!await Deno.stat(${
      JSON.stringify(`${gate}/go`)
    }).catch(() => null)) {
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  },
});
`,
  );
  const state = p.path("..", `state-${++states}`);
  const call = p.start([
    ...["run", "quick", "--state-root", state],
    ...["--reporter", `${gate}/reporter.ts`],
  ]);
  let ended = false;
  call.result.then(() => ended = true);
  while (!ended && !await Deno.stat(`${gate}/finishing`).catch(() => null)) {
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  call.kill("SIGTERM");
  // It has arrived by the time the reporter looks again.
  await new Promise((resolve) => setTimeout(resolve, 50));
  await Deno.writeTextFile(`${gate}/go`, "");
  const { code, stdout, stderr } = await call.result;
  assert.equal(code, 0, stderr);
  assert.match(stdout, /^1 passed in /m);
  await Deno.remove(gate, { recursive: true });
});

Deno.test("cancel ends a run from another terminal, and the record says by whom", async () => {
  const { call, state } = start("polite");
  await up(call, state);
  const cancel = await p.pikaci(["cancel", "latest", "--state-root", state]);
  assert.equal(cancel.code, 0, cancel.stderr);
  assert.match(cancel.stdout, /ended: cancelled by pikaci cancel/);
  const { code, run } = await finished(call);
  assert.equal(code, 130);
  assert.equal(run.cause?.kind, "cancelled");
  assert.equal(run.cancel_requested?.by.kind, "command");
});

Deno.test("cancel --force kills at once", async () => {
  const { call, state } = start("stubborn");
  await call.event("job_phase");
  const cancel = await p.pikaci([
    "cancel",
    "latest",
    "--force",
    "--state-root",
    state,
  ]);
  assert.equal(cancel.code, 0, cancel.stderr);
  assert.equal((await finished(call)).code, 130);
});

Deno.test("a job that waits for its group is cancelled too, and leaves the queue", async () => {
  const holder = start("polite");
  await up(holder.call, holder.state);
  const waiter = start("polite");
  await waiter.call.event("node_waiting");
  waiter.call.kill("SIGINT");
  const { code, run } = await finished(waiter.call);
  assert.equal(code, 130);
  assert.deepEqual(run.jobs.map((job) => [job.id, job.status]), [
    ["polite", "cancelled"],
    ["later", "cancelled"],
  ]);
  assert.equal(run.jobs[0]?.attempts.length, 0);
  holder.call.kill("SIGINT");
  assert.equal((await finished(holder.call)).code, 130);
});

Deno.test("cancel refuses a run that has ended", async () => {
  const state = p.path("..", `state-${++states}`);
  await p.pikaci(["run", "quick", "--state-root", state]);
  const cancel = await p.pikaci(["cancel", "latest", "--state-root", state]);
  assert.equal(cancel.code, 2);
  assert.match(cancel.stderr, /Cannot cancel run \S+: it has ended as passed/);
});
