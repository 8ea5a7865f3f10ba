/** From the host to a guest that answers: what can be missing, and what is said of it. */
import assert from "node:assert/strict";
import { leaveOut } from "./leave_out.ts";
import { IMAGE, noFakeTart, type RigOptions, tartRig } from "./tart.ts";

const ignore = leaveOut("booting VMs of Tart", noFakeTart());
const job = { unit: `guestCommand: sh\`echo it runs\`` };
const twice = `retry: { attempts: 2, on: ["infrastructure"] }`;
const quick = { PIKACI_TART_CAPACITY_BACKOFF_SECS: "0.1,0.1,0.1" };

Deno.test({
  name:
    "a VM that the system's limit refuses is started again, and fails nobody",
  ignore,
  async fn() {
    await using rig = await tartRig(job, {
      knobs: { limitExceeded: 2 },
      env: quick,
    });
    const { code, job: record, log } = await rig.run();
    assert.equal(code, 0, await log());
    assert.equal(record().attempts.length, 1);
    assert.equal(rig.fake.starts("run").length, 3);
    assert.match(await log(), /exceeds the system limit: trying again/);
    assert.match(record().notices.join(), /Waiting for a VM slot/);
    assert.deepEqual(await rig.left(), []);
  },
});

Deno.test({
  name: "a limit that stays is a matter of capacity, and says what to do",
  ignore,
  async fn() {
    await using rig = await tartRig(job, {
      knobs: { limitExceeded: -1 },
      // The end of `tart run` ends the wait for the guest, or nothing would.
      env: { ...quick, PIKACI_TART_BOOT_TIMEOUT_SECS: "1000000" },
    });
    const { code, cause, job: record } = await rig.run();
    assert.equal(code, 4);
    assert.equal(record().status, "infrastructure_failed");
    const why = cause();
    assert.ok(why?.kind === "infrastructure" && why.step === "capacity");
    assert.match(why.message, /restart the Mac/);
    assert.deepEqual(await rig.left(), []);
  },
});

Deno.test({
  name: "a VM that crashes, at its start or under the job, is tried once more",
  ignore,
  async fn() {
    await using rig = await tartRig({
      start: `${twice}, guestCommand: sh\`true\``,
      under:
        `${twice}, needs: [job0], guestCommand: sh\`test "$PIKACI_ATTEMPT" = 2 || { fake-crash; sleep 300; }\``,
    }, { knobs: { bootCrash: 1 } });
    const { code, cause, job, stderr } = await rig.run();
    assert.equal(code, 0, stderr);
    const start = cause("start");
    assert.ok(start?.kind === "infrastructure" && start.step === "boot");
    assert.match(start.message, /stopped the virtual machine due to error/);
    const under = cause("under");
    assert.ok(under?.kind === "infrastructure" && under.step === "vm-lost");
    assert.deepEqual(
      [job("start"), job("under")].map(({ flaky, attempts }) => [
        flaky,
        attempts.length,
      ]),
      [[false, 2], [false, 2]],
    );
    assert.deepEqual(await rig.left(), []);
  },
});

Deno.test({
  name: "a guest whose agent never answers is given up",
  ignore,
  async fn() {
    await using rig = await tartRig(job, {
      knobs: { agentNever: true, agentTimeoutMs: 60_000 },
      env: { PIKACI_TART_BOOT_TIMEOUT_SECS: "1" },
    });
    const { code, job: record } = await rig.run();
    assert.equal(code, 4);
    assert.match(
      record().message ?? "",
      /did not answer within 1 s.*guest agent/,
    );
    assert.deepEqual(await rig.left(), []);
  },
});

const hosts: readonly (readonly [string, RigOptions, RegExp])[] = [
  ["no tart", { tart: false }, /tart is not installed.*brew install/],
  [
    "an old tart",
    { knobs: { version: "2.28.2" } },
    /has tart 2\.28\.2.*brew upgrade/,
  ],
];
for (const [what, options, message] of hosts) {
  Deno.test({
    name: `a host with ${what} is refused, and what to do is said`,
    ignore,
    async fn() {
      await using rig = await tartRig(job, options);
      const { code, job: record } = await rig.run();
      assert.equal(code, 4, record().message ?? "");
      assert.match(record().message ?? "", message);
      assert.deepEqual(rig.fake.starts("clone"), []);
    },
  });
}

Deno.test({
  name: "an image that is missing is named with where its name came from",
  ignore,
  async fn() {
    await using rig = await tartRig({
      other:
        `runtimeConfig: tartRuntime({ image: "no-such-vm" }), guestCommand: sh\`true\``,
      offline:
        `runtimeConfig: tartRuntime({ image: "ghcr.io/a/c:latest" }), guestCommand: sh\`true\``,
      remote:
        `runtimeConfig: tartRuntime({ image: "ghcr.io/a/b:latest" }), guestCommand: sh\`true\``,
    }, { knobs: { registry: ["ghcr.io/a/b:latest"] } });
    const { code, job } = await rig.run();
    assert.equal(code, 4);
    assert.match(
      job("other").message ?? "",
      /no VM "no-such-vm".*the job's image.*tart clone.*PIKACI_TART_BASE_VM/,
    );
    assert.match(job("offline").message ?? "", /cannot be pulled: .*offline/);
    assert.equal(job("remote").status, "passed");
  },
});

Deno.test({
  name:
    "the environment names another image, as in the original; a tart built from source will do",
  ignore,
  async fn() {
    await using rig = await tartRig({
      other:
        `runtimeConfig: tartRuntime({ image: "no-such-vm", cpus: 6, memoryMib: 4096, diskGib: 60 }), guestCommand: sh\`true\``,
    }, {
      env: { PIKACI_TART_BASE_VM: IMAGE },
      knobs: { version: "SNAPSHOT" },
    });
    const { code } = await rig.run();
    assert.equal(code, 0);
    assert.equal(rig.fake.starts("clone")[0]?.argv[1], IMAGE);
    assert.deepEqual(rig.fake.starts("set")[0]?.argv.slice(2), [
      ...["--random-mac", "--cpu", "6", "--memory", "4096"],
      ...["--disk-size", "60"],
    ]);
    assert.equal(rig.fake.starts("clone")[0]?.env?.TART_NO_AUTO_PRUNE, "");
  },
});

Deno.test({
  name:
    "a VM that does not stop and one that seems to run are removed, a listing that fails is repeated",
  ignore,
  async fn() {
    await using rig = await tartRig(job, {
      knobs: { ignoreSigint: true, deleteRunning: 2, listFails: 1 },
    });
    const { code, log } = await rig.run();
    assert.equal(code, 0, await log());
    assert.ok(rig.fake.starts("delete").length >= 3);
    assert.equal(rig.fake.starts("list").length, 2);
    assert.deepEqual(await rig.left(), []);
  },
});

Deno.test({
  name: "a full disk under a clone is told as that",
  ignore,
  async fn() {
    await using rig = await tartRig(job, { knobs: { cloneDiskFull: 1 } });
    const { cause } = await rig.run();
    const why = cause();
    assert.ok(why?.kind === "infrastructure" && why.step === "disk-full");
    assert.deepEqual(await rig.left(), []);
  },
});
