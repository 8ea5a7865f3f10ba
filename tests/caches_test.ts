/** Caches of jobs. */
import assert from "node:assert/strict";
import { type Flow, makeFlow } from "./flow.ts";

let flow: Flow;
Deno.test.beforeAll(async () => {
  flow = await makeFlow();
});
Deno.test.afterAll(async () => {
  await flow[Symbol.asyncDispose]();
});

Deno.test("a cache keeps its content, by key, with older keys to start from", async () => {
  const state = flow.newState();
  const first = await flow.record(["all-caches"], { state });
  assert.match(await first.log("with-cache"), /new and empty[^]*^empty$/m);
  assert.match(await first.log("custom-cache"), /new and empty[^]*^empty$/m);
  const second = await flow.record(["all-caches"], { state });
  assert.match(await second.log("with-cache"), /: found\none\n/);
  assert.match(await second.log("custom-cache"), /: found\nkept\n/);
  await flow.project.write("key.txt", "two\n");
  try {
    const third = await flow.record(["caches"], { state });
    assert.match(await third.log("with-cache"), /older key\none\none\n/);
  } finally {
    await flow.project.write("key.txt", "one\n");
  }
});

Deno.test("a run holds the caches to their size, the least recently used go", async () => {
  const { code, state } = await flow.record(["large-caches"]);
  assert.equal(code, 0);
  const keys = async (id: string): Promise<number> =>
    (await Array.fromAsync(Deno.readDir(`${state}/cache/repository/${id}`)))
      .length;
  assert.deepEqual([await keys("older"), await keys("newer")], [0, 1]);
});

Deno.test("a job waits for a cache that another run uses, and says so in its log", async () => {
  const state = flow.newState();
  const gate = await Deno.makeTempDir();
  const common = ["--output", "jsonl", "--state-root", state];
  const env = { GATE: gate };
  await using holder = flow.project.start(["run", "holder", ...common], {
    env,
  });
  const { run_id: held } = await holder.event("job_started");
  await using waiter = flow.project.start(["run", "caches", ...common]);
  const wait = await waiter.event("node_waiting");
  assert.equal(wait.what, "cache");
  assert.equal(wait.name, "store");
  assert.equal(Object(wait.holder).run_id, held);
  assert.equal(Object(wait.holder).job_id, "holder");
  await Deno.writeTextFile(`${gate}/go`, "");
  assert.equal((await holder.result).code, 0);
  const { code, stderr } = await waiter.result;
  assert.equal(code, 0, stderr);
  const { run } = await waiter.event("run_finished");
  const log = await Deno.readTextFile(
    `${state}/${Object(run).jobs[0].host_log_path}`,
  );
  assert.match(
    log,
    new RegExp(
      `^.pikaci. Waiting for cache store, next, held by holder of ${held} since .*\n.pikaci. Acquired cache store\n.pikaci. Acquired cache store as STORE: found\nheld\n`,
    ),
  );
  await Deno.remove(gate, { recursive: true });
});
