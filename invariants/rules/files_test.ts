import assert from "node:assert/strict";
import { checkFilesWith } from "../_testing.ts";

Deno.test("files wants files, and refuses others", async () => {
  const { broken } = await checkFilesWith({
    rule: "files",
    require: ["README.md", "docs/*.md"],
    deny: ["**/*.orig"],
  }, { "README.md": "", "src/a.orig": "" });
  assert.deepEqual(broken, [
    'spec.toml:1: No file matches "docs/*.md"',
    "src/a.orig: Must not exist",
  ]);
});

Deno.test("files limits lines and bytes", async () => {
  const files = { "a.ts": "1\n2\n3\n", "b.ts": "1\n2\n", "c.ts": "ü" };
  const lines = await checkFilesWith({ rule: "files", max_lines: 2 }, files);
  assert.deepEqual(lines.broken, [
    "a.ts: Has 3 lines; at most 2 are allowed",
  ]);
  const bytes = await checkFilesWith({
    rule: "files",
    scope: ["c.ts"],
    max_bytes: 1,
  }, files);
  assert.deepEqual(bytes.broken, ["c.ts: Has 2 bytes; at most 1 are allowed"]);
});

Deno.test("files wants a file for each name", async () => {
  const { broken } = await checkFilesWith({
    rule: "files",
    each: { files: ["rules/*.ts", "!**/*_test.ts"], name: "rules/(.+)\\.ts" },
    require: ["rules/{name}_test.ts", "docs/{snake_name}.md"],
  }, {
    "rules/a.ts": "",
    "rules/a_test.ts": "",
    "rules/b-c.ts": "",
    "docs/a.md": "",
    "docs/b_c.md": "",
  });
  assert.deepEqual(broken, [
    'rules/b-c.ts: No file matches "rules/b-c_test.ts", which "b-c" needs',
  ]);
});

Deno.test("files takes names out of objects and text", async () => {
  const files = {
    "table.ts":
      `export const table = [\n  { name: "run" },\n  { name: "plan" },\n];`,
    "list.json": `{\n  "a": 1,\n  "run": 2\n}`,
    "commands/run.ts": "",
  };
  const require = ["commands/{name}.ts"];
  const table = await checkFilesWith({
    rule: "files",
    each: { property: "name", in: ["table.ts"] },
    require,
  }, files);
  assert.deepEqual(table.broken, [
    'table.ts:3: No file matches "commands/plan.ts", which "plan" needs',
  ]);
  const list = await checkFilesWith({
    rule: "files",
    each: { text: '^  "([a-z]+)":', in: ["list.json"] },
    require,
  }, files);
  assert.deepEqual(list.broken, [
    'list.json:2: No file matches "commands/a.ts", which "a" needs',
  ]);
});
