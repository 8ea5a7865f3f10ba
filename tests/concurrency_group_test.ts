/** Concurrency groups, over the repositories of a user. */
import assert from "node:assert/strict";
import { makeProject, type Project } from "./project.ts";

/** A git repository with a config and a state folder of its own. */
function repository(jobId: string): Promise<Project> {
  return makeProject({
    "pikaci.config.ts": `
import { defineConfig, job, sh, target } from "@pikaci/pikaci";
const one = job({
  id: "${jobId}",
  concurrencyGroup: "deploy",
  passEnv: ["GATE"],
  guestCommand: sh\`mkdir "$GATE/inside"; until test -e "$GATE/go"; do sleep 0.05; done; rmdir "$GATE/inside"\`,
});
export default defineConfig({ targets: [target({ id: "all", jobs: [one] })] });
`,
  }, { git: true });
}

Deno.test("a group lets one job in at a time over two repositories, and says for whom the other waits", async () => {
  await using app = await repository("app");
  await using site = await repository("site");
  const gate = await Deno.makeTempDir();
  const env = { HOME: app.home, GATE: gate };
  await using first = app.start(["run"], { env });
  await first.line("app started");
  await using second = site.start(["run"], { env });
  const line = await second.line("concurrency group");
  const { runs } = JSON.parse((await app.pikaci(["list", "--json"])).stdout);
  assert.match(
    line,
    new RegExp(
      `^ *site waits for concurrency group deploy, held by app of ${
        runs[0].run_id
      } since \\d{4}-\\d\\d-\\d\\d \\d\\d:\\d\\d:\\d\\d$`,
    ),
  );
  assert.doesNotMatch(second.stdout, /site started/);
  await Deno.writeTextFile(`${gate}/go`, "");
  const ends = await Promise.all([first.result, second.result]);
  // Two at once would not both make the folder.
  assert.deepEqual(ends.map(({ code }) => code), [0, 0]);
  const [ended] =
    JSON.parse((await site.pikaci(["list", "--json"])).stdout).runs;
  assert.equal(ended.status, "passed", "in a state folder of its own");
  await Deno.remove(gate, { recursive: true });
});
