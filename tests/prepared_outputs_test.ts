/** Prepared outputs: made once, used by many. */
import assert from "node:assert/strict";
import { type Flow, makeFlow } from "./flow.ts";

let flow: Flow;
Deno.test.beforeAll(async () => {
  flow = await makeFlow();
});
Deno.test.afterAll(async () => {
  await flow[Symbol.asyncDispose]();
});

Deno.test("prepared outputs are made once per content, for all who need them", async () => {
  const state = flow.newState();
  const first = await flow.record(["outputs"], { state });
  assert.equal(first.code, 0, JSON.stringify(first.run, null, 1));
  assert.deepEqual(first.run.prepare_timings.map((t) => t.status), [
    "passed",
    "passed",
  ]);
  const stamp = (await first.log("use-one")).match(/^\d+$/m)?.[0];
  assert.match(
    await first.log("use-one"),
    /^making$/m,
    "shared part in the log",
  );
  assert.ok((await first.log("use-two")).includes(`${stamp}\n`));
  const second = await flow.record(["outputs"], { state });
  assert.deepEqual(second.run.prepare_timings.map((t) => t.cause?.kind), [
    "cached",
    "cached",
  ]);
  assert.ok((await second.log("use-one")).includes(`${stamp}\n`));
});

Deno.test("a shell output sees its inputs and its variables, and is made anew for a change of them alone", async () => {
  const state = flow.newState();
  const env = { DEPLOY_TOKEN: "s3cret-token", PASSED: "through" };
  const made = async (env: Record<string, string>) => {
    const { run, log } = await flow.record(["narrow-output"], { state, env });
    return {
      how: run.prepare_timings.map(({ cause }) => cause?.kind ?? null),
      log: await log("use-narrow"),
    };
  };
  const first = await made(env);
  assert.match(first.log, /^src\n\*\*\* 4 through\n\d+$/m);
  await flow.project.write("unread.txt", "new");
  try {
    assert.deepEqual((await made(env)).how, ["cached"]);
    assert.deepEqual((await made({ ...env, PASSED: "other" })).how, [
      "exit_code",
    ]);
    await flow.project.write("src/more.txt", "new");
    assert.deepEqual((await made(env)).how, ["exit_code"]);
  } finally {
    await Deno.remove(flow.project.path("unread.txt"));
    await Deno.remove(flow.project.path("src/more.txt")).catch(() => {});
  }
});

Deno.test("a prepared output that makes nothing fails, and what needs it is skipped", async () => {
  const { code, run } = await flow.record(["empty-output"]);
  assert.equal(code, 1);
  assert.match(
    String(run.prepare_timings[0]?.message),
    /No file matches the outputs of "no-output"/,
  );
  assert.deepEqual(run.prepare_timings[0]?.cause, {
    kind: "exit_code",
    code: 0,
  });
  assert.deepEqual(run.jobs[0]?.cause, {
    kind: "need",
    node_id: "prepare-no-output",
    status: "failed",
  });
});

Deno.test("gc removes prepared outputs that nobody used for long, and no others", async () => {
  const state = flow.newState();
  await flow.record(["outputs"], { state });
  const folders = async (): Promise<string[]> =>
    (await Array.fromAsync(Deno.readDir(`${state}/prepared`)))
      .map(({ name }) => name);
  const [old, ...others] = await folders();
  assert.equal(others.length, 1);
  const long = new Date(Date.now() - 31 * 24 * 3600 * 1000);
  await Deno.utime(`${state}/prepared/${old}/made-by`, long, long);
  const { code, stdout } = await flow.project.pikaci([
    "gc",
    "--json",
    "--state-root",
    state,
  ]);
  assert.equal(code, 0);
  assert.deepEqual(JSON.parse(stdout).removed_prepared, [`prepared/${old}`]);
  assert.deepEqual(await folders(), others);
});
