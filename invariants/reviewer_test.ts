import assert from "node:assert/strict";
import { memorySources } from "./_testing.ts";
import { readAnswer, review, writePrompt } from "./reviewer.ts";
import { readSpec } from "./spec.ts";

const spec = await readSpec(`version = 1
name = "mine"
[[invariant]]
id = "A"
kind = "must"
statement = "The code is kind"
scope = ["src/**"]
hint = "Be kind"
[[invariant]]
id = "B"
kind = "allowed"
statement = "Jokes"
`);
assert.ok(spec.ok);
const { invariants } = spec.spec;
const sources = memorySources({ "src/a.ts": "1\n2\n" });

const good = {
  summary: "Fine",
  results: [
    { id: "B", grade: "fail", rationale: "None", evidence: ["src/a.ts"] },
    { id: "A", grade: "pass", rationale: "Yes", evidence: ["src/a.ts:2"] },
  ],
};

async function problems(answer: unknown): Promise<readonly string[]> {
  const read = await readAnswer(JSON.stringify(answer), invariants, sources);
  return read.ok ? [] : read.problems;
}

Deno.test("writePrompt() says what to grade and how to answer", async (t) => {
  await t.assertSnapshot(writePrompt(invariants));
});

Deno.test("readAnswer() puts the answers into the order of the spec", async () => {
  const read = await readAnswer(JSON.stringify(good), invariants, sources);
  assert.ok(read.ok);
  assert.equal(read.summary, "Fine");
  assert.deepEqual(read.opinions.map(({ id, grade }) => [id, grade]), [
    ["A", "pass"],
    ["B", "fail"],
  ]);
  assert.deepEqual(read.opinions[0]?.evidence, [
    { path: "src/a.ts", line: 2, message: "" },
  ]);
});

Deno.test("readAnswer() passes over a fence of Markdown", async () => {
  const text = `\`\`\`json\n${JSON.stringify(good)}\n\`\`\`\n`;
  assert.ok((await readAnswer(text, invariants, sources)).ok);
});

Deno.test("readAnswer() refuses ids that are unknown, twice there, or left out", async () => {
  const [first, second] = good.results;
  assert.deepEqual(
    await problems({
      summary: "",
      results: [second, second, { ...first, id: "C" }],
    }),
    [
      'The reviewer grades "A" twice',
      'The reviewer grades "C", which it was not asked about',
      'The reviewer leaves "B" out',
    ],
  );
});

Deno.test("readAnswer() refuses grades and evidence that are none", async () => {
  const [first, second] = good.results;
  const withFirst = (change: object) =>
    problems({ summary: "", results: [{ ...first, ...change }, second] });
  const [grade = ""] = await withFirst({ grade: "maybe" });
  assert.match(grade, /wrong at results\.0\.grade/);
  const [none = ""] = await withFirst({ evidence: [] });
  assert.match(none, /wrong at results\.0\.evidence/);
  const [extra = ""] = await withFirst({ sure: true });
  assert.match(extra, /wrong at results\.0/);
  for (const ref of ["src/gone.ts:1", "src/a.ts:9", "somewhere"]) {
    assert.deepEqual(await withFirst({ evidence: [ref] }), [
      `The reviewer's evidence "${ref}" for "B" is no place in the repository`,
    ]);
  }
  const text = await readAnswer("All is well.", invariants, sources);
  assert.deepEqual(text, {
    ok: false,
    problems: ["The reviewer's answer is not JSON"],
  });
});

Deno.test("review() gives the prompt on standard input and reads the answer", async () => {
  const here = { ...sources, root: Deno.cwd() };
  const command = `grep -q 'JSON schema of the answer' && echo '${
    JSON.stringify(good)
  }'`;
  assert.ok((await review(command, invariants, here)).ok);
  assert.deepEqual(await review("echo no >&2; exit 3", invariants, here), {
    ok: false,
    problems: ["The reviewer exited with 3: no"],
  });
});
