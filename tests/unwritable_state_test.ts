/** What verbs do where the state folder cannot be written. */
import assert from "node:assert/strict";
import { join } from "@std/path";
import { openStore } from "../store/store.ts";
import { leaveOut } from "./leave_out.ts";
import { makeProject } from "./project.ts";
import { recordRun } from "./recorded_runs.ts";
import { mountDisk, noDisk } from "./small_disk.ts";

const config = `import { defineConfig, job, sh, target } from "@pikaci/pikaci";
const unit = job({ id: "unit", guestCommand: sh\`true\` });
export default defineConfig({ targets: [target({ id: "all", jobs: [unit] })] });
`;
const runId = "20260102T030405Z-0badcafe";

Deno.test({
  name:
    "on a full or a read-only disk verbs show what there is, and say why they cannot write",
  ignore: leaveOut("verbs on a full disk", await noDisk()),
  async fn() {
    await using project = await makeProject({ "pikaci.config.ts": config });
    await using disk = await mountDisk("8m");
    const stateRoot = join(disk.path, "state");
    {
      using store = await openStore({ stateRoot });
      // No process has this start time: the run is one that a crash cut off.
      const started = { pid: Deno.pid, pid_started: "1" };
      await recordRun(store, runId, { started, status: "running" });
    }
    const verb = (...args: string[]) =>
      project.pikaci([...args, "--state-root", stateRoot]);
    const stays = async (status: string) => {
      const { code, stdout, stderr } = await verb("list");
      assert.deepEqual([code, stderr], [0, ""]);
      assert.match(stdout, new RegExp(`^${runId}\\t${status}\\t`));
    };

    await disk.fill();
    await stays("running");
    for (const args of [["plan"], ["run"]]) {
      const { code, stdout, stderr } = await verb(...args);
      assert.deepEqual([code, stdout], [4, ""], stderr);
      assert.match(stderr, /^error: Cannot write to .*(disk is full|No space)/);
      assert.match(stderr, /Free some space/);
    }

    await disk.free();
    await disk.remount("ro");
    await stays("running");
    for (const args of [["plan"], ["run"], ["gc"]]) {
      const { code, stdout, stderr } = await verb(...args);
      assert.deepEqual([code, stdout], [4, ""], stderr);
      assert.match(stderr, /^error: Cannot write to .*Read-only file system/);
      assert.match(stderr, /Make it writable/);
    }

    await disk.remount("rw");
    await stays("interrupted");
  },
});
