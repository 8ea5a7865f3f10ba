/** `pikaci gc`: what goes of a state folder. */
import assert from "node:assert/strict";
import { join } from "@std/path";
import { processStartTime } from "../hosts/process_table.ts";
import { openLeases } from "../runner/open_leases.ts";
import { first, second, third, threeRuns, withRuns } from "./recorded_state.ts";

Deno.test("gc keeps the newest runs and says what it removed", async () => {
  await withRuns(threeRuns, async (verb) => {
    const dry = await verb(["gc", "--keep-runs", "0", "--dry-run"]);
    assert.equal(dry.stdout, `removed_runs=2\n${second}\n${first}\n`);
    assert.match(dry.stderr, /^Would free/);
    const json = await verb(["gc", "--keep-runs", "2", "--json"]);
    assert.deepEqual(JSON.parse(json.stdout).removed_runs, [first]);
    const real = await verb(["gc", "--keep-runs", "0"]);
    assert.equal(real.stdout, `removed_runs=1\n${second}\n`);
    const { stdout } = await verb(["list"]);
    assert.match(stdout, new RegExp(`^${third}\trunning\t[^\n]*\n$`));
  });
});

Deno.test("gc removes the caches that were used least recently, none that a job uses", async () => {
  await withRuns({ [first]: {} }, async (verb, stateRoot) => {
    const cache = (name: string) => join(stateRoot, "cache/repository", name);
    for (const [index, name] of ["a/k1", "b/k1", "b/k2"].entries()) {
      await Deno.mkdir(join(cache(name), "data"), { recursive: true });
      await Deno.writeTextFile(
        join(cache(name), "data/x"),
        "x".repeat(600_000),
      );
      const last_used = `2026-01-0${index + 1}T00:00:00.000Z`;
      await Deno.writeTextFile(
        join(cache(name), "entry.json"),
        JSON.stringify({ schema_version: 1, key: "", last_used }),
      );
    }
    await Deno.mkdir(cache("c/torn"), { recursive: true });
    const home = join(stateRoot, "..", "home");
    const env = { HOME: home, XDG_STATE_HOME: join(home, "state") };
    const gc = async (...args: string[]) => {
      const { stdout, stderr } = await verb(["gc", "--json", ...args], { env });
      assert.equal(stderr, "");
      return JSON.parse(stdout).removed_caches;
    };
    assert.deepEqual(await gc("--cache-mib", "1", "--dry-run"), [
      "cache/repository/c/torn",
      "cache/repository/a/k1",
      "cache/repository/b/k1",
    ]);
    using leases = openLeases((name) => Object(env)[name], {
      pid: Deno.pid,
      pidStarted: await processStartTime(Deno.pid),
    });
    const claim = await leases.claim({
      name: `cache:${cache("a")}`,
      runId: first,
      jobId: "unit",
    });
    assert.deepEqual(await gc("--cache-mib", "1"), [
      "cache/repository/c/torn",
      "cache/repository/b/k1",
      "cache/repository/b/k2",
    ]);
    assert.deepEqual(await gc("--cache-mib", "1"), []);
    assert.deepEqual(await gc("--cache-mib", "0"), []);
    claim.lease?.[Symbol.dispose]();
    assert.deepEqual(await gc("--cache-mib", "0"), ["cache/repository/a/k1"]);
  });
});
