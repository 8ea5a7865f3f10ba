import assert from "node:assert/strict";
import { checkFilesWith } from "../_testing.ts";

Deno.test("text finds what must not be written, with its line", async () => {
  const check = { rule: "text", deny: ["\\bTODO\\b"] };
  const said = await checkFilesWith(check, {
    "a.ts": "// one\n// TODO two\n",
    "b.ts": "// TODOS\n",
  });
  assert.deepEqual(said.broken, [
    'a.ts:2: Has "TODO", which matches /\\bTODO\\b/',
  ]);
});

Deno.test("text wants a pattern in every file, or in any", async () => {
  const check = { rule: "text", require: ["^// Licence"] };
  const files = { "a.ts": "\n// Licence\n", "b.ts": "x" };
  const every = await checkFilesWith(check, files);
  assert.deepEqual(every.broken, ["b.ts: Nothing matches /^// Licence/m"]);
  const any = await checkFilesWith({ ...check, any: true }, files);
  assert.deepEqual(any.broken, []);
  const none = await checkFilesWith({ ...check, any: true }, { "b.ts": "x" });
  assert.equal(none.broken.length, 1);
});

Deno.test("text wants each name to be written down", async () => {
  const check = {
    rule: "text",
    scope: ["docs/*.md"],
    any: true,
    each: { files: ["commands/*.ts"], name: "commands/(.+)\\.ts" },
    require: ["^pikaci {name}$"],
  };
  const { broken } = await checkFilesWith(check, {
    "docs/cli.md": "pikaci run\n",
    "docs/more.md": "pikaci plans\n",
    "commands/run.ts": "",
    "commands/plan.ts": "",
  });
  assert.deepEqual(broken, [
    "commands/plan.ts: Nothing matches /^pikaci plan$/m in the scope",
  ]);
});

Deno.test("text does not pass when each finds no name", async () => {
  const { broken } = await checkFilesWith({
    rule: "text",
    each: { files: ["gone/*.ts"], name: "gone/(.+)\\.ts" },
    require: ["{name}"],
  }, { "a.md": "" });
  assert.deepEqual(broken, [
    'spec.toml:1: Finds no name in "gone/*.ts": the check would hold for nothing',
  ]);
});
