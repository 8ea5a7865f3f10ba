import assert from "node:assert/strict";
import { cli } from "./pikaci.ts";
import { makeProject, type Project } from "./project.ts";

/** Checks with Deno itself that what was written is well formed. */
async function formatted(project: Project, ...files: string[]): Promise<void> {
  const { code, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["fmt", "--check", "--no-config", ...files],
    cwd: project.root,
    env: { NO_COLOR: "1" },
  }).output();
  assert.equal(code, 0, new TextDecoder().decode(stderr));
}

Deno.test("pikaci init writes a config that loads, for what it finds", async () => {
  await using project = await makeProject({
    "package.json": `{ "scripts": { "test": "node --test" } }`,
    "Cargo.toml": "",
  });
  const { code, stdout, stderr } = await project.pikaci(["init"]);
  assert.deepEqual([code, stderr], [0, ""]);
  assert.match(
    stdout,
    /^Wrote pikaci\.config\.ts\nAdded the task "ci" to deno\.json\nNext: deno task ci\n$/,
  );
  await formatted(project, "pikaci.config.ts");
  const { tasks } = JSON.parse(await project.read("deno.json"));
  const task = /^deno run -A (--node-modules-dir=none) \S+\/cli(?:\.ts)? run$/
    .exec(
      tasks.ci,
    );
  assert.ok(task, tasks.ci);
  const config = await project.read("pikaci.config.ts");
  await project.write(
    "pikaci.config.ts",
    `${config}\nif (Deno.env.has("PIKACI_RELAUNCHED")) throw new Error("Started twice");\n`,
  );
  const targets = await project.pikaci(["targets"], {
    command: [
      Deno.execPath(),
      ...["run", "-A", task[1] ?? ""],
      ...["--config", project.path("deno.json")],
      cli,
    ],
  });
  assert.equal(
    targets.stdout,
    `pre-merge  Before a merge  [default]
  deno   Format, lint, types and tests with Deno (host_process)
  npm    Tests with npm (host_process)
  cargo  Tests with Cargo (host_process)
`,
    targets.stderr,
  );
});

Deno.test("pikaci init installs by the lock of npm only where there is one", async () => {
  const manifest = `{ "scripts": { "test": "node --test" } }`;
  for (
    const [files, command] of [
      [{}, "npm install && npm test"],
      [{ "package-lock.json": "{}" }, "npm ci && npm test"],
    ] as const
  ) {
    await using project = await makeProject({
      "package.json": manifest,
      ...files,
    });
    assert.equal((await project.pikaci(["init"])).code, 0);
    const config = await project.read("pikaci.config.ts");
    assert.ok(config.includes(`guestCommand: sh\`${command}\``), config);
  }
});

Deno.test("pikaci init leaves what is there as it is", async (t) => {
  await t.step("a config", async () => {
    await using project = await makeProject({ "pikaci.config.ts": "mine" });
    const { code, stdout, stderr } = await project.pikaci(["init"]);
    assert.deepEqual([code, stdout], [2, ""]);
    assert.match(stderr, /^error: Cannot write ".*": there is one already/);
    assert.equal(await project.read("pikaci.config.ts"), "mine");
  });
  await t.step("a task of the same name, and every other field", async () => {
    const fields = { tasks: { ci: "make" }, fmt: { lineWidth: 100 } };
    await using project = await makeProject({}, { denoFields: fields });
    const { stdout } = await project.pikaci(["init"]);
    assert.match(
      stdout,
      /Added the task "pikaci" to deno\.json\nNext: deno task pikaci\n/,
    );
    const after = JSON.parse(await project.read("deno.json"));
    assert.equal(after.tasks.ci, "make");
    assert.match(after.tasks.pikaci, /^deno run -A \S+\/cli(\.ts)? run$/);
    assert.deepEqual(after.fmt, { lineWidth: 100 });
  });
  await t.step("a deno.jsonc with comments", async () => {
    const text = `{\n  // Ours.\n  "imports": {}\n}\n`;
    await using project = await makeProject({ "deno.jsonc": text });
    await Deno.remove(project.path("deno.json"));
    const { stdout } = await project.pikaci(["init"], plain());
    assert.match(stdout, /Add to deno\.jsonc .*:\n\{\n {2}"imports": /);
    assert.equal(await project.read("deno.jsonc"), text);
  });
});

Deno.test("pikaci init in an empty folder makes a project with a task, and a job that can't pass as it is", async () => {
  await using project = await makeProject({});
  await Deno.remove(project.path("deno.json"));
  const { code, stdout } = await project.pikaci(["init"], plain());
  assert.equal(code, 0);
  assert.match(
    stdout,
    /\nWrote deno\.json with the import .*\nNext: deno task ci\n$/,
  );
  await formatted(project, "pikaci.config.ts", "deno.json");
  const { imports, tasks } = JSON.parse(await project.read("deno.json"));
  assert.match(imports["@pikaci/pikaci"], /\/mod\.ts$|^jsr:/);
  assert.match(tasks.ci, /^deno run -A \S+\/cli(\.ts)? run$/);
  assert.match(
    await project.read("pikaci.config.ts"),
    /guestCommand: sh`echo 'Say here what checks this project'; exit 1`/,
  );
});

/** As a person has it who has no deno.json yet. */
function plain(): { command: [string, ...string[]] } {
  return { command: [Deno.execPath(), "run", "-A", cli] };
}
