import { deepStrictEqual, match, strictEqual } from "node:assert/strict";
import { type JUnitReports, readJUnit } from "./junit.ts";

async function read(files: Record<string, string>): Promise<JUnitReports> {
  const folder = await Deno.makeTempDir();
  try {
    for (const [name, text] of Object.entries(files)) {
      await Deno.writeTextFile(`${folder}/${name}`, text);
    }
    return await readJUnit({ folder, files: Object.keys(files) });
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

Deno.test("readJUnit() counts tests and tells each failure", async () => {
  const { tests, warnings } = await read({
    "a.xml": `<?xml version="1.0" encoding="UTF-8"?>
<testsuites name="all" tests="5">
  <testsuite name="outer" file="src/a.test.ts">
    <testcase name="passes" classname="A" time="0.01"/>
    <testcase name="fails &lt;hard&gt;" classname="A" time="1,234.5">
      <failure message="expected 1 &amp; got 2" type="AssertionError"><![CDATA[stack
      at x]]></failure>
      <system-out>noise</system-out>
    </testcase>
    <testsuite name="inner">
      <testcase name="errors" file="src/b.test.ts"><error>boom
trace</error></testcase>
      <testcase name="skipped"><skipped/></testcase>
    </testsuite>
  </testsuite>
</testsuites>`,
    "b.xml":
      `<testsuite><testcase name="123"><failure/></testcase></testsuite>`,
  });
  deepStrictEqual(warnings, []);
  deepStrictEqual(tests, {
    passed: 1,
    failed: 3,
    skipped: 1,
    failures: [
      {
        name: "fails <hard>",
        classname: "A",
        file: "src/a.test.ts",
        message: "expected 1 & got 2",
        duration_ms: 1_234_500,
      },
      {
        name: "errors",
        classname: null,
        file: "src/b.test.ts",
        message: "boom\ntrace",
        duration_ms: null,
      },
      {
        name: "123",
        classname: null,
        file: null,
        message: "failed",
        duration_ms: null,
      },
    ],
  });
});

Deno.test("readJUnit() warns of a broken report by its name and reads the others", async () => {
  const { tests, warnings } = await read({
    "cut.xml": `<testsuite><testcase name="a"><failure>x`,
    "empty.xml": "",
    "page.xml": "<html><body/></html>",
    "fine.xml":
      `<testsuites><testsuite><testcase name="a"/></testsuite></testsuites>`,
  });
  deepStrictEqual(tests, { passed: 1, failed: 0, skipped: 0, failures: [] });
  strictEqual(warnings.length, 3);
  match(warnings[0] ?? "", /^Cannot read the JUnit report "cut\.xml": line 1/);
  match(warnings[1] ?? "", /"empty\.xml"/);
  match(warnings[2] ?? "", /"page\.xml": it has no <testsuites>/);
});

Deno.test("readJUnit() reads an empty suite, and nothing as nothing", async () => {
  deepStrictEqual((await read({ "a.xml": "<testsuites/>" })).tests, {
    passed: 0,
    failed: 0,
    skipped: 0,
    failures: [],
  });
  deepStrictEqual(await read({}), { tests: null, warnings: [] });
});

Deno.test("readJUnit() does not expand entities without end", async () => {
  const entities = Array.from(
    { length: 12 },
    (_, i) => `<!ENTITY e${i + 1} "${`&e${i};`.repeat(10)}">`,
  ).join("");
  const { tests, warnings } = await read({
    "bomb.xml": `<!DOCTYPE x [<!ENTITY e0 "lol">${entities}]>` +
      `<testsuite><testcase name="&e12;"><failure>&e12;</failure></testcase></testsuite>`,
  });
  const size = JSON.stringify(tests ?? warnings).length;
  strictEqual(size < 10_000, true);
});

Deno.test("readJUnit() cuts long lists and long messages", async () => {
  const one = `<testcase name="a"><failure message="${
    "x".repeat(5000)
  }"/></testcase>`;
  const { tests } = await read({
    "a.xml": `<testsuite>${one.repeat(300)}</testsuite>`,
  });
  strictEqual(tests?.failed, 300);
  strictEqual(tests?.failures.length, 200);
  strictEqual(tests?.failures[0]?.message.length, 2003);
});

Deno.test("readJUnit() reads what deno test writes", async () => {
  const folder = await Deno.makeTempDir();
  try {
    await Deno.writeTextFile(
      `${folder}/x_test.ts`,
      `Deno.test("fine", () => {});
Deno.test("bad", () => { throw new Error("no & good"); });
Deno.test({ name: "later", ignore: true, fn() {} });`,
    );
    await new Deno.Command(Deno.execPath(), {
      args: ["test", "--no-check", "--junit-path=report.xml", "x_test.ts"],
      cwd: folder,
      stdout: "null",
      stderr: "null",
    }).output();
    const { tests, warnings } = await readJUnit({
      folder,
      files: ["report.xml"],
    });
    deepStrictEqual(warnings, []);
    strictEqual(tests?.passed, 1);
    strictEqual(tests?.skipped, 1);
    strictEqual(tests?.failed, 1);
    strictEqual(tests?.failures[0]?.name, "bad");
    match(tests?.failures[0]?.message ?? "", /no & good/);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
