import assert from "node:assert/strict";
import { makeProject } from "./project.ts";

const spec = `version = 1
name = "mine"

[[invariant]]
id = "MINE-001"
kind = "must"
statement = "The core reaches no framework"
scope = ["src/core/**"]
hint = "Hand it in"
[invariant.check]
rule = "imports"
deny = ["npm:express", "src/web/**"]

[[invariant]]
id = "MINE-002"
kind = "must"
statement = "Names are kind"
`;

const files = {
  "invariants/invariants.toml": spec,
  "src/core/a.ts": `export const a = 1;\n`,
  "src/web/b.ts": `import "../core/a.ts";\n`,
};

Deno.test("pikaci invariants passes, fails and is wrong with 0, 1 and 2", async () => {
  await using project = await makeProject(files);
  const good = await project.pikaci(["invariants"], { cwd: "src" });
  assert.equal(good.code, 0, good.stderr);
  assert.match(good.stdout, /^pass MINE-001: The core reaches no framework$/m);
  assert.match(good.stdout, /^unchecked MINE-002: Names are kind$/m);
  assert.match(good.stdout, /^1 passed, 0 failed, 1 unchecked in \d+ ms$/m);

  await project.write(
    "src/core/a.ts",
    `export const a = 1;\nimport("../web/b.ts");\n`,
  );
  const bad = await project.pikaci(["invariants"]);
  assert.equal(bad.code, 1);
  assert.match(
    bad.stdout,
    /^FAIL MINE-001: .*\n {2}Broken in 1 place\n {2}src\/core\/a\.ts:2: Imports "src\/web\/b\.ts"; may not: npm:express, src\/web\/\*\*\n {2}hint: Hand it in$/m,
  );
  const other = await project.pikaci(["invariants", "--only", "MINE-002"]);
  assert.equal(other.code, 0);
  const unknown = await project.pikaci(["invariants", "--only", "MINE-009"]);
  assert.equal(unknown.code, 2);
  assert.match(unknown.stderr, /Unknown invariant "MINE-009"/);

  await project.write(
    "invariants/invariants.toml",
    spec.replace("must", "may"),
  );
  const wrong = await project.pikaci(["invariants"]);
  assert.equal(wrong.code, 2);
  assert.match(
    wrong.stderr,
    /invariants\.toml:6:1: invariant\[0\] "MINE-001"\.kind: /,
  );
});

Deno.test("pikaci invariants --json tells everything", async () => {
  await using project = await makeProject(files);
  const { stdout, code } = await project.pikaci([
    "invariants",
    "--json",
    "--spec",
    "invariants/invariants.toml",
  ]);
  assert.equal(code, 0);
  const report = JSON.parse(stdout);
  assert.equal(report.schema_version, 1);
  assert.equal(report.status, "passed");
  assert.equal(report.root, project.root);
  assert.deepEqual(
    report.results.map((
      { id, grade }: { id: string; grade: string },
    ) => [id, grade]),
    [["MINE-001", "pass"], ["MINE-002", "unchecked"]],
  );
});

Deno.test("pikaci invariants without a spec says where it looked", async () => {
  await using project = await makeProject({});
  const { code, stderr } = await project.pikaci(["invariants"]);
  assert.equal(code, 2);
  assert.match(
    stderr,
    /Cannot find invariants\/invariants\.toml in ".*" or above it/,
  );
});

Deno.test("pikaci invariants --reviewer grades what has no check", async () => {
  const answer = (grade: string) =>
    JSON.stringify({
      summary: "Read",
      results: [{
        id: "MINE-002",
        grade,
        rationale: "Said so",
        evidence: ["src/core/a.ts:1"],
      }],
    });
  await using project = await makeProject({
    ...files,
    "pass.json": answer("pass"),
    "fail.json": answer("fail"),
  });
  const review = (command: string) =>
    project.pikaci(["invariants", "--reviewer", command]);
  const good = await review("cat > prompt.txt; cat pass.json");
  assert.equal(good.code, 0, good.stderr);
  assert.match(good.stdout, /^summary: Read$/m);
  assert.match(good.stdout, /^pass MINE-002/m);
  assert.match(await project.read("prompt.txt"), /Names are kind/);
  const bad = await review("cat fail.json");
  assert.equal(bad.code, 1);
  assert.match(bad.stdout, /^ {2}Said so\n {2}src\/core\/a\.ts:1$/m);
  const broken = await review("echo nothing");
  assert.equal(broken.code, 4);
  assert.match(broken.stdout, /^unchecked MINE-002/m);
  assert.match(broken.stderr, /The reviewer's answer is not JSON/);
});

Deno.test("pikaci invariants works on an npm project without Deno", async () => {
  await using project = await makeProject({
    "package.json": JSON.stringify({
      name: "mine",
      type: "module",
      dependencies: { express: "*" },
    }),
    "tsconfig.json": JSON.stringify({
      compilerOptions: { baseUrl: ".", paths: { "@web/*": ["src/web/*"] } },
    }),
    "node_modules/express/package.json": `{"name":"express","main":"i.js"}`,
    "node_modules/express/i.js": `module.exports = {};`,
    "invariants/invariants.toml": spec,
    "src/core/a.ts": `import express from "express";\nimport "./b";\n`,
    "src/core/b.ts": `import { page } from "@web/page.js";\n`,
    "src/core/c.cjs": `const fs = require("fs");\nrequire("../web");\n`,
    "src/web/page.ts": `export const page = 1;\n`,
    "src/web/index.ts": `export * from "./page";\n`,
  }, { denoJson: false });
  const { code, stdout, stderr } = await project.pikaci(["invariants"]);
  assert.equal(code, 1, stderr);
  const places = [...stdout.matchAll(/^ {2}(src\/\S+): Imports "([^"]+)"/gm)]
    .map(([, place, target]) => `${place} ${target}`);
  assert.deepEqual(places, [
    "src/core/a.ts:1 npm:express",
    "src/core/b.ts:1 src/web/page.ts",
    "src/core/c.cjs:2 src/web/index.ts",
  ]);
});

Deno.test("invariantsJob() fails a run when the snapshot breaks an invariant", async () => {
  await using project = await makeProject({
    ...files,
    "pikaci.config.ts": `
import { defineConfig, invariantsJob, target } from "@pikaci/pikaci";

export default defineConfig({
  targets: [target({ id: "check", jobs: [invariantsJob({ only: ["MINE-001"] })] })],
});
`,
  }, { git: true });
  const good = await project.pikaci(["run"]);
  assert.equal(good.code, 0, `${good.stdout}${good.stderr}`);
  await project.write("src/core/a.ts", `import "../web/b.ts";\n`);
  const bad = await project.pikaci(["run"]);
  assert.equal(bad.code, 1, `${bad.stdout}${bad.stderr}`);
  assert.match(
    `${bad.stdout}${bad.stderr}`,
    /src\/core\/a\.ts:1: Imports "src\/web\/b\.ts"/,
  );
});
