/** What `pikaci doctor` finds of a Mac, and what it says to do. */
import assert from "node:assert/strict";
import type { Check } from "../executors/executor.ts";
import { leaveOut } from "./leave_out.ts";
import { noFakeTart, type TartRig, tartRig } from "./tart.ts";

const ignore = leaveOut("doctor with the fake of Tart", noFakeTart());
const job = { unit: `guestCommand: sh\`true\`` };

async function doctor(rig: TartRig): Promise<{
  readonly code: number;
  /** A check by its name, as "status: what was found. Remedy". */
  readonly check: (name: string) => string;
}> {
  const { code, stdout, stderr } = await rig.pikaci("doctor", "--json");
  assert.notEqual(stdout, "", stderr);
  const { hosts } = JSON.parse(stdout);
  const checks: readonly Check[] = hosts[0].checks;
  return {
    code,
    check(name) {
      const found = checks.find((check) => check.name === name);
      return found === undefined
        ? "not looked at"
        : `${found.status}: ${found.found}. ${found.remedy ?? ""}`;
    },
  };
}

Deno.test({
  name: "doctor finds nothing wrong with a Mac that is set up",
  ignore,
  async fn() {
    await using rig = await tartRig(job, { diskFreeGib: 100 });
    const { code, check } = await doctor(rig);
    assert.equal(code, 0);
    for (
      const name of [
        ...["git", "tar", "ssh", "macos", "apple silicon", "tart", "image"],
        ...["disk", "dhcp lease", "keychain", "vm slots"],
      ]
    ) assert.match(check(name), /^ok: /, name);
    assert.equal(check("vm slots"), "ok: 2 free. ");
    assert.equal(check("disk"), "ok: 100 GiB free. ");
  },
});

Deno.test({
  name: "doctor names what is wrong, each with its remedy",
  ignore,
  async fn() {
    await using rig = await tartRig(job, {
      knobs: { version: "2.28.1" },
      macos: "13.1",
      appleSilicon: false,
      dhcpLeaseSecs: null,
      keychainOpen: false,
      diskFreeGib: 29,
      env: { PIKACI_TART_BASE_VM: "no-such-vm" },
    });
    const running = ["one", "two"].map((name) => {
      rig.fake.addVm(name);
      return new Deno.Command(`${rig.fake.bin}/tart`, {
        args: ["run", "--no-graphics", name],
        stdin: "null",
        stdout: "null",
        stderr: "null",
      }).spawn();
    });
    const state = async (name: string): Promise<unknown> => {
      const { stdout } = await new Deno.Command(`${rig.fake.bin}/tart`, {
        args: ["get", "--format", "json", name],
      }).output();
      return JSON.parse(new TextDecoder().decode(stdout)).State;
    };
    for (const name of ["one", "two"]) {
      while (await state(name) !== "running") {
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
    }
    const { code, check } = await doctor(rig);
    assert.equal(code, 4);
    const wrong: Readonly<Record<string, RegExp>> = {
      macos: /^failed: 13\.1\. .*macOS 14.*update macOS/,
      "apple silicon": /^failed: no\. .*placement: ssh/,
      tart: /^failed: 2\.28\.1\. .*brew upgrade tart/,
      image:
        /^failed: no-such-vm \(from PIKACI_TART_BASE_VM\).*tart clone ghcr/,
      disk: /^warning: 29 GiB free\. .*tart prune --entries caches/,
      "dhcp lease": /^warning: a day.*sudo defaults write .* -int 600/,
      keychain: /^warning: locked\. .*security unlock-keychain/,
      "vm slots": /^warning: 0 free, running: one, two\. .*tart stop/,
    };
    for (const [name, expected] of Object.entries(wrong)) {
      assert.match(check(name), expected);
    }
    const { stdout } = await rig.pikaci("doctor");
    assert.match(stdout, /failed {3}tart +2\.28\.1\n +tart exec crashes/);
    for (const child of running) {
      child.kill("SIGINT");
      await child.status;
    }
    rig.fake.turn({ version: "2.29.0" });
    assert.match((await doctor(rig)).check("tart"), /^warning: 2\.29\.0\. /);
  },
});

Deno.test({
  name: "doctor asks a machine that is no Mac, or has no tart, for no more",
  ignore,
  async fn() {
    await using rig = await tartRig(job, { tart: false, macos: null });
    const { code, check } = await doctor(rig);
    assert.equal(code, 4);
    assert.match(check("macos"), /^failed: this is no Mac\. .*placement: ssh/);
    assert.match(check("tart"), /^failed: not installed\. brew install/);
    assert.equal(check("image"), "not looked at");
  },
});
