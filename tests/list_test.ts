/** `pikaci list`: the runs of a state folder. */
import assert from "node:assert/strict";
import { join } from "@std/path";
import { first, second, third, threeRuns, withRuns } from "./recorded_state.ts";
import { runVerb } from "./verb.ts";

Deno.test("list prints the original's columns when it is no terminal", async () => {
  await withRuns(threeRuns, async (verb) => {
    const { code, stdout, stderr } = await verb(["list"]);
    assert.equal(code, 0);
    assert.equal(stderr, "");
    assert.equal(
      stdout,
      [
        `${third}\trunning\tpre-merge\t2026-01-02T03:04:05.000Z`,
        `${second}\tfailed\tpre-merge\t2026-01-02T03:04:05.000Z`,
        `${first}\tpassed\tpre-merge\t2026-01-02T03:04:05.000Z`,
        "",
      ].join("\n"),
    );
  });
});

Deno.test("list filters by status and target, and takes a limit", async () => {
  await withRuns(threeRuns, async (verb) => {
    const ids = async (...args: string[]) => {
      const { code, stdout } = await verb(["list", ...args]);
      assert.equal(code, 0);
      return stdout.split("\n").slice(0, -1).map((line) => line.split("\t")[0]);
    };
    assert.deepEqual(await ids("--status", "failed"), [second]);
    assert.deepEqual(await ids("--target", "pre-merge"), [
      third,
      second,
      first,
    ]);
    assert.deepEqual(await ids("--target", "none"), []);
    assert.deepEqual(await ids("--limit", "1"), [third]);
    assert.deepEqual(await ids("--limit", "0"), [third, second, first]);
    const wrong = await verb(["list", "--status", "pased"]);
    assert.equal(wrong.code, 2);
    assert.match(wrong.stderr, /did you mean "passed"/);
  });
});

Deno.test("list shows times and counts of jobs on a terminal", async () => {
  await withRuns(threeRuns, async (verb) => {
    const { stdout } = await verb(["list"], { columns: 120 });
    assert.match(
      stdout,
      /1badcafe +failed +pre-merge +2026-.* +10 min 0 s +1 failed, 1 passed, 1 skipped, 1 flaky\n/,
    );
    const { stdout: json } = await verb(["list", "--json"], { columns: 120 });
    const value = JSON.parse(json);
    assert.equal(value.schema_version, 2);
    assert.deepEqual(value.runs[1].jobs, { failed: 1, passed: 1, skipped: 1 });
  });
});

Deno.test("list tolerates runs that cannot be read, and names them", async () => {
  await withRuns({ [second]: {} }, async (verb, stateRoot) => {
    const broken = join(stateRoot, "runs", first);
    await Deno.mkdir(broken);
    await Deno.writeTextFile(join(broken, "run.json"), '{"run_id": "2026');
    const { code, stdout, stderr } = await verb(["list"]);
    assert.equal(code, 0);
    assert.equal(stdout.split("\n").length, 2);
    assert.match(stderr, new RegExp(`^warning: .*${first}.*cannot be read`));
  });
});

Deno.test("list and status read the original's runs beside our own", async () => {
  await withRuns({ [second]: {} }, async (verb, stateRoot) => {
    const runId = "20260319T010203Z-deadbeef";
    await Deno.mkdir(join(stateRoot, "runs", runId));
    await Deno.copyFile(
      new URL("../store/testdata/original_run.json", import.meta.url),
      join(stateRoot, "runs", runId, "run.json"),
    );
    const list = await verb(["list"]);
    assert.match(
      list.stdout,
      /deadbeef\tfailed\tpre-merge-pika-rust\t2026-03-19T01:02:03\+00:00\n$/,
    );
    const status = await verb(["status", "deadbeef"]);
    assert.equal(status.code, 0, status.stderr);
    assert.match(status.stdout, /test command exited with 101/);
  });
});

Deno.test("list makes no state folder where there is none", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const stateRoot = join(folder, "state");
    const { code, stdout } = await runVerb(["list", "--state-root", stateRoot]);
    assert.deepEqual([code, stdout], [0, ""]);
    await assert.rejects(Deno.stat(stateRoot), Deno.errors.NotFound);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("list finds the state folder in the working directory without a config", async () => {
  await withRuns(threeRuns, async (_verb, stateRoot) => {
    const cwd = join(stateRoot, "..");
    await Deno.rename(stateRoot, join(cwd, ".pikaci"));
    const { code, stdout, stderr } = await runVerb(["list"], { cwd });
    assert.equal(code, 0, stderr);
    assert.equal(stdout.split("\n").length, 4);
    await Deno.remove(join(cwd, ".pikaci"), { recursive: true });
    const without = await runVerb(["list"], { cwd });
    assert.equal(without.code, 2);
    assert.match(without.stderr, /pikaci\.config\.ts/);
  });
});
