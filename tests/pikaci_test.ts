import assert from "node:assert/strict";
import { makeProject } from "./project.ts";

Deno.test("makeProject() writes files and commits them", async () => {
  await using project = await makeProject({ "a/b.txt": "b" }, { git: true });
  assert.equal(await project.read("a/b.txt"), "b");
  assert.equal(await project.git("status", "--porcelain"), "");
  assert.equal(await project.git("ls-files"), "a/b.txt\ndeno.json");
});

Deno.test("project.pikaci() runs the program", async () => {
  await using project = await makeProject({});
  const { code, stdout, stderr } = await project.pikaci(["--version"]);
  assert.deepEqual({ code, stderr }, { code: 0, stderr: "" });
  assert.match(stdout, /^pikaci \d+\.\d+\.\d+/);
});

Deno.test("project.start() waits for a line, and says when it can't come", async () => {
  await using project = await makeProject({});
  await using process = project.start([], {
    command: ["sh", "-c", 'echo one; echo \'{"event":"two"}\'; cat'],
    stdin: "three\n",
  });
  assert.equal(await process.line("one"), "one");
  assert.deepEqual(await process.event("two"), { event: "two" });
  assert.equal((await process.result).stdout.endsWith("three\n"), true);
  await assert.rejects(process.line("four"), /ended without line 1 with four/);
});

Deno.test("a project's config counts as checked, and pikaci finds it so", async () => {
  await using project = await makeProject({
    "pikaci.config.ts":
      `import { defineConfig } from "@pikaci/pikaci";\nconst wrong: string = 1;\nexport default defineConfig({ jobs: [] });\nexport { wrong };\n`,
  });
  for (let times = 0; times < 2; times++) {
    const { code, stderr } = await project.pikaci(["catalog"]);
    assert.equal(code, 0, stderr);
  }
});
