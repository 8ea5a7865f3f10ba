/** What becomes of a job in a VM: its verdict, its files, its secrets. */
import assert from "node:assert/strict";
import { leaveOut } from "./leave_out.ts";
import { IMAGE, isForbidden, noFakeTart, tartRig } from "./tart.ts";
import { verdictJobs, verdictSteps } from "./verdict_jobs.ts";

const ignore = leaveOut("jobs in VMs of Tart", noFakeTart());
const canary = `canary-${crypto.randomUUID()}`;
const hidden = `hidden-${crypto.randomUUID()}`;

const jobs = {
  ...verdictJobs,
  killed: `guestCommand: sh\`kill -9 $$\``,
  background: `guestCommand: sh\`sleep 300 & (setsid sleep 301 &); echo done\``,
  outside: `workspace: "writable", artifacts: ["inside"], guestCommand: sh\`
    echo 1 > inside
    tool="$(dirname "$(command -v mount_virtiofs)")/tar"
    printf '#!/bin/sh\\ncase $* in *-cf\\ /dev/null*) exit 0 ;; esac\\nexec /usr/bin/tar -cf - -P --transform=s,.*,../../x, "$HOME/pikaci/work/inside"\\n' > "$tool"
    chmod 755 "$tool"\``,
  fills: `caches: [kept], guestCommand: sh\`
    test ! -e "$KEPT/n"; echo 1 > "$KEPT/n"; ln -s n "$KEPT/link"; chmod 755 "$KEPT/n"; rustc --version\`,
    runtimeConfig: tartRuntime({ image: "${IMAGE}", mountHostRustToolchain: true, user: "admin" })`,
  uses:
    `caches: [kept], needs: [job7], retry: { attempts: 2, on: ["failed"] }, guestCommand: sh\`
    test "$(cat "$KEPT/link")" = 1; test -x "$KEPT/n"; test ! -e "$KEPT/bad"
    test "$PIKACI_ATTEMPT" = 2 || { touch "$KEPT/bad"; exit 1; }\``,
};

Deno.test({
  name: "jobs in VMs of Tart: verdicts, artifacts, secrets",
  ignore,
  async fn(t) {
    await using rig = await tartRig(jobs, {
      env: { CANARY: canary, TOKEN: hidden },
    });
    const toolchain = rig.project.path("..", "toolchain");
    await Deno.mkdir(`${toolchain}/bin`, { recursive: true });
    for (
      const [path, text] of [
        [`${rig.fake.bin}/rustc`, `echo "${toolchain}"`],
        [`${toolchain}/bin/rustc`, "echo rustc of the host"],
      ] as const
    ) await Deno.writeTextFile(path, `#!/bin/sh\n${text}\n`, { mode: 0o755 });
    const result = await rig.run();
    const { code, run, job, log, artifact, stderr } = result;
    const step = (name: string, fn: () => Promise<void> | void) =>
      t.step({ name, fn, sanitizeOps: false, sanitizeResources: false });

    await step("a failed job is exit 1, whatever else went wrong", () => {
      assert.equal(code, 1, stderr);
      assert.equal(run.status, "failed");
    });
    await verdictSteps(step, result, [hidden, canary]);
    await step("a command that a signal ends has failed", () => {
      assert.equal(job("killed").status, "failed");
      assert.equal(job("killed").exit_code, 137);
    });
    await step("what is left running does not hold the job up", async () => {
      assert.equal(job("background").status, "passed");
      assert.match(await log("background"), /done/);
    });
    await step(
      "a path that leads out of the artifacts is refused",
      async () => {
        assert.match(
          job("outside").notices.join("\n"),
          /Not kept: "\.\.\/\.\.\/x" leads outside/,
        );
        assert.deepEqual(job("outside").artifacts, []);
        await assert.rejects(Deno.stat(artifact("../../x", "outside")));
      },
    );
    await step(
      "a cache keeps what passed left, and nothing of a failure",
      async () => {
        assert.equal(job("fills").status, "passed", await log("fills"));
        assert.equal(job("uses").status, "passed", await log("uses"));
        assert.equal(job("uses").attempts.length, 2);
      },
    );
    await step("the host's toolchain is first on PATH", async () => {
      assert.match(await log("fills"), /^rustc of the host$/m);
    });
    await step("secrets stand in no command line", () => {
      const calls = JSON.stringify(rig.fake.calls());
      assert.ok(!calls.includes(hidden) && !calls.includes(canary));
    });
    await step(
      "no call is one that crashes, or touches the VMs of others",
      () => {
        const calls = rig.fake.calls().map(({ argv }) => argv);
        assert.ok(calls.length > 50);
        assert.deepEqual(calls.filter(isForbidden), []);
        assert.ok(isForbidden(["exec", "-i", "-t", "vm", "sh"]));
        assert.ok(isForbidden(["exec", "-it", "vm", "sh"]));
        assert.ok(!isForbidden(["exec", "-i", "vm", "sh", "-t"]));
        assert.ok(isForbidden(["exec", "vm", "--", "sh"]));
        assert.ok(isForbidden(["prune", "--entries", "vms"]));
      },
    );
    await step("nothing is left", async () => {
      assert.deepEqual(await rig.left(), []);
    });
  },
});

Deno.test({
  name: "a guest without namespaces, as where tests do not run as root",
  ignore,
  async fn() {
    await using rig = await tartRig(
      { green: jobs.green },
      { knobs: { sandbox: "shims" } },
    );
    const { code, job, log } = await rig.run();
    assert.equal(code, 0, await log());
    assert.equal(job().artifacts.length, 4);
    assert.deepEqual(await rig.left(), []);
  },
});
