/** Hostile names all the way: files, artifacts, commands, variables. */
import assert from "node:assert/strict";
import type { RunRecord } from "../model/record.ts";
import { makeProject } from "./project.ts";

const names = [
  "-rf",
  "--",
  "$(touch pwned)",
  "`touch pwned`",
  "a;touch pwned",
  "it's",
  'double "quoted"',
  "two\nlines",
  "tab\there",
  " spaces ",
  "*",
  "[a]",
  "\\backslash",
  "ünï-cödé",
  "%0A::error::x",
];

const config = `
import { artifact, defineConfig, job, sh, target } from "@pikaci/pikaci";

const names: string[] = ${JSON.stringify(names)};
const all = artifact({ id: "all", paths: ["out/**"] });
const make = job({
  id: "make",
  workspace: "writable",
  artifacts: [all],
  env: Object.fromEntries(names.map((name, i) => ["NAME_" + i, name])),
  guestCommand: sh\`mkdir out; for name in \${names}; do cat "./in/$name"; cp "./in/$name" ./out/; done; printf '%s' "$NAME_2"\`,
});
const take = job({
  id: "take",
  needs: [all],
  guestCommand: sh\`for name in \${names}; do cmp "./in/$name" "./out/$name"; done; test "$(ls -A out | wc -l)" -ge \${names.length}\`,
});

export default defineConfig({ targets: [target({ id: "names", jobs: [make, take] })] });
`;

Deno.test("names that look like options, commands or patterns are only names", async () => {
  await using project = await makeProject({
    "pikaci.config.ts": config,
    ...Object.fromEntries(names.map((name) => [`in/${name}`, `${name}!`])),
  }, { git: true });
  const { code, stdout, stderr } = await project.pikaci([
    "run",
    "--output",
    "json",
  ]);
  assert.equal(code, 0, stderr + stdout);
  const run: RunRecord = JSON.parse(stdout);
  assert.deepEqual(
    run.jobs[0]?.artifacts,
    names.map((name) => `out/${name}`).sort(),
  );
  const log = await project.read(`.pikaci/${run.jobs[0]?.host_log_path}`);
  assert.ok(log.includes("-rf!--!"));
  assert.ok(log.includes("$(touch pwned)"));
  await assert.rejects(Deno.stat(project.path("pwned")));
});
