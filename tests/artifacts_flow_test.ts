/** Artifacts between jobs. */
import assert from "node:assert/strict";
import { type Flow, makeFlow } from "./flow.ts";

let flow: Flow;
Deno.test.beforeAll(async () => {
  flow = await makeFlow();
});
Deno.test.afterAll(async () => {
  await flow[Symbol.asyncDispose]();
});

Deno.test("artifacts reach the jobs that need them, at the same paths", async () => {
  const { code, run, job, log, state } = await flow.record(["artifacts"]);
  assert.equal(code, 0, JSON.stringify(run.jobs, null, 1));
  assert.deepEqual(job("bundle").artifacts, [
    "coverage/c",
    "dist/a",
    "dist/sub/b c",
    "free",
  ]);
  assert.equal(await log("deploy"), "one\ntwo\n");
  assert.equal(
    await Deno.readTextFile(
      `${state}/runs/${run.run_id}/jobs/bundle/artifacts/dist/sub/b c`,
    ),
    "two\n",
  );
});

Deno.test("artifacts and reports are kept of failed and timed out jobs", async () => {
  const { code, job } = await flow.record(["left"]);
  assert.equal(code, 1);
  assert.deepEqual(job("failing").artifacts, ["left/x"]);
  assert.deepEqual(job("slow").artifacts, ["left/x"]);
  assert.equal(job("slow").status, "timed_out");
  assert.deepEqual(job("failing").tests, {
    passed: 1,
    failed: 1,
    skipped: 0,
    failures: [{
      name: "bad",
      classname: "c",
      file: "src/bad.ts",
      message: "1 is not 2",
      duration_ms: null,
    }],
  });
  assert.match(job("failing").notices.join("\n"), /broken\.xml/);
});
