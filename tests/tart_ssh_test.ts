/** Jobs in VMs whose image has no guest agent: ssh carries their commands. */
import assert from "node:assert/strict";
import { join } from "@std/path";
import { runJobs } from "./job_project.ts";
import { leaveOut } from "./leave_out.ts";
import { noSshd, startSshd } from "./sshd.ts";
import { IMAGE, noFakeTart, tartRig } from "./tart.ts";

const ignore = leaveOut(
  "Tart's channel ssh",
  noFakeTart() ?? noSshd() ??
    (Deno.uid() === 0 ? null : "an sshd in the fake's guest wants root"),
);
const base =
  `runtimeConfig: tartRuntime({ image: "${IMAGE}", channel: "ssh" }), `;
/** Each guest has an address of its own, so any port will do for all. */
const port = 2222;

const jobs = {
  green: `workspace: "writable", artifacts: ["out/**"], caches: [kept],
    env: { TOKEN: secret.env("TOKEN") }, guestCommand: shAsRoot\`
    test "$(cat input.txt)" = input; test -n "$TOKEN"; echo 1 > "$KEPT/n"
    mkdir out; echo made > out/it; ln -s it out/link; echo "$USER in $PWD"\``,
  far:
    `placement: ssh({ id: "loopback", stateRoot: STATE }), workspace: "writable",
    artifacts: ["copy"], guestCommand: sh\`cp input.txt copy; echo "$USER"\``,
  seven:
    `env: { WORD: "it's" }, workspace: "writable", guestCommand: sh\`echo found > clue; exit 7\``,
  late: `timeoutSecs: 5, workspace: "writable", artifacts: ["part"],
    guestCommand: sh\`trap 'echo asked >> part; exit 1' TERM; echo part > part; sleep 300 & wait\``,
  cut: `guestCommand: sh\`pkill -f '^sshd: admin'; sleep 300\``,
};

Deno.test({
  name: "ssh carries the jobs of VMs without an agent, here and on another Mac",
  ignore,
  async fn(t) {
    const remote = await Deno.realPath(await Deno.makeTempDir());
    const far = jobs.far.replace("STATE", JSON.stringify(`${remote}/state`));
    await using rig = await tartRig({ ...jobs, far }, { base });
    await using sshd = await startSshd({ path: rig.fake.path });
    const key = await Deno.readTextFile(`${sshd.dir}/id.pub`);
    const password = `it's ${crypto.randomUUID()}`;
    rig.fake.turn({ slots: 8, ssh: { port, key, password } });
    const env = {
      PATH: rig.fake.path,
      TOKEN: "not-to-be-seen",
      PIKACI_SSH_CONFIG: sshd.config,
      PIKACI_TART_SSH_PASSWORD: password,
      PIKACI_TART_SSH_PORT: String(port),
    };
    const state = rig.project.path("..", "state");
    const step = (name: string, fn: () => Promise<void> | void) =>
      t.step({ name, fn, sanitizeOps: false, sanitizeResources: false });
    const { code, job, cause, log, artifact, stderr } = await runJobs(
      rig.project,
      { names: Object.keys(jobs), state, env },
      ["--keep-on-failure"],
    );

    await step(
      "a job passes, as root, with artifacts and a cache",
      async () => {
        assert.equal(code, 1, stderr);
        assert.equal(job("green").status, "passed", await log("green"));
        assert.deepEqual(job("green").artifacts, ["out/it", "out/link"]);
        assert.equal(
          await Deno.readTextFile(artifact("out/it", "green")),
          "made\n",
        );
        assert.deepEqual(job("green").notices, []);
        assert.match(
          await log("green"),
          /^root in \/Users\/admin\/pikaci\/work$/m,
        );
      },
    );
    await step("on a Mac over ssh too", async () => {
      assert.equal(job("far").status, "passed", await log("far"));
      assert.deepEqual(job("far").artifacts, ["copy"]);
      assert.match(await log("far"), /^admin$/m);
    });
    await step("an exit code is the job's own", () => {
      assert.deepEqual(cause("seven"), { kind: "exit_code", code: 7 });
    });
    await step("a job at its limit keeps what it left", async () => {
      assert.equal(cause("late")?.kind, "timeout");
      assert.equal(
        await Deno.readTextFile(artifact("part", "late")),
        "part\nasked\n",
      );
    });
    await step("a lost connection is no verdict", () => {
      const why = cause("cut");
      assert.ok(why?.kind === "infrastructure", JSON.stringify(why));
      assert.equal(why.step, "channel");
      assert.match(why.message, /no verdict, and ssh ended with 255/);
    });
    await step("a kept VM is entered by ssh, here with a key", async () => {
      const { PIKACI_TART_SSH_PASSWORD: _, ...rest } = env;
      const byKey = { ...rest, PIKACI_TART_SSH_KEY: `${sshd.dir}/id` };
      const shell = await rig.project.pikaci(
        ["shell", "latest", "seven", "--state-root", state],
        { env: byKey, stdin: 'echo "$WORD $PIKACI_JOB_ID"; pwd; cat clue\n' },
      );
      assert.equal(
        shell.stdout,
        "it's seven\n/Users/admin/pikaci/work\nfound\n",
        shell.stderr,
      );
    });
    await step("the agent was never asked, and nothing is left", async () => {
      assert.deepEqual(rig.fake.starts("exec"), []);
      const calls = JSON.stringify(rig.fake.calls());
      assert.ok(!calls.includes(env.TOKEN) && !calls.includes(password));
      const { stdout } = await new Deno.Command("grep", {
        args: ["-rlF", password, state, remote],
      }).output();
      assert.equal(new TextDecoder().decode(stdout), "");
      const records = join(state, "tart", "vms");
      for await (const { name } of Deno.readDir(records)) {
        const text = await Deno.readTextFile(join(records, name));
        await Deno.writeTextFile(
          join(records, name),
          text.replace(
            /"kept_until":"[^"]*"/,
            '"kept_until":"2026-01-01T00:00:00Z"',
          ),
        );
      }
      await rig.project.pikaci(["gc", "--state-root", state], { env });
      assert.deepEqual(await rig.left(), []);
    });
    await Deno.remove(remote, { recursive: true });
  },
});

Deno.test({
  name: "an image that ssh cannot enter is told what it needs",
  ignore,
  async fn() {
    await using rig = await tartRig({ seven: jobs.seven }, {
      base,
      env: {
        PIKACI_TART_SSH_PORT: String(port),
        PIKACI_TART_BOOT_TIMEOUT_SECS: "2",
      },
      knobs: { ssh: { port, key: "", password: "another" } },
    });
    const { code, cause } = await rig.run();
    assert.equal(code, 4);
    const why = cause();
    assert.ok(why?.kind === "infrastructure" && why.step === "boot");
    assert.match(
      why.message,
      /did not answer within 2 s\. .*Remote Login, and the user "admin" with the password of PIKACI_TART_SSH_PASSWORD/,
    );
    assert.deepEqual(await rig.left(), []);
  },
});
