import assert from "node:assert/strict";
import { checkFilesWith } from "../_testing.ts";

const rule = { rule: "calls", names: ["Deno.Command", "console.*", "fetch"] };

async function broken(code: string, more = {}): Promise<readonly string[]> {
  const said = await checkFilesWith({ ...rule, ...more }, { "a.ts": code });
  return said.broken;
}

Deno.test("calls finds a name outside of the files where it is allowed", async () => {
  const said = await checkFilesWith({ ...rule, allow: ["hosts/**"] }, {
    "hosts/process.ts": `new Deno.Command("git");`,
    "runner/run.ts": `export {};\nnew Deno.Command("git").spawn();`,
  });
  assert.deepEqual(said.broken, [
    'runner/run.ts:2: Uses "Deno.Command", which is allowed in hosts/**',
  ]);
  assert.deepEqual(said.uses, ['hosts/process.ts:1: Uses "Deno.Command"']);
});

for (
  const code of [
    `console.log("x")`,
    `console["error"]("x")`,
    `globalThis.console.warn(1)`,
    `const { Command } = Deno; new Command("x")`,
    `const log = console.log.bind(console)`,
    `const c = console; c.log(1)`,
    `use(console)`,
    `const go = fetch`,
    `if (await fetch?.("x")) {}`,
  ]
) {
  Deno.test(`calls sees ${code}`, async () => {
    assert.notDeepEqual(await broken(code), []);
  });
}

for (
  const code of [
    `function f(fetch: () => void) { fetch(); }`,
    `import { fetch } from "./own.ts"; fetch();`,
    `const x = { fetch: 1, console: 2 }; x.fetch; x.console.log;`,
    `type T = Deno.Command; let x: typeof console.log;`,
    `later(); const console = { log() {} }; function later() { console.log(); }`,
    `Deno.readTextFile("x"); // console.log(1)`,
    `const text = "console.log(fetch)";`,
    `typeof console`,
  ]
) {
  Deno.test(`calls lets ${code} through`, async () => {
    const said = await checkFilesWith(rule, { "a.ts": code, "own.ts": "" });
    assert.deepEqual(said.broken, []);
  });
}

Deno.test("calls knows imports by the module they come from", async () => {
  const names = ["node:child_process.*", "npm:chalk.default"];
  const found = await broken(
    `import { spawn as start } from "node:child_process";
import * as cp from "node:child_process";
import paint from "npm:chalk";
start("x");
cp.exec("y");
paint("z");`,
    { names },
  );
  assert.deepEqual(found.map((text) => text.split(" Uses ")[0]), [
    "a.ts:4:",
    "a.ts:5:",
    "a.ts:6:",
  ]);
});

Deno.test("calls reports a file that cannot be parsed", async () => {
  const [first = ""] = await broken("console.log(;");
  assert.match(first, /^a\.ts:1: Cannot be parsed: /);
});

Deno.test("calls knows imports of the repository by their file, whatever the way there", async () => {
  const { broken } = await checkFilesWith({
    rule: "calls",
    scope: ["src/**"],
    names: ["{mod.ts,model/*.ts}.{job,target}"],
  }, {
    "mod.ts": `export * from "./model/job.ts";`,
    "model/job.ts": `export const job = 1;`,
    "src/a.ts": `import { job as j } from "../model/job.ts";\nj();`,
    "src/b.ts": `import * as api from "../mod.ts";\napi.target();\napi.lane();`,
    "src/c.ts": `import type { job } from "../mod.ts";\nlet a: typeof job;`,
  });
  assert.deepEqual(broken, [
    'src/a.ts:2: Uses "model/job.ts.job", which is allowed nowhere in the scope',
    'src/b.ts:2: Uses "mod.ts.target", which is allowed nowhere in the scope',
  ]);
});

Deno.test("calls knows members of anything by a leading dot", async () => {
  const found = await broken(
    `function f(catalog) {
  catalog.jobs.find(() => true);
  this.catalog.jobs.find(Boolean);
  catalog.jobs.map(Boolean);
  jobs.find(Boolean);
}`,
    { names: [".jobs.find"] },
  );
  assert.deepEqual(found.map((text) => text.split(": ")[0]), [
    "a.ts:2",
    "a.ts:3",
    "a.ts:5",
  ]);
});
