import assert from "node:assert/strict";
import { exitCodes } from "../commands/exit_codes.ts";
import { loadVerb, table } from "../commands/table.ts";
import { type CallOptions, cli } from "./pikaci.ts";
import { makeProject, type Project } from "./project.ts";

Deno.test("pikaci without a verb shows the help on stderr and fails", async () => {
  await using project = await makeProject({});
  const { code, stdout, stderr } = await project.pikaci([]);
  assert.equal(code, 2);
  assert.equal(stdout, "");
  assert.match(stderr, /^pikaci: .*\n\nUsage: pikaci VERB/);
});

Deno.test("pikaci --help lists the verbs and the exit codes", async () => {
  await using project = await makeProject({});
  for (const args of [["--help"], ["-h"], ["help"]]) {
    const { code, stdout, stderr } = await project.pikaci(args);
    assert.deepEqual({ code, stderr }, { code: 0, stderr: "" });
    for (const { name, summary, hidden } of table) {
      if (hidden) continue;
      assert.match(
        stdout,
        new RegExp(`^ +${name} +${summary.slice(0, 20)}`, "m"),
      );
    }
    for (const exitCode of Object.keys(exitCodes)) {
      assert.match(stdout, new RegExp(`^ +${exitCode} `, "m"));
    }
  }
});

Deno.test("pikaci refuses an unknown verb and suggests one", async () => {
  await using project = await makeProject({});
  const { code, stdout, stderr } = await project.pikaci(["catlog", "--json"]);
  assert.deepEqual({ code, stdout }, { code: 2, stdout: "" });
  assert.match(
    stderr,
    /^error: Unknown verb "catlog": did you mean "catalog"\?\n/,
  );
});

Deno.test("pikaci refuses an unknown option before and after the verb", async () => {
  await using project = await makeProject({});
  for (const args of [["--bogus", "catalog"], ["catalog", "--bogus"]]) {
    const { code, stdout, stderr } = await project.pikaci(args);
    assert.deepEqual({ code, stdout, stderr }, {
      code: 2,
      stdout: "",
      stderr: "error: Unknown option --bogus: --help lists the options\n",
    });
  }
});

Deno.test("pikaci ends quietly when the reader of its output goes", async () => {
  await using project = await makeProject({});
  const { code, stdout, stderr } = await project.pikaci(
    [],
    shell(project, 'set -o pipefail; "$@" --help | true'),
  );
  assert.deepEqual({ code, stdout, stderr }, {
    code: 0,
    stdout: "",
    stderr: "",
  });
});

/** A shell that runs pikaci as `"$@"`. */
function shell(project: Project, script: string): CallOptions {
  return {
    command: [
      "bash",
      "-c",
      script,
      "bash",
      Deno.execPath(),
      "run",
      "-A",
      "--config",
      project.path("deno.json"),
      cli,
    ],
  };
}

Deno.test("pikaci fails when its output can't be written", async () => {
  await using project = await makeProject({});
  const { code, stderr } = await project.pikaci(
    [],
    shell(project, '"$@" --help > /dev/full'),
  );
  assert.equal(code, 4);
  assert.match(stderr, /^error: Cannot write the output: No space left/);
});

for (const { name } of table) {
  Deno.test(`pikaci ${name}: every example is one the verb takes`, async () => {
    const command = await loadVerb(name);
    const { parseArguments } = await import("../commands/arguments.ts");
    assert.ok(command.examples.length > 0);
    for (const [line] of command.examples) {
      const [program, verb, ...args] =
        (line.split(/ [|>] /)[0]?.match(/'[^']*'|\S+/g) ?? [])
          .map((word) => word.replace(/^'(.*)'$/, "$1"));
      assert.deepEqual([program, verb], ["pikaci", name]);
      parseArguments(args, command.flags, command.positionals);
    }
  });
}
