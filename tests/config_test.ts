/** Where a config is found, and which are refused. */
import assert from "node:assert/strict";
import {
  good,
  jobIds,
  refused,
  uncheckedProject,
  withoutProcesses,
} from "./config_project.ts";
import { makeProject } from "./project.ts";

Deno.test("a config with wrong types is refused in the compiler's words, and none of it has run", async () => {
  await using project = await uncheckedProject({
    "pikaci.config.ts": `Deno.writeTextFileSync("ran", "");
${good}
const wrong: string = 1;
export { wrong };
`,
  });
  refused(
    await project.pikaci(["catalog"], { env: { FORCE_COLOR: "1" } }),
    /^error: Type-checking pikaci\.config\.ts failed\n\nTS2322 \[ERROR\]: Type 'number' is not assignable to type 'string'\.\nconst wrong: string = 1;\n {6}~{5}\n {4}at file:.*\/pikaci\.config\.ts:6:7\n$/,
  );
  await assert.rejects(Deno.stat(project.path("ran")), Deno.errors.NotFound);
  const colours = await project.pikaci(["catalog", "--color"]);
  assert.ok(colours.stderr.includes("\x1b[1mTS2322"));
});

Deno.test("a config is found upward, and elsewhere by --config", async () => {
  await using project = await makeProject({
    "pikaci.config.ts": good,
    "a/b/c.txt": "",
  });
  assert.deepEqual(await jobIds(project, { cwd: "a/b" }), ["unit"]);
  const args = ["--config", "project/pikaci.config.ts", "catalog"];
  const { stdout } = await project.pikaci(args, { cwd: ".." });
  assert.match(stdout, /^Jobs unit$/m);
  await assert.rejects(Deno.stat(project.path("..", ".pikaci")));
});

Deno.test("a config is checked in a folder of any name, under a lock of any name", async () => {
  const folder = "a b#c%é[x]*'$HOME";
  await using project = await uncheckedProject({
    [`${folder}/pikaci.config.ts`]:
      `import data from "./data.json" with { type: "json" };\n${
        good.replace(`"unit"`, "data.id")
      }`,
    [`${folder}/data.json`]: `{ "id": "from-json" }`,
  });
  assert.deepEqual(await jobIds(project, { cwd: folder }), ["from-json"]);
  const warm = { ...withoutProcesses(project), cwd: folder };
  assert.deepEqual(await jobIds(project, warm), ["from-json"]);
  // The rig's deno.json names this one.
  await Deno.writeTextFile(
    project.path("..", "deno.lock"),
    `{"version":"5"}\n`,
  );
  const { code } = await project.pikaci(["catalog"], warm);
  assert.notEqual(code, 0);
});

Deno.test("what is no TypeScript config is refused with advice", async () => {
  await using project = await uncheckedProject({
    "pikaci.config.js": "export default {};",
  });
  refused(
    await project.pikaci(["catalog"]),
    /^error: Cannot use ".*\/pikaci\.config\.js" as the config: found pikaci\.config\.js, expected a \.ts file, .*\n {2}Rename it to pikaci\.config\.ts\n$/,
  );
  refused(
    await project.pikaci(["catalog", "--config", "nope.ts"]),
    /^error: Cannot find the config ".*\/nope\.ts" named by --config\n$/,
  );
  await Deno.remove(project.path("pikaci.config.js"));
  refused(
    await project.pikaci(["catalog"]),
    /^error: Cannot find pikaci\.config\.ts in ".*" or a folder above it\n {2}Write one with `pikaci init`/,
  );
});

Deno.test("a config that deno.json excludes is refused, whether it stands there itself or its folder", async () => {
  for (const exclude of ["pikaci.config.ts", "../"]) {
    await using project = await uncheckedProject({ "pikaci.config.ts": good }, {
      denoFields: { exclude: [exclude] },
    });
    refused(
      await project.pikaci(["catalog"]),
      /^error: Cannot check the types of ".*": Deno leaves it out, as it matches "exclude" in ".*\/deno\.json"\n/,
    );
  }
});

Deno.test("@ts-nocheck is refused in the config and in what it imports", async () => {
  await using project = await uncheckedProject({
    "pikaci.config.ts": `// Our CI.\n// @ts-nocheck: later\n${good}`,
  });
  refused(
    await project.pikaci(["catalog"]),
    /^error: Found @ts-nocheck at pikaci\.config\.ts:2, which hides wrong types/,
  );
  await project.write("pikaci.config.ts", `import "./ci/lib.ts";\n${good}`);
  await project.write("ci/lib.ts", "// @ts-nocheck\nconst a: string = 1;");
  refused(await project.pikaci(["catalog"]), /@ts-nocheck at ci\/lib\.ts:1,/);
});

Deno.test("a syntax error is shown where it stands", async () => {
  await using project = await uncheckedProject({
    "pikaci.config.ts": "export default (\n",
  });
  refused(
    await project.pikaci(["catalog"]),
    /failed\n\nerror: SyntaxError: [^]*at file:.*\/pikaci\.config\.ts:1:\d+\n$/,
  );
});
