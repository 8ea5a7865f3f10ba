import assert from "node:assert/strict";
import { cli } from "./pikaci.ts";
import { makeProject, type Project } from "./project.ts";

const config = `import { defineConfig, job, sh, target } from "@pikaci/pikaci";
const unit = job({ id: "unit", description: "Unit tests", guestCommand: sh\`true\` });
export default defineConfig({ targets: [target({ id: "all", jobs: [unit] })] });
`;

async function words(project: Project, ...line: string[]): Promise<string[]> {
  const { code, stdout } = await project.pikaci(["complete", "--", ...line]);
  assert.equal(code, 0);
  return stdout.split("\n").slice(0, -1).map((word) =>
    word.split("\t")[0] ?? ""
  );
}

Deno.test("pikaci complete knows verbs, flags and their values", async () => {
  await using project = await makeProject({});
  const verbs = await words(project, "");
  assert.ok(verbs.includes("targets") && verbs.includes("completion"));
  assert.ok(!verbs.includes("complete"));
  assert.deepEqual(await words(project, "targ"), ["targets"]);
  assert.deepEqual(await words(project, "catalog", "--js"), ["--json"]);
  assert.deepEqual(await words(project, "catalog", "--no"), ["--no-color"]);
  assert.deepEqual(await words(project, "completion", ""), [
    "bash",
    "zsh",
    "fish",
  ]);
  assert.deepEqual(await words(project, "--state-root", "x", "comp"), [
    "completion",
  ]);
  assert.deepEqual(await words(project, "catalog", "--config", ""), []);
  assert.deepEqual(await words(project, "nonsense", ""), []);
});

Deno.test("pikaci complete knows the config's targets and jobs, and the runs", async () => {
  await using project = await makeProject({ "pikaci.config.ts": config });
  assert.deepEqual(await words(project, "run", ""), ["all", "unit"]);
  assert.deepEqual(await words(project, "run", "--all", "u"), ["unit"]);
  assert.deepEqual(await words(project, "run", "--output", "json"), [
    "json",
    "jsonl",
  ]);
  assert.deepEqual(await words(project, "run", "--output=j"), [
    "--output=json",
    "--output=jsonl",
  ]);
  const { stdout } = await project.pikaci(["run", "--output", "json"]);
  const { run_id } = JSON.parse(stdout);
  assert.deepEqual(await words(project, "status", ""), [run_id]);
  // A config that doesn't load completes nothing, and says nothing.
  await project.write("pikaci.config.ts", "syntax error");
  const { code, stderr } = await project.pikaci(["complete", "--", "run", ""]);
  assert.deepEqual([code, stderr], [0, ""]);
});

Deno.test("the script of bash completes a line", async () => {
  await using project = await makeProject({ "pikaci.config.ts": config });
  const { stdout: script } = await project.pikaci(["completion", "bash"]);
  await project.write("script", script);
  const { code, stdout, stderr } = await project.pikaci([], {
    command: [
      "bash",
      "-c",
      `pikaci() { "${Deno.execPath()}" run -A --config deno.json "${cli}" "$@"; }
source ./script
COMP_WORDS=(pikaci catalog --js); COMP_CWORD=2; _pikaci; echo "\${COMPREPLY[@]}"
COMP_WORDS=(pikaci comp); COMP_CWORD=1; _pikaci; echo "\${COMPREPLY[@]}"
complete -p pikaci`,
    ],
  });
  assert.deepEqual([code, stderr], [0, ""]);
  assert.equal(
    stdout,
    "--json\ncompletion\ncomplete -o default -F _pikaci pikaci\n",
  );
});

Deno.test("pikaci completion refuses a shell it doesn't know", async () => {
  await using project = await makeProject({});
  const { code, stderr } = await project.pikaci(["completion", "tcsh"]);
  assert.deepEqual([code, stderr], [
    2,
    'error: Cannot complete for shell "tcsh": it is one of bash, zsh, fish\n',
  ]);
});
