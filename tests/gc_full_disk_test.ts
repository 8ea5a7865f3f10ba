/** `pikaci gc` where not one byte is free on the disk of the state folder. */
import assert from "node:assert/strict";
import { leaveOut } from "./leave_out.ts";
import { makeProject } from "./project.ts";
import { mountDisk, noDisk } from "./small_disk.ts";

Deno.test({
  name:
    "gc on a full disk removes first what takes no writing, then says what to remove by hand",
  ignore: leaveOut("full disks", await noDisk()),
  async fn(t) {
    await using disk = await mountDisk("8m");
    const state = `${disk.path}/state`;
    await using p = await makeProject({
      "pikaci.config.ts": `
import { cache, defineConfig, job, sh, target } from "@pikaci/pikaci";
const store = cache({ id: "store", env: "STORE", key: "1" });
const writes = job({
  id: "writes",
  workspace: "writable",
  caches: [store],
  artifacts: ["big"],
  guestCommand: sh\`head -c 200000 /dev/urandom >big; cp big "$STORE/"\`,
});
const passes = job({ id: "passes", inputs: ["input"], artifacts: ["input"], guestCommand: sh\`true\` });
export default defineConfig({ targets: [
  target({ id: "all", jobs: [writes] }),
  target({ id: "passes", jobs: [passes] }),
] });
`,
      input: "1",
    });
    const pikaci = (verb: string, ...args: string[]) =>
      p.pikaci([verb, "--state-root", state, ...args]);
    const runs = async () =>
      (await Array.fromAsync(Deno.readDir(`${state}/runs`), (e) => e.name))
        .toSorted();
    const run = async (target: string) => {
      const { code, stderr } = await pikaci("run", target);
      assert.equal(code, 0, stderr);
    };
    await run("passes");
    await run("all");
    await run("all");
    const all = await runs();

    await t.step("which tells what would go without writing", async () => {
      await disk.fill();
      const { code, stdout } = await pikaci(
        "gc",
        "--dry-run",
        "--keep-runs",
        "1",
      );
      assert.equal(code, 0);
      assert.match(stdout, /^removed_runs=2\n/);
      assert.deepEqual(await runs(), all);
    });
    await t.step("which makes room by checkouts", async () => {
      const { code, stdout, stderr } = await pikaci("gc", "--keep-runs", "2");
      assert.equal(code, 0, stderr);
      assert.match(stderr, /^The disk of ".*" is full\n/);
      assert.match(stderr, /^Removed checkouts that no job uses: [12]$/m);
      assert.match(stdout, /^removed_runs=1\n/);
      await disk.free();
      assert.equal((await pikaci("run", "passes", "--output", "json")).code, 0);
    });
    await t.step("which makes room by the files of old runs", async () => {
      const made = await pikaci("run", "all", "--output", "json");
      const newest = JSON.parse(made.stdout).run_id;
      await Deno.remove(`${state}/checkouts`, { recursive: true });
      await disk.fill();
      const { code, stderr } = await pikaci("gc", "--keep-runs", "1");
      assert.equal(code, 0, stderr);
      assert.match(stderr, /^Removed checkouts that no job uses: 0$/m);
      assert.match(stderr, /^Removed the files of old runs: [1-9]$/m);
      assert.deepEqual(await runs(), [newest]);
      await disk.free();
      const { stdout } = await pikaci("run", "passes", "--output", "json");
      assert.equal(
        JSON.parse(stdout).jobs[0].status,
        "cached",
        "what a pass needs is left",
      );
    });
    await t.step("which can do no more", async () => {
      await Deno.remove(`${state}/checkouts`, { recursive: true })
        .catch(() => {});
      await disk.fill();
      const { code, stderr } = await pikaci("gc");
      assert.equal(code, 4);
      assert.match(
        stderr,
        /the disk is full, and nothing is left that can go without writing[^]*\n {2}rm -r '.*\/state\/cache' {2}# \d+ KiB\n/,
      );
      await Deno.remove(`${state}/cache`, { recursive: true });
      assert.equal((await pikaci("gc")).code, 0);
    });
  },
});
