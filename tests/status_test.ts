/** `pikaci status`: one run. */
import assert from "node:assert/strict";
import { openStore } from "../store/store.ts";
import { makeProject } from "./project.ts";
import { recordRun } from "./recorded_runs.ts";
import { first, second, third, threeRuns, withRuns } from "./recorded_state.ts";

Deno.test("status shows each job with its cause, its time and what to do", async () => {
  await withRuns(threeRuns, async (verb) => {
    const { code, stdout } = await verb(["status", second], {
      env: { TZ: "UTC" },
    });
    assert.equal(code, 0);
    assert.match(stdout, new RegExp(`^${second} pre-merge failed\n`));
    assert.match(stdout, /✓ +unit +passed +1\.5 s +flaky: passed in attempt 2/);
    assert.match(stdout, /✗ +server +failed +1\.5 s +job server failed/);
    assert.match(stdout, /- +docs +skipped/);
    assert.match(stdout, /attempt 1 failed after 1\.5 s: exit code 1/);
    assert.match(stdout, new RegExp(`pikaci logs ${second} server\n`));
    assert.match(
      stdout,
      /1 passed, 1 failed, 1 skipped, 1 flaky in 10 min 0 s\n$/,
    );
  });
});

Deno.test("status --json prints the record", async () => {
  await withRuns(threeRuns, async (verb, stateRoot) => {
    const { stdout } = await verb(["status", "1bad", "--json"]);
    using store = await openStore({ stateRoot, readOnly: true });
    assert.deepEqual(JSON.parse(stdout), await store.run(second));
  });
});

Deno.test("status takes the latest run, a part of an id, and says what it does not know", async () => {
  await withRuns(threeRuns, async (verb) => {
    const id = async (...args: string[]) => {
      const { code, stdout, stderr } = await verb(["status", ...args]);
      return code === 0 ? stdout.split(" ")[0] : stderr;
    };
    assert.equal(await id(), third);
    assert.equal(await id("latest"), third);
    assert.equal(await id(first), first);
    assert.equal(await id("20260102T030402"), second);
    assert.equal(await id("0badc"), first);
    assert.match(`${await id("0bad")}`, /ambiguous: .*0bad0000, .*0badcafe/);
    assert.match(
      `${await id("2badcafe")}`,
      /Unknown run "2badcafe": did you mean ".*1badcafe"/,
    );
    assert.match(
      `${await id("nope")}`,
      new RegExp(`Unknown run "nope": the newest are ${third}, ${second}, `),
    );
    assert.equal((await verb(["status", "nope"])).code, 2);
  });
});

Deno.test("status closes runs whose process is gone before it shows them", async () => {
  await using project = await makeProject({});
  const stateRoot = project.path(".pikaci");
  {
    using store = await openStore({ stateRoot });
    // No process has this start time.
    const started = { pid: Deno.pid, pid_started: "1" };
    await recordRun(store, first, { started, status: "running" });
  }
  const env = { PIKACI_STATE_ROOT: stateRoot };
  const { code, stdout, stderr } = await project.pikaci(["status"], { env });
  assert.equal(code, 0, stderr);
  assert.match(stdout, /^\S+ pre-merge interrupted\n/);
  const file = JSON.parse(
    await project.read(`.pikaci/runs/${first}/run.json`),
  );
  assert.equal(file.status, "interrupted");
});

Deno.test("status closes runs also where the leases can't be opened", async () => {
  await using project = await makeProject({ "no-folder": "" });
  const stateRoot = project.path(".pikaci");
  {
    using store = await openStore({ stateRoot });
    const started = { pid: Deno.pid, pid_started: "1" };
    await recordRun(store, first, { started, status: "running" });
  }
  const { code, stdout, stderr } = await project.pikaci(["status"], {
    env: {
      PIKACI_STATE_ROOT: stateRoot,
      XDG_STATE_HOME: project.path("no-folder"),
    },
  });
  assert.equal(code, 0, stderr);
  assert.match(stdout, /^\S+ pre-merge interrupted\n/);
});
