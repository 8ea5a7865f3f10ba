/** Workspaces that jobs change. */
import assert from "node:assert/strict";
import { type Flow, makeFlow } from "./flow.ts";

let flow: Flow;
Deno.test.beforeAll(async () => {
  flow = await makeFlow();
});
Deno.test.afterAll(async () => {
  await flow[Symbol.asyncDispose]();
});

Deno.test("a read-only checkout that a job changed is named and restored", async () => {
  const { code, job } = await flow.record(["workspaces"]);
  assert.equal(code, 0);
  assert.match(
    job("dirty").notices.join("\n"),
    /read-only checkout was changed: "key.txt", "new"; restored/,
  );
  assert.deepEqual(job("clean").notices, []);
});

Deno.test("a job may run in the working tree, and the record says whether that changed", async () => {
  const { code, job, log } = await flow.record(["sources", "--jobs", "1"]);
  assert.equal(code, 0);
  assert.equal((await log("in-place")).trim(), flow.project.root);
  assert.match(
    job("in-place").notices.join("\n"),
    /working tree.*not the same/,
  );
  assert.equal(job("in-place").workspace, "source");
  await Deno.remove(flow.project.path("touched"));
});
