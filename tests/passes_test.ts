/** Remembered passes. */
import assert from "node:assert/strict";
import { type Flow, makeFlow, type Recorded } from "./flow.ts";

let flow: Flow;
Deno.test.beforeAll(async () => {
  flow = await makeFlow();
});
Deno.test.afterAll(async () => {
  await flow[Symbol.asyncDispose]();
});

Deno.test("a job with inputs sees only those, and its pass is remembered", async () => {
  const state = flow.newState();
  const first = await flow.record(["passes"], { state });
  assert.equal(first.code, 0, JSON.stringify(first.run.jobs, null, 1));
  assert.equal(await first.log("narrow"), "src\na\n");
  const second = await flow.record(["passes"], { state });
  assert.equal(second.code, 0);
  assert.equal(second.run.status, "passed");
  assert.deepEqual(second.run.jobs.map((job) => job.status), [
    "cached",
    "cached",
  ]);
  assert.deepEqual(second.job("narrow").artifacts, ["made"]);
  await flow.project.write("src/a.txt", "b\n");
  await flow.project.write("src/new.txt", "");
  try {
    const plan = ["plan", "passes", "--state-root", state, "--explain"];
    const { stdout } = await flow.project.pikaci([...plan, "narrow"]);
    const { run_id } = first.run;
    assert.match(
      stdout,
      new RegExp(
        `changed since its pass in ${run_id}:\n +file changed: src/a.txt\n +file added: src/new.txt\n`,
      ),
    );
    const third = await flow.record(["passes"], { state });
    assert.deepEqual(third.run.jobs.map((job) => job.status), [
      "passed",
      "passed",
    ]);
  } finally {
    await flow.project.write("src/a.txt", "a\n");
    await Deno.remove(flow.project.path("src/new.txt"));
  }
});

Deno.test("what a pass left lies in one place, and stays while a run shows it", async () => {
  const state = flow.newState();
  const { run: first } = await flow.record(["passes"], { state });
  const { run } = await flow.record(["passes"], { state });
  const folder = (id: string) => `${state}/runs/${id}/jobs/narrow/artifacts`;
  assert.equal(await Deno.readTextFile(`${folder(first.run_id)}/made`), "a\n");
  await assert.rejects(Deno.stat(folder(run.run_id)), Deno.errors.NotFound);
  const tight = ["--keep-runs", "1", "--pass-mib", "0", "--pass-days", "1"];
  for (const gc of [[], tight]) {
    if (gc.length > 0) {
      const all = ["gc", ...gc, "--state-root", state];
      const { code, stderr } = await flow.project.pikaci(all);
      assert.equal(code, 0, stderr);
    }
    const to = `${state}/copied-${gc.length}`;
    const args = ["latest", "narrow", "--state-root", state];
    const { stderr } = await flow.project.pikaci([
      "artifacts",
      ...args,
      "--to",
      to,
    ]);
    assert.equal(await Deno.readTextFile(`${to}/made`), "a\n", stderr);
    const log = ["logs", "latest", "--job", "narrow", "--state-root", state];
    assert.match((await flow.project.pikaci(log)).stdout, /^a$/m);
  }
  await assert.rejects(Deno.stat(folder(first.run_id)), Deno.errors.NotFound);
});

Deno.test("a pass whose files are gone is not taken", async () => {
  const state = flow.newState();
  const { run } = await flow.record(["passes"], { state });
  await Deno.remove(`${state}/runs/${run.run_id}/jobs/narrow/artifacts/made`);
  for (const status of ["passed", "cached"]) {
    const { job } = await flow.record(["passes"], { state });
    assert.equal(job("narrow").status, status);
    assert.equal(job("behind-narrow").status, "cached");
  }
});

Deno.test("--force runs what is remembered, --no-cache neither takes nor keeps", async () => {
  const state = flow.newState();
  const statuses = async (...args: string[]): Promise<string[]> =>
    (await flow.record(["passes", ...args], { state })).run.jobs
      .map((job) => job.status);
  assert.deepEqual(await statuses("--no-cache"), ["passed", "passed"]);
  assert.deepEqual(await statuses(), ["passed", "passed"]);
  assert.deepEqual(await statuses(), ["cached", "cached"]);
  assert.deepEqual(await statuses("--force=narrow"), ["passed", "cached"]);
  assert.deepEqual(await statuses("--force"), ["passed", "passed"]);
});

Deno.test("an attempt that was retried away leaves nothing in the pass", async () => {
  const state = flow.newState();
  const files = async ({ run }: Recorded): Promise<readonly string[]> => {
    const folder = `${state}/runs/${run.run_id}/jobs/twice/artifacts`;
    return await Array.fromAsync(Deno.readDir(folder), ({ name }) => name)
      .catch(() => []);
  };
  for (const status of ["passed", "cached"]) {
    const recorded = await flow.record(["twice"], { state });
    assert.equal(recorded.job("twice").status, status);
    assert.deepEqual(recorded.job("twice").artifacts, []);
    assert.deepEqual(await files(recorded), []);
  }
});

Deno.test("a failure is never remembered", async () => {
  const state = flow.newState();
  for (let i = 0; i < 2; i++) {
    const { job } = await flow.record(["unlucky"], { state });
    assert.equal(job("unlucky").status, "failed");
  }
});

Deno.test("of two runs that want the same pass one works, the other takes it", async () => {
  const state = flow.newState();
  const results = await Promise.all(
    [1, 2].map(() => flow.record(["narrow"], { state })),
  );
  const statuses = results.map(({ job }) => job("narrow").status).toSorted();
  assert.deepEqual(statuses, ["cached", "passed"]);
});
