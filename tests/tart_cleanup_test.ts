/** What is left of VMs: nothing of ours, all of others. */
import assert from "node:assert/strict";
import type { FakeTart } from "./fakes/tart/install.ts";
import { leaveOut } from "./leave_out.ts";
import { IMAGE, noFakeTart, tartRig } from "./tart.ts";

const ignore = leaveOut("cleaning up VMs of Tart", noFakeTart());

/** Waits until the fake was called so. */
async function called(
  fake: FakeTart,
  command: string,
  word: string,
): Promise<void> {
  while (
    !fake.starts(command).some(({ argv }) => argv.join(" ").includes(word))
  ) await new Promise((resolve) => setTimeout(resolve, 20));
}

async function exists(path: string): Promise<boolean> {
  return await Deno.stat(path).then(() => true, () => false);
}

/** A job whose artifacts are being collected for ever, unless it is told not to. */
const hanging = `workspace: "writable", artifacts: ["*.txt"], guestCommand: sh\`
  if [ -e hang ]; then
    tool="$(dirname "$(command -v mount_virtiofs)")/tar"
    printf '#!/bin/sh\\nexec sleep 300\\n' > "$tool"
    chmod 755 "$tool"
  fi
  echo up
  if [ -e wait ]; then sleep 300 & sleep 300; fi\``;

/** Where pikaci is when it is ended: how to get there, and how to know. */
const steps: Readonly<
  Record<string, {
    readonly knobs?: Parameters<FakeTart["turn"]>[0];
    readonly file?: string;
    readonly there: (fake: FakeTart) => Promise<void>;
  }>
> = {
  clone: {
    knobs: { cloneHangs: 1 },
    there: async (fake) => {
      while (!await exists(`${fake.home}/clone-gate`)) {
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
    },
  },
  set: {
    knobs: { setHangs: 1 },
    there: async (fake) => {
      while (!await exists(`${fake.home}/set-gate`)) {
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
    },
  },
  boot: {
    knobs: { agentNever: true },
    there: (fake) => called(fake, "exec", "/usr/bin/true"),
  },
  run: { file: "wait", there: (fake) => called(fake, "exec", "-i") },
  collect: { file: "hang", there: (fake) => called(fake, "exec", "/bin/sh") },
};

for (const signal of ["SIGINT", "SIGKILL"] as const) {
  for (const [step, { knobs, file, there }] of Object.entries(steps)) {
    Deno.test({
      name: `${signal} at ${step} leaves no VM, no process and no slot`,
      ignore,
      async fn() {
        await using rig = await tartRig(
          { unit: hanging },
          { ...(knobs === undefined ? {} : { knobs }) },
          file === undefined ? {} : { [file]: "" },
        );
        const call = rig.start();
        await there(rig.fake);
        call.kill(signal);
        const { code } = await call.result;
        if (signal === "SIGINT") assert.equal(code, 130);
        else {
          rig.fake.turn({ agentNever: false, cloneHangs: 0, setHangs: 0 });
          const next = await rig.pikaci("gc");
          assert.equal(next.code, 0, next.stderr);
        }
        assert.deepEqual(await rig.left(), []);
        for (const slot of ["0", "1"]) {
          using lock = await Deno.open(`${rig.fake.limit}/${slot}.lock`, {
            create: true,
            write: true,
          });
          assert.equal(await lock.tryLock(true), true);
        }
      },
    });
  }
}

Deno.test({
  name: "three jobs share two slots, and the one that waits says for whom",
  ignore,
  async fn() {
    const job = `guestCommand: sh\`sleep 0.5\``;
    await using rig = await tartRig({ one: job, two: job, three: job });
    const call = rig.start("--jobs", "3");
    const waiting = await call.event("node_waiting");
    const { code, stderr } = await call.result;
    assert.equal(code, 0, stderr);
    assert.equal(waiting.what, "vm slot");
    assert.equal(waiting.name, "local");
    assert.equal(waiting.place, 1);
    assert.match(String(Object(waiting.holder).job_id), /^(one|two|three)$/);
    // The fake refuses a third VM: none was ever tried.
    const ends = rig.fake.calls().filter(({ call, argv }) =>
      call === "end" && argv[0] === "run"
    );
    assert.deepEqual(ends.map(({ exit }) => exit), [0, 0, 0]);
    assert.deepEqual(await rig.left(), []);
  },
});

Deno.test({
  name: "no name is used twice, and the user's VMs stay",
  ignore,
  async fn() {
    await using rig = await tartRig({
      unit:
        `retry: { attempts: 3, on: ["failed"] }, guestCommand: sh\`exit 1\``,
    });
    rig.fake.addVm("pikaci-mine");
    await rig.run();
    const names = rig.fake.starts("clone").map(({ argv }) => argv[2] ?? "");
    assert.equal(new Set(names).size, 3);
    for (const name of names) assert.match(name, /^[a-z0-9-]{1,63}$/);
    // As ours, but its form is not: somebody named it by hand.
    const instance = (names[0] ?? "").split("-")[1];
    const alike = `pikaci-${instance}-by-hand`;
    const orphan = `pikaci-${instance}-0123abcd-unit-1-beef`;
    for (const name of [alike, orphan, `${orphan.slice(0, -4)}cafe`]) {
      rig.fake.addVm(name);
    }
    const old = new Date(Date.now() - 2 * 60 * 60 * 1000);
    for (const name of [alike, orphan, "pikaci-mine"]) {
      await Deno.utime(`${rig.fake.home}/vms/${name}`, old, old);
    }
    await rig.run();
    assert.deepEqual(
      rig.fake.vms().toSorted(),
      [
        ...[alike, `${orphan.slice(0, -4)}cafe`, "pikaci-mine", IMAGE],
      ].toSorted(),
    );
  },
});

Deno.test({
  name: "paths with spaces will do, one with a colon is refused",
  ignore,
  async fn() {
    const job = {
      unit: `artifacts: ["input.txt"], guestCommand: sh\`cat input.txt\``,
    };
    await using spaces = await tartRig(job, { state: "state with 'spaces'" });
    const good = await spaces.run();
    assert.equal(good.code, 0, await good.log());
    assert.deepEqual(good.job().artifacts, ["input.txt"]);
    await using colon = await tartRig(job, { state: "state:1" });
    const bad = await colon.run();
    assert.equal(bad.code, 4);
    assert.match(bad.job().message ?? "", /colon or a line feed.*--state-root/);
    assert.deepEqual(colon.fake.starts("clone"), []);
  },
});
