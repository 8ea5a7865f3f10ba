import assert from "node:assert/strict";
import { checkFilesWith } from "../_testing.ts";

const source = {
  "codes.ts": `export const exitCodes = { passed: 0, failed: 1, usage: 2 };
export type Status = "passed" | "failed" | "usage";`,
};

Deno.test("single-source finds a name that is declared again", async () => {
  const check = {
    rule: "single-source",
    source: "codes.ts",
    names: ["exitCodes", "Status"],
  };
  const { broken } = await checkFilesWith(check, {
    ...source,
    "b.ts": `import { exitCodes } from "./codes.ts";\ntype Status = 1;`,
  });
  assert.deepEqual(broken, [
    'b.ts:2: Declares "Status" again; its only place is codes.ts',
  ]);
  const kept = await checkFilesWith(check, source);
  assert.deepEqual(kept.broken, []);
});

Deno.test("single-source finds a list that is written again", async () => {
  const check = {
    rule: "single-source",
    source: "codes.ts",
    table: "exitCodes",
  };
  for (
    const again of [
      `const names = ["passed", "usage", "failed"];`,
      `type Again = "usage" | "failed" | "passed" | "more";`,
      `const codes = { passed: 0, failed: 1, usage: 2 };`,
      `enum Codes { passed, failed, usage }`,
    ]
  ) {
    const { broken } = await checkFilesWith(check, {
      ...source,
      "b.ts": `\n${again}`,
    });
    assert.equal(broken.length, 1, again);
    assert.match(broken[0] ?? "", /^b\.ts:2: Lists /);
  }
  const two = await checkFilesWith(check, {
    ...source,
    "b.ts": `const ends = ["passed", "failed"];`,
  });
  assert.deepEqual(two.broken, []);
});

Deno.test("single-source finds text that stands elsewhere, and a source without it", async () => {
  const { broken } = await checkFilesWith({
    rule: "single-source",
    source: "codes.ts",
    text: ["exitCodes =", "https://example\\.org"],
  }, { ...source, "b.md": "exitCodes = 3" });
  assert.deepEqual(broken, [
    'b.md:1: Has "exitCodes ="; its only place is codes.ts',
    "codes.ts: Does not define what matches /https://example\\.org/, and is to be its only place",
  ]);
});
