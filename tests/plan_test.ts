import assert from "node:assert/strict";
import { makeProject, type Project } from "./project.ts";

const config = `
import { changed, defineConfig, job, matrix, sh, shellOutput, ssh, target } from "@pikaci/pikaci";

const gen = shellOutput({ id: "gen", command: sh\`make gen\`, outputs: ["out/**"] });
const lint = job({ id: "lint", inputs: ["src/**"], guestCommand: sh\`true lint\` });
const unit = job({ id: "unit", needs: [lint, gen], guestCommand: sh\`true unit\` });
const docs = job({ id: "docs", when: changed("docs/**"), guestCommand: sh\`true docs\` });
const far = job({ id: "far", placement: ssh({ id: "build-1", address: "ci@build-1.lan" }), guestCommand: sh\`true far\` });
const node = matrix(
  { id: "node", axes: { version: [20, 22] } },
  ({ id, version }) => job({ id, guestCommand: sh\`true \${version}\` }),
);
const preMerge = target({ id: "pre-merge", filters: ["src/**"], jobs: [unit, docs] });

export default defineConfig({
  targets: [preMerge, target({ id: "remote", jobs: [far] }), target({ id: "nodes", jobs: [node] })],
  defaultTarget: preMerge,
});
`;

/** A repository on a branch with \`src/a.txt\` changed and committed. */
async function makeBranch(): Promise<Project> {
  const project = await makeProject({
    "pikaci.config.ts": config,
    "src/a.txt": "one\n",
    "docs/guide.md": "guide\n",
  }, { git: true });
  await project.git("branch", "-M", "main");
  await project.git("checkout", "-q", "-b", "work");
  await project.write("src/a.txt", "two\n");
  await project.git("commit", "-qam", "Change a file");
  return project;
}

Deno.test("pikaci plan shows decisions, reasons, needs, places and commands", async () => {
  await using project = await makeBranch();
  const { code, stdout, stderr } = await project.pikaci(["plan"]);
  assert.equal(stderr, "");
  assert.equal(code, 0);
  assert.match(stdout, /^Plan of pre-merge: 3 run, 1 skip\n/);
  assert.match(
    stdout,
    / {2}changes {3}1 file: compared with [0-9a-f]{9}, where work left the default branch main\n/,
  );
  assert.match(stdout, /\nprepare-gen runs {2}Make out\/\*\*\n/);
  assert.match(
    stdout,
    /\nunit runs {2}true unit\n {2}why {7}src\/a\.txt matches "src\/\*\*" of target "pre-merge"\n {2}needs {5}prepare-gen, lint\n {2}where {5}local, host_process\n {2}commands {2}/,
  );
  assert.match(
    stdout,
    /\ndocs is skipped {2}true docs\n {2}why {7}changed\(docs\/\*\*\): no changed file matches\n/,
  );
});

Deno.test("pikaci plan takes targets, jobs, cells and patterns, and leaves out", async () => {
  await using project = await makeBranch();
  const planned = async (...names: string[]): Promise<unknown> => {
    const { stdout } = await project.pikaci(["plan", "--json", ...names]);
    const { nodes } = JSON.parse(stdout);
    return nodes.map((node: { id: string; decision: string }) =>
      `${node.id} ${node.decision}`
    );
  };
  assert.deepEqual(await planned("node:version=22", "remote"), [
    "execute-far run",
    "execute-node-22 run",
  ]);
  assert.deepEqual(await planned("no*", "!node-20", "lint"), [
    "execute-lint run",
    "execute-node-22 run",
  ]);
  const unknown = await project.pikaci(["plan", "unti"]);
  assert.equal(unknown.code, 2);
  assert.match(
    unknown.stderr,
    /Cannot find "unti" among the targets and jobs; did you mean "unit"\?\n {2}targets: pre-merge, remote, nodes\n/,
  );
});

Deno.test("pikaci plan decides against the base it is given, and prints it", async () => {
  await using project = await makeBranch();
  const same = await project.pikaci(["plan", "--base", "HEAD"]);
  assert.equal(same.code, 3);
  assert.match(same.stdout, /0 files: compared with HEAD/);
  assert.match(same.stderr, /^Nothing to run\nno file changed/);

  const list = await project.pikaci(["plan", "--changed-files", "-"], {
    stdin: "docs/guide.md\nsrc/b.txt\n",
  });
  assert.equal(list.code, 0);
  assert.match(list.stdout, /^Plan of pre-merge: 4 run\n/);
  assert.match(list.stdout, /src\/b\.txt matches/);

  const all = await project.pikaci(["plan", "--all"]);
  assert.match(all.stdout, /every file counts as changed, as asked with --all/);
});

Deno.test("pikaci plan --explain tells the story of one job", async () => {
  await using project = await makeBranch();
  const lint = await project.pikaci(["plan", "--explain", "lint"]);
  assert.equal(lint.code, 0);
  assert.match(lint.stdout, /^lint runs\n/);
  assert.match(lint.stdout, /\nWhy\n {2}needed by "unit"\n/);
  assert.match(lint.stdout, /\n {2}made of 1 file\n {2}the job has no/);

  const far = await project.pikaci(["plan", "remote", "--explain", "far"]);
  assert.match(
    far.stdout,
    /\n {2}host build-1\n {4}address ci@build-1\.lan \(config\)\n/,
  );
  const elsewhere = await project.pikaci(["plan", "--explain", "far"]);
  assert.match(elsewhere.stdout, /^far is not in the plan of pre-merge: /);
  assert.equal((await project.pikaci(["plan", "--explain", "fra"])).code, 2);

  await using without = await makeProject({
    "pikaci.config.ts": config.replace("  defaultTarget: preMerge,\n", ""),
  });
  const alone = await without.pikaci(["plan", "--explain", "far"]);
  assert.match(alone.stdout, /^far runs\n[^]*\nWhy\n {2}asked for by its id/);
});

Deno.test("pikaci plan --graph draws the needs", async () => {
  await using project = await makeBranch();
  const { stdout } = await project.pikaci(["plan", "--graph", "dot"]);
  assert.match(stdout, /^digraph plan \{\n/);
  assert.match(stdout, / {2}"execute-lint" -> "execute-unit";\n/);
});
