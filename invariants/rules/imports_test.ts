import assert from "node:assert/strict";
import { checkFilesWith } from "../_testing.ts";

const files = {
  "mod.ts": `export * from "./model/job.ts";`,
  "model/job.ts": `import type { Plan } from "../planner/plan.ts";\n` +
    `export const job = 1;`,
  "planner/plan.ts": `import { readFile } from "node:fs/promises";\n` +
    `import z from "zod";\n` +
    `export interface Plan {}`,
  "cli.ts": `const load = () => import("./heavy.ts");\nexport { load };`,
  "heavy.ts": `import "@david/dax";`,
};

Deno.test("imports names the import that leads where a file may not go", async () => {
  const { broken } = await checkFilesWith({
    rule: "imports",
    scope: ["mod.ts"],
    transitive: true,
    allow: ["model/**"],
  }, files);
  assert.deepEqual(broken, [
    'model/job.ts:1: Imports "planner/plan.ts" (mod.ts -> model/job.ts -> planner/plan.ts); may only: model/**',
    'planner/plan.ts:1: Imports "node:fs/promises" (mod.ts -> model/job.ts -> planner/plan.ts -> node:fs/promises); may only: model/**',
    'planner/plan.ts:2: Imports "npm:zod" (mod.ts -> model/job.ts -> planner/plan.ts -> npm:zod); may only: model/**',
  ]);
});

Deno.test("imports looks at direct imports alone unless told otherwise", async () => {
  const check = { rule: "imports", scope: ["mod.ts"], deny: ["npm:**"] };
  assert.deepEqual((await checkFilesWith(check, files)).broken, []);
  const all = await checkFilesWith({ ...check, transitive: true }, files);
  assert.equal(all.broken.length, 1);
});

Deno.test("imports lets types and import() through when they do not count", async () => {
  const types = await checkFilesWith({
    rule: "imports",
    scope: ["mod.ts"],
    transitive: true,
    types: false,
    allow: ["model/**"],
  }, files);
  assert.deepEqual(types.broken, []);
  const start = {
    rule: "imports",
    scope: ["cli.ts"],
    transitive: true,
    deny: ["npm:**"],
  };
  const all = await checkFilesWith(start, files);
  assert.deepEqual(all.broken, [
    'heavy.ts:1: Imports "npm:@david/dax" (cli.ts -> heavy.ts -> npm:@david/dax); may not: npm:**',
  ]);
  const fixed = await checkFilesWith({ ...start, dynamic: false }, files);
  assert.deepEqual(fixed.broken, []);
});

Deno.test("imports wants what must be reached", async () => {
  const check = {
    rule: "imports",
    scope: ["table.ts"],
    require: ["executors/*.ts"],
  };
  const executors = { "executors/a.ts": "", "executors/b.ts": "" };
  const half = await checkFilesWith(check, {
    ...executors,
    "table.ts": `import "./executors/a.ts";`,
  });
  assert.deepEqual(half.broken, [
    "executors/b.ts: Is reached by no file of the scope, and must be",
  ]);
  const whole = await checkFilesWith(check, {
    ...executors,
    "table.ts": `import "./executors/a.ts"; import("./executors/b.ts");`,
  });
  assert.deepEqual(whole.broken, []);
});

Deno.test("imports keeps parts apart, but for what they share", async () => {
  const { broken } = await checkFilesWith({
    rule: "imports",
    scope: ["executors/**"],
    apart: "^executors/([a-z]+)",
    allow: ["executors/executor.ts"],
  }, {
    "executors/executor.ts": "",
    "executors/incus.ts": `import "./executor.ts"; import "./incus_log.ts";`,
    "executors/incus_log.ts": "",
    "executors/tart.ts": `import "./executor.ts";\nimport "./incus_log.ts";`,
  });
  assert.deepEqual(broken, [
    'executors/tart.ts:2: Imports "executors/incus_log.ts"; "tart" and "incus" must stay apart',
  ]);
});

Deno.test("imports does not pass over an import that leads nowhere", async () => {
  const { broken } = await checkFilesWith({
    rule: "imports",
    deny: ["npm:**"],
  }, { "a.ts": `\nimport "./gone.ts";` });
  assert.deepEqual(broken, ['a.ts:2: Cannot resolve "./gone.ts"']);
});
