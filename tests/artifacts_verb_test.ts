/** `pikaci artifacts`: what jobs left. */
import assert from "node:assert/strict";
import { join } from "@std/path";
import type { RecordedRun } from "./recorded_runs.ts";
import { first, withRuns } from "./recorded_state.ts";

Deno.test("artifacts lists what jobs left, and copies it", async () => {
  const runs: Readonly<Record<string, RecordedRun>> = {
    [first]: {
      jobs: {
        build: { artifacts: { "dist/a.js": "aa", "dist/b b.js": "b" } },
        unit: { artifacts: { "report.xml": "<x/>" } },
        lint: {},
      },
    },
  };
  await withRuns(runs, async (verb, stateRoot) => {
    const all = await verb(["artifacts"]);
    assert.equal(
      all.stdout,
      "build\tdist/a.js\t2\nbuild\tdist/b b.js\t1\nunit\treport.xml\t4\n",
    );
    const to = join(stateRoot, "..", "out");
    const copied = await verb(["artifacts", "latest", "build", "--to", "out"]);
    assert.equal(copied.code, 0, copied.stderr);
    assert.equal(await Deno.readTextFile(join(to, "dist/b b.js")), "b");
    await verb(["artifacts", "latest", "--to", "out"]);
    assert.equal(await Deno.readTextFile(join(to, "unit/report.xml")), "<x/>");
    const wrong = await verb(["artifacts", "latest", "biuld"]);
    assert.equal(wrong.code, 2);
    assert.match(wrong.stderr, /has no job "biuld": did you mean "build"\?/);
    await Deno.remove(
      join(stateRoot, "runs", first, "jobs/build/artifacts/dist/a.js"),
    );
    const gone = await verb(["artifacts", "latest", "build", "--to", "out"]);
    assert.equal(gone.code, 4);
    assert.match(gone.stderr, /Artifact "dist\/a\.js" is gone/);
  });
});
