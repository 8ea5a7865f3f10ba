import assert from "node:assert/strict";
import { check } from "./table.ts";
import { runCheck } from "./table.ts";
import { makeSources } from "../sources.ts";

async function run(settings: Record<string, unknown>) {
  const sources = makeSources({
    root: Deno.cwd(),
    files: ["a.ts"],
    read: () => Promise.resolve(""),
    size: () => Promise.resolve(0),
    graph: () => Promise.reject(new Error("No graph")),
  });
  return await runCheck(check.parse({ rule: "command", ...settings }), {
    sources,
    files: sources.files,
    here: { path: "spec.toml", line: 7 },
  });
}

Deno.test("command passes with exit code 0", async () => {
  const { broken, uses } = await run({ command: "test 1 = 1" });
  assert.deepEqual(broken, []);
  assert.equal(uses.length, 1);
});

Deno.test("command fails with another, and shows the end of the output", async () => {
  const { broken } = await run({ command: "echo one; echo two >&2; exit 3" });
  assert.deepEqual(broken, [{
    path: "spec.toml",
    line: 7,
    message: '"echo one; echo two >&2; exit 3" exited with 3: one | two',
  }]);
});

Deno.test("command takes places of the repository out of the output", async () => {
  const { broken } = await run({
    command: "echo './a.ts:12:3: no'; echo 'b.ts:1: other'; false",
  });
  assert.deepEqual(broken, [{ path: "a.ts", line: 12, message: "no" }]);
});

Deno.test("command ends what does not end", async () => {
  const { broken } = await run({ command: "sleep 600", timeout_secs: 0.1 });
  assert.match(broken[0]?.message ?? "", /did not end within 0\.1 s/);
});
