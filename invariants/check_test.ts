import assert from "node:assert/strict";
import { memorySources } from "./_testing.ts";
import { checkInvariants } from "./check.ts";
import { placeOf } from "./evidence.ts";
import { readSpec } from "./spec.ts";

const files = {
  "src/a.ts": `import { readFile } from "node:fs";\n`,
  "src/b.ts": "// TODO\n",
};

async function verdicts(invariant: string) {
  const result = await readSpec(
    `version = 1\nname = "mine"\n[[invariant]]\nid = "A"\nstatement = "Holds"\n${invariant}`,
  );
  assert.ok(result.ok, JSON.stringify(result));
  const [verdict] = await checkInvariants(
    result.spec.invariants,
    memorySources(files),
    { spec: "spec.toml", now: () => 0 },
  );
  assert.ok(verdict);
  const { grade, evidence, checkedBy } = verdict;
  const places = evidence.map((item) => `${placeOf(item)}: ${item.message}`);
  return { grade, places, checkedBy };
}

Deno.test("checkInvariants() fails a must with the places that break it", async () => {
  assert.deepEqual(
    await verdicts(`kind = "must"
[[invariant.check]]
rule = "text"
deny = ["TODO"]
[[invariant.check]]
rule = "imports"
deny = ["node:**"]`),
    {
      grade: "fail",
      places: [
        'src/b.ts:1: Has "TODO", which matches /TODO/',
        'src/a.ts:1: Imports "node:fs"; may not: node:**',
      ],
      checkedBy: ["text", "imports"],
    },
  );
});

Deno.test("checkInvariants() passes a must when all of its checks pass", async () => {
  const { grade, places } = await verdicts(`kind = "must"
scope = ["src/a.ts"]
check = { rule = "text", deny = ["TODO"] }`);
  assert.equal(grade, "pass");
  assert.deepEqual(places, []);
});

Deno.test("checkInvariants() leaves a must without a check unchecked", async () => {
  const { grade } = await verdicts(`kind = "must"`);
  assert.equal(grade, "unchecked");
});

Deno.test("checkInvariants() does not pass a scope that has moved away", async () => {
  const { grade, places } = await verdicts(`kind = "must"
scope = ["src/*.ts", "lib/**"]
check = { rule = "text", deny = ["NEVER"] }`);
  assert.equal(grade, "fail");
  assert.deepEqual(places, [
    'spec.toml:3: The scope "lib/**" matches no file',
  ]);
});

Deno.test("checkInvariants() looks for what is allowed", async () => {
  const allowed = (target: string) =>
    verdicts(`kind = "allowed"
scope = ["src/**"]
check = { rule = "imports", allow = ["${target}"] }`);
  assert.deepEqual(await allowed("node:fs"), {
    grade: "pass",
    places: ['src/a.ts:1: Imports "node:fs"'],
    checkedBy: ["imports"],
  });
  assert.deepEqual(await allowed("npm:zod"), {
    grade: "fail",
    places: ["spec.toml:3: Allowed, and not found"],
    checkedBy: ["imports"],
  });
  const half = await verdicts(`kind = "allowed"
scope = ["src/a.ts", "src/b.ts"]
check = { rule = "imports", allow = ["node:fs"] }`);
  assert.deepEqual(half.places, [
    'spec.toml:3: Allowed in "src/b.ts", and not found there',
  ]);
  const there = await verdicts(`kind = "allowed"\nscope = ["src/**"]`);
  assert.equal(there.grade, "pass");
  const gone = await verdicts(`kind = "allowed"\nscope = ["gone/**"]`);
  assert.equal(gone.grade, "fail");
});

Deno.test("checkInvariants() does not pass when a rule cannot do its work", async () => {
  const result = await readSpec(`version = 1
name = "mine"
[[invariant]]
id = "A"
kind = "must"
statement = "Holds"
check = { rule = "imports", deny = ["x"] }
`);
  assert.ok(result.ok);
  const sources = {
    ...memorySources(files),
    graph: () => Promise.reject(new Error("No deno")),
  };
  const [verdict] = await checkInvariants(result.spec.invariants, sources, {
    spec: "spec.toml",
    now: () => 0,
  });
  assert.equal(verdict?.grade, "fail");
  assert.equal(
    verdict.evidence[0]?.message,
    'The rule "imports" failed: No deno',
  );
});
