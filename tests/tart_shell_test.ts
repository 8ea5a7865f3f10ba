/** Looking into the VM of a job that failed. */
import assert from "node:assert/strict";
import { leaveOut } from "./leave_out.ts";
import { noFakeTart, tartRig } from "./tart.ts";

Deno.test({
  name: "a kept VM can be entered until its time is over",
  ignore: leaveOut("shells in VMs of Tart", noFakeTart()),
  async fn() {
    await using rig = await tartRig({
      broken:
        `env: { WORD: "it's" }, workspace: "writable", guestCommand: sh\`echo found > clue; exit 1\``,
    });
    const ran = await rig.run("--keep-on-failure");
    assert.equal(ran.job().status, "failed");
    assert.match(
      ran.job().notices.join(),
      /two VM slots.*pikaci shell .* broken/,
    );
    const { tart_vm: vm = "" } = ran.job().attempts[0]?.facts ?? {};
    assert.ok((await rig.left()).includes(`VM ${vm}`));
    const shell = await rig.project.pikaci([
      ...["shell", "latest", "broken"],
      ...["--state-root", rig.project.path("..", "state")],
    ], {
      env: { PATH: rig.fake.path },
      stdin: 'echo "$WORD $PIKACI_JOB_ID $HOME"; pwd; cat clue\n',
    });
    // Without root the guest's home is a folder of this machine.
    assert.match(
      shell.stdout,
      /^it's broken (\/\S*Users\/admin)\n\1\/pikaci\/work\nfound\n$/,
      shell.stderr,
    );
    const gc = await rig.pikaci("gc");
    assert.equal(gc.code, 0, gc.stderr);
    assert.ok(rig.fake.vms().includes(vm));
    const record = rig.project.path("..", "state", "tart", "vms", `${vm}.json`);
    const text = await Deno.readTextFile(record);
    await Deno.writeTextFile(
      record,
      text.replace(
        /"kept_until":"[^"]*"/,
        '"kept_until":"2026-01-01T00:00:00Z"',
      ),
    );
    await rig.pikaci("gc");
    assert.deepEqual(await rig.left(), []);
  },
});
