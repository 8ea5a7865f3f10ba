/** Repeating a run: the very plan on the very files. */
import assert from "node:assert/strict";
import type { RunRecord } from "../model/record.ts";
import { makeProject, type Project } from "./project.ts";

const config = `
import { artifact, defineConfig, job, sh, shellOutput, target } from "@pikaci/pikaci";

const made = artifact({ id: "made", paths: ["made"] });
const fixtures = shellOutput({ id: "fixtures", command: sh\`echo f >fixture\`, outputs: ["fixture"] });
const first = job({ id: "first", workspace: "writable", artifacts: [made], guestCommand: sh\`cp input.txt made\` });
const second = job({
  id: "second",
  needs: [made, fixtures],
  env: { OUTSIDE: ${'`${Deno.env.get("OUTSIDE") ?? "/nowhere"}`'} },
  guestCommand: sh\`cat made fixture; test -e "$OUTSIDE"\`,
});
const third = job({ id: "third", needs: [second], guestCommand: sh\`cat input.txt\` });
const other = job({ id: "other", guestCommand: sh\`true\` });

export default defineConfig({
  targets: [
    target({ id: "all", jobs: [first, second, third] }),
    target({ id: "other", jobs: [other] }),
    target({ id: "filtered", filters: ["src/**"], jobs: [other] }),
  ],
  run: { failFast: "continue" },
});
`;

let p: Project;
let states = 0;
Deno.test.beforeAll(async () => {
  p = await makeProject({ "pikaci.config.ts": config, "input.txt": "one\n" });
});
Deno.test.afterAll(async () => {
  await p[Symbol.asyncDispose]();
});

const newState = (): string => p.path("..", `state-${++states}`);

async function call(state: string, args: readonly string[]) {
  const result = await p.pikaci(
    [...args, "--output", "json", "--state-root", state],
    { env: { OUTSIDE: p.path("..", "lucky") } },
  );
  assert.notEqual(result.stdout, "", result.stderr);
  const run: RunRecord = JSON.parse(result.stdout);
  return { ...result, run };
}

const statuses = (run: RunRecord): string[] =>
  run.jobs.map((job) => `${job.id} ${job.status}`);

Deno.test("rerun --failed runs only what did not pass, on the same files, and sees flaky jobs", async () => {
  const state = newState();
  const before = await call(state, ["run", "all"]);
  assert.equal(before.code, 1);
  assert.deepEqual(statuses(before.run), [
    "first passed",
    "second failed",
    "third skipped",
  ]);
  await p.write("input.txt", "two\n");
  await p.write("../lucky", "");
  try {
    const { code, run, stderr } = await call(state, ["rerun", "--failed"]);
    assert.equal(code, 0, stderr);
    assert.equal(run.rerun_of, before.run.run_id);
    assert.equal(run.target_id, "all");
    assert.equal(run.snapshot_tree, before.run.snapshot_tree);
    assert.deepEqual(statuses(run), [
      "first cached",
      "second passed",
      "third passed",
    ]);
    assert.equal(run.jobs[1]?.flaky, true, "passed after a failure");
    const logs = await Promise.all(
      [1, 2].map((i) =>
        Deno.readTextFile(`${state}/${run.jobs[i]?.host_log_path}`)
      ),
    );
    assert.match(logs[0] ?? "", /^one\nf\n$/m, "the artifact of the first run");
    assert.equal(logs[1], "one\n", "the files of then");

    const again = await call(state, ["rerun", before.run.run_id]);
    assert.equal(again.code, 0);
    assert.deepEqual(statuses(again.run), [
      "first passed",
      "second passed",
      "third passed",
    ]);
  } finally {
    await p.write("input.txt", "one\n");
    await Deno.remove(p.path("..", "lucky"));
  }
});

Deno.test("rerun --failed of a run that passed exits with 3 and makes no run", async () => {
  const state = newState();
  await call(state, ["run", "other"]);
  const { code, stderr } = await p.pikaci([
    "rerun",
    "--failed",
    "--state-root",
    state,
  ]);
  assert.equal(code, 3);
  assert.match(stderr, /Nothing to run: every job of run \S+ passed/);
  const runs = await Array.fromAsync(Deno.readDir(`${state}/runs`));
  assert.equal(runs.length, 1);
});

Deno.test("rerun keeps skipped what the plan skipped", async () => {
  const state = newState();
  const { code } = await p.pikaci(
    ["run", "filtered", "--changed-files", "-", "--state-root", state],
    { stdin: "README.md\n" },
  );
  assert.equal(code, 3);
  const again = await call(state, ["rerun"]);
  assert.equal(again.code, 3);
  assert.equal(again.run.status, "skipped");
});

Deno.test("rerun refuses when the snapshot is gone, or there was no plan", async () => {
  const state = newState();
  const { run } = await call(state, ["run", "other"]);
  await Deno.remove(`${state}/git`, { recursive: true });
  const gone = await p.pikaci(["rerun", "--state-root", state]);
  assert.equal(gone.code, 2);
  assert.match(gone.stderr, /Cannot repeat run \S+: its snapshot is gone/);
  await Deno.remove(`${state}/runs/${run.run_id}/plan.json`);
  const planless = await p.pikaci(["rerun", "--state-root", state]);
  assert.equal(planless.code, 2);
  assert.match(planless.stderr, /ended before it had a plan/);
});
