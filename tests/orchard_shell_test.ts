/** Looking into the VM of a job that failed on a fleet. */
import assert from "node:assert/strict";
import { leaveOut } from "./leave_out.ts";
import { type OrchardRig, orchardRig } from "./orchard.ts";
import { cli } from "./pikaci.ts";
import { noFakeTart } from "./tart.ts";
import { startInTerminal, type Terminal } from "./terminal.ts";

const ignore = leaveOut("shells in VMs of a fleet", noFakeTart());
const broken =
  `env: { WORD: "it's" }, workspace: "writable", guestCommand: sh\`echo found > clue; exit 3\``;

/** A rig whose job `unit` has failed, and stands in its VM. */
async function keptRig(): Promise<OrchardRig> {
  const rig = await orchardRig({
    unit: broken,
    fine: `guestCommand: sh\`true\``,
  });
  const { code, job, run, stderr } = await rig.run("--keep-on-failure=60");
  assert.equal(code, 1, stderr);
  const how = `see it by: pikaci shell ${run.run_id} unit`;
  assert.ok(job().notices.join().includes(how), job().notices.join());
  return rig;
}

/** `pikaci shell latest unit` as a person types it. */
function shellAt({ project, fake, state }: OrchardRig): Promise<Terminal> {
  return startInTerminal([
    ...[Deno.execPath(), "run", "-A", "--config", project.path("deno.json")],
    ...[cli, "shell", "latest", "unit"],
    ...["--state-root", state],
  ], {
    cwd: project.root,
    env: { ...project.env, ORCHARD_TOKEN: fake.token },
    rows: 33,
    cols: 101,
  });
}

Deno.test({
  name:
    "the VM of a failed job is kept on the fleet, and commands are piped in",
  ignore,
  async fn() {
    await using rig = await keptRig();
    const { project, fake, state } = rig;
    const [vm] = fake.vms();
    assert.ok(vm !== undefined && vm.name.includes("-unit-1-"));
    const shell = (stdin: string, job = "unit") =>
      project.pikaci(["shell", "latest", job, "--state-root", state], {
        env: { ORCHARD_TOKEN: fake.token },
        stdin,
      });
    const found = await shell(
      'echo "$WORD $PIKACI_JOB_ID"; pwd; cat clue; tty; echo bad >&2\n',
    );
    assert.match(
      found.stdout,
      /^it's unit\n\/\S*Users\/admin\/pikaci\/work\nfound\nnot a tty\n$/,
      found.stderr,
    );
    assert.equal(found.stderr, "bad\n");
    assert.equal(found.code, 0);
    // What is printed is whole, however much it is.
    const much = await shell(
      "head -c 3000000 /dev/zero | tr '\\0' x; exit 7\n",
    );
    assert.equal(much.stdout.length, 3_000_000);
    assert.equal(much.code, 1);
    assert.match((await shell("", "fine")).stderr, /was not kept/);

    assert.equal((await rig.pikaci("gc")).code, 0);
    assert.deepEqual(fake.vms().map(({ name }) => name), [vm.name]);
    const requests = JSON.stringify(fake.requests);
    assert.ok(!requests.includes(fake.token.split(":")[1] ?? ""));

    fake.vanish(vm.name);
    const gone = await shell("true\n");
    assert.equal(gone.code, 4);
    assert.match(gone.stderr, /is not on the fleet .* any more/);
  },
});

Deno.test({
  name: "a person at a terminal gets one in the VM",
  ignore,
  async fn() {
    await using rig = await keptRig();
    await using terminal = await shellAt(rig);
    await terminal.type(`echo "re""ady $WORD"; stty size\r`);
    await terminal.shows(/ready it's\s+33 101\s/);
    await terminal.resize(44, 122);
    await terminal.type(
      `until [ "$(stty size)" = "44 122" ]; do sleep 0.1; done; echo re""sized\r`,
    );
    await terminal.shows(/resized/);
    // Ctrl-C is the guest's.
    await terminal.type(
      `sh -c 'trap "echo inter""rupted; exit" INT; echo wait""ing; while :; do sleep 0.1; done'\r`,
    );
    await terminal.shows(/waiting/);
    await terminal.type("\x03");
    await terminal.shows(/interrupted/);
    await terminal.type("cat clue; exit 5\r");
    assert.equal(await terminal.code, 1);
    assert.match(terminal.text, /found\s/);
    // The terminal is as it was.
    assert.match(terminal.text, /[^-]icanon/);
    assert.match(terminal.text, /[^-]echo /);
  },
});

Deno.test({
  name: "a shell on a fleet leaves the terminal in order when it is cut off",
  ignore,
  async fn() {
    await using rig = await keptRig();
    const [vm] = rig.fake.vms();
    const up = async (): Promise<Terminal> => {
      const terminal = await shellAt(rig);
      await terminal.type(`echo "re""ady"\r`);
      await terminal.shows(/ready/);
      return terminal;
    };
    {
      await using ended = await up();
      await ended.kill("SIGTERM");
      assert.equal(await ended.code, 1);
      assert.match(ended.text, /[^-]icanon/);
    }
    {
      await using cut = await up();
      rig.fake.cut();
      assert.equal(await cut.code, 4);
      assert.match(cut.text, /connection to the guest of .* was lost/);
      assert.match(cut.text, /[^-]icanon/);
    }
    rig.fake.turn({ tty: false });
    await using old = await shellAt(rig);
    assert.equal(await old.code, 4);
    assert.ok(old.text.includes(`orchard ssh vm ${vm?.name}, then`), old.text);
  },
});
