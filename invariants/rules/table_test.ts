import assert from "node:assert/strict";
import { check, ruleNames } from "./table.ts";

const docs = await Deno.readTextFile(
  new URL("../../docs/invariants.md", import.meta.url),
);

for (const { shape } of check.options) {
  const rule = shape.rule.value;
  Deno.test(`docs/invariants.md describes every setting of ${rule}`, () => {
    const [, after = ""] = docs.split(`### \`${rule}\``);
    const [section = ""] = after.split("\n### ");
    const told = [...section.matchAll(/^\| `(\w+)`/gm)].map(([, name]) => name);
    const settings = Object.keys(shape).filter((key) =>
      key !== "rule" && key !== "scope"
    );
    assert.deepEqual(told.sort(), settings.sort());
  });
}

Deno.test("ruleNames holds what the file can name", () => {
  assert.equal(new Set(ruleNames).size, check.options.length);
  assert.ok(ruleNames.includes("single-source"));
});
