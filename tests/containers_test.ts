/** One state folder, used from containers that do not see each other's processes. */
import assert from "node:assert/strict";
import { apart, noApart } from "./apart.ts";
import { leaveOut } from "./leave_out.ts";
import { cli } from "./pikaci.ts";
import { makeProject, type Project } from "./project.ts";

const config = `
import { defineConfig, job, sh, target } from "@pikaci/pikaci";
const waits = job({ id: "waits", passEnv: ["GATE"], guestCommand: sh\`until test -e "$GATE"; do sleep 0.05; done\` });
const quick = job({ id: "quick", guestCommand: sh\`true\` });
export default defineConfig({
  targets: [target({ id: "waits", jobs: [waits] }), target({ id: "quick", jobs: [quick] })],
});
`;

/** The record of the latest run but so many. */
async function latest(p: Project, back: number) {
  const { stdout, stderr } = await p.pikaci(["list", "--json"]);
  assert.notEqual(stdout, "", stderr);
  const { runs }: {
    readonly runs: readonly {
      readonly run_id: string;
      readonly status: string;
    }[];
  } = JSON.parse(stdout);
  return runs[back];
}

Deno.test({
  name: "a run in another container goes on, and is closed when that is gone",
  ignore: leaveOut("one state folder in containers", await noApart()),
  async fn() {
    await using p = await makeProject({ "pikaci.config.ts": config });
    const gate = p.path("..", "gate");
    const inside = () =>
      p.start(["run", "waits"], {
        env: { GATE: gate },
        command: [
          ...apart,
          ...[Deno.execPath(), "run", "-A", "--config", p.path("deno.json")],
          cli,
        ],
      });

    await using first = inside();
    await first.line("waits started");
    assert.equal((await latest(p, 0))?.status, "running");
    const { code, stderr } = await p.pikaci(["run", "quick"]);
    assert.equal(code, 0, stderr);
    assert.doesNotMatch(stderr, /interrupted/);
    assert.equal((await latest(p, 1))?.status, "running");
    await Deno.writeTextFile(gate, "");
    assert.equal((await first.result).code, 0);
    assert.equal((await latest(p, 1))?.status, "passed");

    await Deno.remove(gate);
    await using second = inside();
    await second.line("waits started");
    second.kill("SIGKILL");
    await second.result;
    assert.equal((await latest(p, 0))?.status, "interrupted");
  },
});
