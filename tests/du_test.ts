/** `pikaci du`: what takes how much. */
import assert from "node:assert/strict";
import { join } from "@std/path";
import { first, withRuns } from "./recorded_state.ts";

Deno.test("du adds up the parts of the state folder", async () => {
  const runs = {
    [first]: { jobs: { unit: { log: "x".repeat(50_000) } } },
  };
  await withRuns(runs, async (verb, stateRoot) => {
    const log = join(stateRoot, "runs", first, "jobs/unit/attempt-1/host.log");
    await Deno.mkdir(join(stateRoot, "checkouts"));
    await Deno.link(log, join(stateRoot, "checkouts/same"));
    const value = JSON.parse((await verb(["du", "--json"])).stdout);
    const part = (name: string) =>
      value.parts.find((part: { name: string }) => part.name === name);
    assert(part("runs").bytes >= 50_000);
    assert(part("database").files >= 1);
    // A second name of a file takes no space.
    assert(part("checkouts").bytes < 50_000);
    assert.equal(
      value.total_bytes,
      value.parts.reduce(
        (sum: number, { bytes }: { bytes: number }) => sum + bytes,
        0,
      ),
    );
    const { stdout } = await verb(["du"]);
    assert.match(stdout, /^\d+\truns\truns\n/);
    const { stdout: table } = await verb(["du"], { columns: 80 });
    assert.match(table, /KiB {2}runs +3 files +runs\n/);
  });
});
